package nbd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** An image that a test can have fail, wait and count, in front of a real one. */
final class ScriptedImage implements Image {
    private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(1 << 20);

    interface Step {
        void run() throws IOException;
    }

    final AtomicInteger forces = new AtomicInteger();
    final AtomicInteger writes = new AtomicInteger();
    volatile Step beforeRead = () -> {};
    volatile Step beforeWrite = () -> {};
    volatile Step beforeForce = () -> {};
    volatile Step beforePunch = () -> {};
    volatile boolean canPunch = true;
    volatile boolean cached;
    private final Image image;

    ScriptedImage(Image image) {
        this.image = image;
    }

    /** A step that fails with this error code. */
    static Step failing(int errno) {
        return () -> {
            throw new ErrnoException("scripted", errno);
        };
    }

    @Override
    public long size() {
        return image.size();
    }

    @Override
    public void read(ByteBuffer into, long offset) throws IOException {
        beforeRead.run();
        image.read(into, offset);
    }

    @Override
    public boolean readCached(ByteBuffer into, long offset) {
        try {
            if (cached) {
                image.read(into, offset);
            }
            return cached;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void write(ByteBuffer from, long offset) throws IOException {
        beforeWrite.run();
        writes.incrementAndGet();
        image.write(from, offset);
    }

    /** Works where the real one cannot, too. */
    @Override
    public boolean punch(long offset, long length) throws IOException {
        beforePunch.run();
        if (!canPunch) {
            return false;
        }
        for (long at = offset; !image.punch(offset, length) && at < offset + length; ) {
            int part = (int) Math.min(ZEROES.capacity(), offset + length - at);
            image.write(ZEROES.duplicate().limit(part), at);
            at += part;
        }
        return true;
    }

    @Override
    public boolean allocateZeroes(long offset, long length) throws IOException {
        return canPunch && image.allocateZeroes(offset, length);
    }

    @Override
    public void force() throws IOException {
        forces.incrementAndGet();
        beforeForce.run();
        image.force();
    }

    @Override
    public void willNeed(long offset, long length) {
        image.willNeed(offset, length);
    }

    @Override
    public long nextData(long offset) throws IOException {
        return image.nextData(offset);
    }

    @Override
    public long nextHole(long offset) throws IOException {
        return image.nextHole(offset);
    }

    @Override
    public int errorFor(IOException failure) {
        return failure instanceof ErrnoException errno ? errno.nbdError() : image.errorFor(failure);
    }

    @Override
    public void close() throws IOException {
        image.close();
    }
}
