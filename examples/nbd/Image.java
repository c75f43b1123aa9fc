package nbd;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The raw image: blocking I/O, for workers. Several channels to the one file share the load, since each keeps a list of
 * the threads inside it under a lock; and one that an interrupt has closed is opened again.
 */
final class Image implements Closeable {
    private static final int CHANNELS = 8;
    private static final int STRIPE_BITS = 12;
    private static final int ATTEMPTS = 4;
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 20).asReadOnlyBuffer();

    private interface Operation<T> {
        T on(FileChannel channel) throws IOException;
    }

    private final Path path;
    private final Set<OpenOption> options;
    private final Holes holes;
    private final long size;
    private volatile boolean changed;
    private final AtomicReferenceArray<FileChannel> channels = new AtomicReferenceArray<>(CHANNELS); // set under lock
    private final ReentrantLock lock = new ReentrantLock();
    private boolean closed; // guarded by lock

    Image(Path path, boolean readOnly) throws IOException {
        this.path = path;
        this.options =
                readOnly ? Set.of(StandardOpenOption.READ) : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
        this.holes = new Holes(path);
        try {
            for (int i = 0; i < CHANNELS; i++) {
                channels.set(i, FileChannel.open(path, options));
            }
            size = channels.get(0).size();
        } catch (Throwable e) {
            closeChannels();
            throw e;
        }
    }

    long size() {
        return size;
    }

    /** Fills what is left of the buffer. */
    void read(ByteBuffer into, long offset) throws IOException {
        for (long at = offset; into.hasRemaining(); ) {
            long from = at;
            int count = on(offset, channel -> channel.read(into, from));
            if (count < 0) {
                throw new EOFException(path + " has become shorter: nothing at " + from);
            }
            at += count;
        }
    }

    /** Writes what is left of the buffer; on disk when it returns, if {@code durably}. */
    void write(ByteBuffer source, long offset, boolean durably) throws IOException {
        changed = true;
        for (long at = offset; source.hasRemaining(); ) {
            long to = at;
            at += on(offset, channel -> channel.write(source, to));
        }
        if (durably) {
            force();
        }
    }

    void writeZeroes(long offset, long length) throws IOException {
        for (long done = 0; done < length; ) {
            int part = (int) Math.min(ZEROES.capacity(), length - done);
            write(ZEROES.duplicate().limit(part), offset + done, false);
            done += part;
        }
    }

    /** Makes a range a hole, which reads as zeroes; false: it is not, and what it reads as is undefined. */
    boolean punch(long offset, long length) {
        changed = true;
        return holes.punch(offset, length);
    }

    /** As {@link #force}, if anything was ever written. */
    void forceChanges() throws IOException {
        if (changed) {
            force();
        }
    }

    /** Everything written before is on disk when it returns: the system forces the file, not what one channel wrote. */
    void force() throws IOException {
        on(0, channel -> {
            channel.force(false);
            return null;
        });
    }

    /** An operation at a fixed place may run again: an interrupt of this thread or of another can close the channel under it. */
    private <T> T on(long offset, Operation<T> operation) throws IOException {
        int index = (int) (offset >>> STRIPE_BITS) & (CHANNELS - 1);
        boolean interrupted = false;
        try {
            for (int attempt = 1; ; attempt++) {
                FileChannel channel = channels.get(index);
                try {
                    return operation.on(channel);
                } catch (ClosedChannelException e) {
                    interrupted |= Thread.interrupted();
                    if (attempt == ATTEMPTS) {
                        throw e;
                    }
                    reopen(index, channel);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void reopen(int index, FileChannel closedOne) throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new ClosedChannelException();
            }
            if (channels.get(index) == closedOne) {
                channels.set(index, FileChannel.open(path, options));
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isOpen() {
        lock.lock();
        try {
            return !closed;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() throws IOException {
        lock.lock();
        try {
            closed = true;
            closeChannels();
        } finally {
            lock.unlock();
        }
    }

    private void closeChannels() throws IOException {
        for (int i = 0; i < CHANNELS; i++) {
            FileChannel channel = channels.get(i);
            if (channel != null) {
                channel.close();
            }
        }
    }
}
