package dev.coworker.file;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** A stream that is read on the pool. Without monitors, unlike the JDK's streams over a channel. */
final class OffloadedInputStream extends InputStream {
    private final InputStream delegate;
    private final Offload offload;

    OffloadedInputStream(InputStream delegate, Offload offload) {
        this.delegate = delegate;
        this.offload = offload;
    }

    @Override
    public int read() throws IOException {
        return offload.call(() -> delegate.read());
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
        return offload.call(() -> delegate.read(bytes, offset, length));
    }

    @Override
    public byte[] readAllBytes() throws IOException {
        return offload.call(delegate::readAllBytes);
    }

    @Override
    public byte[] readNBytes(int length) throws IOException {
        return offload.call(() -> delegate.readNBytes(length));
    }

    @Override
    public int readNBytes(byte[] bytes, int offset, int length) throws IOException {
        return offload.call(() -> delegate.readNBytes(bytes, offset, length));
    }

    @Override
    public long skip(long count) throws IOException {
        return offload.call(() -> delegate.skip(count));
    }

    @Override
    public int available() throws IOException {
        return offload.call(delegate::available);
    }

    @Override
    public long transferTo(OutputStream out) throws IOException {
        return out instanceof OffloadedOutputStream ours
                ? offload.call(() -> delegate.transferTo(ours.delegate))
                : super.transferTo(out); // another stream is the caller's, and is written by its thread
    }

    @Override
    public void close() throws IOException {
        offload.run(delegate::close);
    }
}
