package demo;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/** Reads of random blocks of a file on a {@link SlowDisk}, each compared with the file itself. */
final class BlockReads implements Closeable {
    static final int BLOCK = 4096;

    private final Target target;
    private final SlowDisk disk;
    private final FileChannel file;

    BlockReads(Target target, SlowDisk disk) throws IOException {
        this.target = target;
        this.disk = disk;
        file = FileChannel.open(target.path());
    }

    /** Reads and compares a block anywhere in the file. */
    void readAndCompare() throws IOException {
        long blocks = (target.size() + BLOCK - 1) / BLOCK;
        readAndCompare(ThreadLocalRandom.current().nextLong(blocks));
    }

    /**
     * Reads a block from the disk, then the same one from the file: from memory, since the disk has just read it.
     *
     * @throws IOException when the two differ, or either fails
     */
    void readAndCompare(long block) throws IOException {
        long offset = block * BLOCK;
        int length = (int) Math.min(BLOCK, target.size() - offset);

        byte[] slow = disk.read(offset, length);

        ByteBuffer expected = ByteBuffer.allocate(length);
        while (expected.hasRemaining() && file.read(expected, offset + expected.position()) >= 0) {}
        if (!Arrays.equals(slow, expected.array())) {
            throw new IOException(
                    target.path() + ": changed while it was read, at " + offset + ".." + (offset + length));
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
