package nbd;

import dev.coworker.ThreadPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;

/** What the server offers, shared by its connections: the image, the pool that works on it, and the books. */
final class Export {
    private static final int READ_AHEADS = 8;
    private static final long READ_AHEAD_BYTES = 64 << 20;
    private static final int READ_AT_ONCE = 256 << 10;

    private final Image image;
    private final boolean readOnly;
    private final ThreadPool pool;
    private final Buffers buffers;
    private final Statistics statistics = new Statistics();
    private final Semaphore readAheads = new Semaphore(READ_AHEADS);

    Export(Image image, boolean readOnly, ThreadPool pool, Buffers buffers) {
        this.image = image;
        this.readOnly = readOnly;
        this.pool = pool;
        this.buffers = buffers;
    }

    Image image() {
        return image;
    }

    boolean readOnly() {
        return readOnly;
    }

    ThreadPool pool() {
        return pool;
    }

    Buffers buffers() {
        return buffers;
    }

    Statistics statistics() {
        return statistics;
    }

    /** The transmission flags. Several connections see one page cache, and a flush on any of them forces the file. */
    int flags() {
        int flags = Nbd.HAS_FLAGS | Nbd.SEND_FLUSH | Nbd.CAN_MULTI_CONN | Nbd.SEND_CACHE;
        return readOnly ? flags | Nbd.READ_ONLY : flags | Nbd.SEND_FUA | Nbd.SEND_TRIM | Nbd.SEND_WRITE_ZEROES;
    }

    /** Has a range read into the system's cache, as far as there is capacity: it is a hint, and nobody waits for it. */
    void readAhead(long offset, long length) {
        if (!readAheads.tryAcquire()) {
            return;
        }
        try {
            pool.submit(() -> {
                try {
                    touch(offset, Math.min(length, READ_AHEAD_BYTES));
                } finally {
                    readAheads.release();
                }
            });
        } catch (RejectedExecutionException e) {
            readAheads.release();
        }
    }

    private void touch(long offset, long length) throws IOException {
        ByteBuffer buffer = buffers.take(READ_AT_ONCE);
        try {
            for (long done = 0; done < length; done += READ_AT_ONCE) {
                image.read(buffer.clear().limit((int) Math.min(READ_AT_ONCE, length - done)), offset + done);
            }
        } finally {
            buffers.giveBack(buffer);
        }
    }
}
