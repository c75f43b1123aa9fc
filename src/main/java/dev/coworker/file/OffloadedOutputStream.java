package dev.coworker.file;

import java.io.IOException;
import java.io.OutputStream;

/** A stream that is written on the pool. Without monitors, unlike the JDK's streams over a channel. */
final class OffloadedOutputStream extends OutputStream {
    final OutputStream delegate;
    private final Offload offload;

    OffloadedOutputStream(OutputStream delegate, Offload offload) {
        this.delegate = delegate;
        this.offload = offload;
    }

    @Override
    public void write(int b) throws IOException {
        offload.run(() -> delegate.write(b));
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        offload.run(() -> delegate.write(bytes, offset, length));
    }

    @Override
    public void flush() throws IOException {
        offload.run(delegate::flush);
    }

    @Override
    public void close() throws IOException {
        offload.run(delegate::close);
    }
}
