package dev.coworker.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;

/** A channel, other than a FileChannel, that is read and written on the pool. */
final class OffloadedByteChannel implements SeekableByteChannel {
    private final SeekableByteChannel delegate;
    private final Offload offload;

    private OffloadedByteChannel(SeekableByteChannel delegate, Offload offload) {
        this.delegate = delegate;
        this.offload = offload;
    }

    static SeekableByteChannel over(SeekableByteChannel channel, Offload offload) {
        return channel instanceof FileChannel file
                ? ArenaMapping.newChannel(file, offload)
                : new OffloadedByteChannel(channel, offload);
    }

    /** Returns the channel below one of ours, and every other as it is. */
    static Channel unwrap(Channel channel) {
        if (channel instanceof OffloadedFileChannel ours) {
            return ours.delegate;
        }
        return channel instanceof OffloadedByteChannel ours ? ours.delegate : channel;
    }

    @Override
    public int read(ByteBuffer dst) throws IOException {
        return offload.call(() -> delegate.read(dst));
    }

    @Override
    public int write(ByteBuffer src) throws IOException {
        return offload.call(() -> delegate.write(src));
    }

    @Override
    public long position() throws IOException {
        return offload.call(() -> delegate.position());
    }

    @Override
    public SeekableByteChannel position(long newPosition) throws IOException {
        offload.call(() -> delegate.position(newPosition));
        return this;
    }

    @Override
    public long size() throws IOException {
        return offload.call(delegate::size);
    }

    @Override
    public SeekableByteChannel truncate(long size) throws IOException {
        offload.call(() -> delegate.truncate(size));
        return this;
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
