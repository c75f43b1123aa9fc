package dev.coworker.file;

import dev.coworker.Work;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;

/**
 * A file channel that is read and written on the pool. It has no state of its own but whether it is open. The channel
 * below keeps the position, and serves positional reads and writes concurrently if it can.
 */
class OffloadedFileChannel extends FileChannel {
    private static final int TRANSFER_SIZE = 64 * 1024;
    private static final int MAX_LOCK_PAUSE_MILLIS = 50;

    final FileChannel delegate;
    private final Offload offload;

    OffloadedFileChannel(FileChannel delegate, Offload offload) {
        this.delegate = delegate;
        this.offload = offload;
    }

    /** Runs what may block. If an interrupt of the thread that does it closed the channel below, this one closes. */
    private <T extends @Nullable Object> T call(Work<T, IOException> work) throws IOException {
        try {
            return offload.call(work);
        } finally {
            if (!delegate.isOpen()) {
                close();
            }
        }
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        return call(() -> delegate.read(dst));
    }

    @Override
    public long read(ByteBuffer[] dsts, int offset, int length) throws IOException {
        return call(() -> delegate.read(dsts, offset, length));
    }

    @Override
    public int read(ByteBuffer dst, long position) throws IOException {
        return call(() -> delegate.read(dst, position));
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        return call(() -> delegate.write(src));
    }

    @Override
    public long write(ByteBuffer[] srcs, int offset, int length) throws IOException {
        return call(() -> delegate.write(srcs, offset, length));
    }

    @Override
    public int write(ByteBuffer src, long position) throws IOException {
        return call(() -> delegate.write(src, position));
    }

    /** Offloaded too: it waits for a read in progress, and the JDK's own would close the channel at an interrupt. */
    @Override
    public long position() throws IOException {
        return call(() -> delegate.position());
    }

    @Override
    public FileChannel position(long newPosition) throws IOException {
        call(() -> delegate.position(newPosition));
        return this;
    }

    @Override
    public long size() throws IOException {
        return call(delegate::size);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        call(() -> delegate.truncate(size));
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        this.<@Nullable Object>call(() -> {
            delegate.force(metaData);
            return null;
        });
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        return call(() -> delegate.map(mode, position, size));
    }

    /** As {@link #map}, into an Arena; called by the subclass that {@link ArenaMapping} makes. */
    final Object mapInto(MapMode mode, long position, long size, Object arena) throws IOException {
        return call(() -> ArenaMapping.map(delegate, mode, position, size, arena));
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        Channel below = OffloadedByteChannel.unwrap(target);
        if (isFile(below)) {
            return call(() -> delegate.transferTo(position, count, (WritableByteChannel) below));
        }
        call(() -> delegate.transferTo(position, 0, target)); // checks the arguments
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, TRANSFER_SIZE));
        long done = 0;
        try {
            while (done < count) {
                buffer.clear().limit((int) Math.min(count - done, buffer.capacity()));
                if (read(buffer, position + done) <= 0) {
                    break;
                }
                int written = target.write(buffer.flip());
                done += written;
                if (buffer.hasRemaining()) {
                    break;
                }
            }
        } catch (IOException e) {
            if (done == 0) {
                throw e;
            }
        }
        return done;
    }

    @Override
    public long transferFrom(ReadableByteChannel src, long position, long count) throws IOException {
        Channel below = OffloadedByteChannel.unwrap(src);
        if (isFile(below)) {
            return call(() -> delegate.transferFrom((ReadableByteChannel) below, position, count));
        }
        call(() -> delegate.transferFrom(src, position, 0)); // checks the arguments
        if (position > size()) {
            return 0;
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, TRANSFER_SIZE));
        long done = 0;
        try {
            while (done < count) {
                buffer.clear().limit((int) Math.min(count - done, buffer.capacity()));
                if (src.read(buffer) <= 0) {
                    break;
                }
                done += write(buffer.flip(), position + done);
                if (buffer.hasRemaining()) {
                    break;
                }
            }
        } catch (IOException e) {
            if (done == 0) {
                throw e;
            }
        }
        return done;
    }

    /** Returns true if a worker may wait for this channel. A peer behind a socket could keep it for ever. */
    private static boolean isFile(Channel channel) {
        return !Thread.currentThread().isVirtual() || channel instanceof SeekableByteChannel;
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        if (!Thread.currentThread().isVirtual()) {
            return new Lock(this, call(() -> delegate.lock(position, size, shared)));
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new FileLockInterruptionException();
        }
        for (int pause = 1; ; pause = Math.min(2 * pause, MAX_LOCK_PAUSE_MILLIS)) {
            FileLock lock = tryLock(position, size, shared);
            if (lock != null) {
                return lock;
            }
            try {
                Thread.sleep(pause);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new FileLockInterruptionException();
            }
            if (!isOpen()) {
                throw new AsynchronousCloseException();
            }
        }
    }

    @Override
    public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
        FileLock lock = this.<@Nullable FileLock>call(() -> delegate.tryLock(position, size, shared));
        return lock == null ? null : new Lock(this, lock);
    }

    /** The caller holds a monitor of the superclass; where that pins a virtual thread, parking would free nothing. */
    @Override
    protected void implCloseChannel() throws IOException {
        if (Offload.MONITORS_PIN) {
            delegate.close();
        } else {
            offload.run(delegate::close);
        }
    }

    private static final class Lock extends FileLock {
        private final OffloadedFileChannel channel;
        private final FileLock delegate;

        Lock(OffloadedFileChannel channel, FileLock delegate) {
            super(channel, delegate.position(), delegate.size(), delegate.isShared());
            this.channel = channel;
            this.delegate = delegate;
        }

        @Override
        public boolean isValid() {
            return delegate.isValid();
        }

        @Override
        public void release() throws IOException {
            channel.offload.run(delegate::release);
        }
    }
}
