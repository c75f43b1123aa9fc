package nbd;

import dev.coworker.ThreadPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/** What the server offers, shared by its connections: the image, the pool that works on it, and what was counted. */
final class Export {
    private static final long ZEROED_AT_ONCE = 4 << 20;
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 20).asReadOnlyBuffer();

    private final Image image;
    private final String name;
    private final boolean readOnly;
    private final ThreadPool pool;
    private final Buffers buffers;
    private final Statistics statistics = new Statistics();
    private volatile boolean changed;

    private final ReentrantLock forcing = new ReentrantLock();
    private final AtomicLong begun = new AtomicLong(); // changed by the holder of forcing
    private long ended; // guarded by forcing
    private volatile IOException lost; // the failure of a force, after which what was written may be gone

    Export(Image image, String name, boolean readOnly, ThreadPool pool, Buffers buffers) {
        this.image = image;
        this.name = name;
        this.readOnly = readOnly;
        this.pool = pool;
        this.buffers = buffers;
    }

    Image image() {
        return image;
    }

    String name() {
        return name;
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
    int flags(boolean structured) {
        int flags = Nbd.HAS_FLAGS | Nbd.SEND_FLUSH | Nbd.CAN_MULTI_CONN | Nbd.SEND_CACHE;
        flags |= structured ? Nbd.SEND_DF : 0;
        return readOnly
                ? flags | Nbd.READ_ONLY
                : flags | Nbd.SEND_FUA | Nbd.SEND_TRIM | Nbd.SEND_WRITE_ZEROES | Nbd.SEND_FAST_ZERO;
    }

    /** Returns true if a range is nothing but a hole. */
    boolean isHole(long offset, long length) throws IOException {
        return image.nextData(offset) >= offset + length;
    }

    void write(ByteBuffer from, long offset) throws IOException {
        changed = true;
        image.write(from, offset);
    }

    void trim(long offset, long length) throws IOException {
        changed = true;
        image.punch(offset, length);
    }

    /** Zeroes a range without writing it. False: that cannot be done, and nothing has changed. */
    boolean zeroAtOnce(long offset, long length, boolean allocated) throws IOException {
        changed = true;
        return !allocated && image.punch(offset, length) || image.allocateZeroes(offset, length);
    }

    /** Writes zeroes to the beginning of a range, and returns to how many bytes. */
    long zeroSome(long offset, long length) throws IOException {
        changed = true;
        long end = Math.min(ZEROED_AT_ONCE, length);
        for (long done = 0; done < end; ) {
            int part = (int) Math.min(ZEROES.capacity(), end - done);
            image.write(ZEROES.duplicate().limit(part), offset + done);
            done += part;
        }
        return end;
    }

    /**
     * Returns when all that was written before is on the disk. Callers that wait for each other share one call of the
     * system. After a failure each later one fails, too: the system reports lost pages once, and then takes them for
     * clean.
     */
    void force() throws IOException {
        long mine = begun.get() + 1; // the first that begins after all that this caller knows to be written
        forcing.lock();
        try {
            if (lost != null) {
                throw new IOException("an earlier flush has failed; the image must be opened anew", lost);
            }
            if (ended >= mine) {
                return;
            }
            long current = begun.incrementAndGet();
            try {
                image.force();
            } catch (IOException e) {
                lost = e;
                throw e;
            }
            ended = current;
        } finally {
            forcing.unlock();
        }
    }

    /** As {@link #force}, if anything was ever written. */
    void forceChanges() throws IOException {
        if (changed) {
            force();
        }
    }
}
