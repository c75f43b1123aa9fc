package dev.coworker.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousFileChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileLock;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Reads, writes and locks do not block their caller in the channel below either; the rest runs on the pool. */
final class OffloadedAsynchronousFileChannel extends AsynchronousFileChannel {
    private final AsynchronousFileChannel delegate;
    private final Offload offload;

    OffloadedAsynchronousFileChannel(AsynchronousFileChannel delegate, Offload offload) {
        this.delegate = delegate;
        this.offload = offload;
    }

    @Override
    public long size() throws IOException {
        return offload.call(delegate::size);
    }

    @Override
    public AsynchronousFileChannel truncate(long size) throws IOException {
        offload.call(() -> delegate.truncate(size));
        return this;
    }

    @Override
    public void force(boolean metaData) throws IOException {
        offload.run(() -> delegate.force(metaData));
    }

    @Override
    public <A extends @Nullable Object> void lock(
            long position, long size, boolean shared, A attachment, CompletionHandler<FileLock, ? super A> handler) {
        delegate.lock(position, size, shared, attachment, handler);
    }

    @Override
    public Future<FileLock> lock(long position, long size, boolean shared) {
        return delegate.lock(position, size, shared);
    }

    @Override
    public @Nullable FileLock tryLock(long position, long size, boolean shared) throws IOException {
        return offload.<@Nullable FileLock, IOException>call(() -> delegate.tryLock(position, size, shared));
    }

    @Override
    public <A extends @Nullable Object> void read(
            ByteBuffer dst, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
        delegate.read(dst, position, attachment, handler);
    }

    @Override
    public Future<Integer> read(ByteBuffer dst, long position) {
        return delegate.read(dst, position);
    }

    @Override
    public <A extends @Nullable Object> void write(
            ByteBuffer src, long position, A attachment, CompletionHandler<Integer, ? super A> handler) {
        delegate.write(src, position, attachment, handler);
    }

    @Override
    public Future<Integer> write(ByteBuffer src, long position) {
        return delegate.write(src, position);
    }

    @Override
    public boolean isOpen() {
        return delegate.isOpen();
    }

    @Override
    public void close() throws IOException {
        offload.run(delegate::close);
    }
}
