package demo;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/** The file that is read: one that the user names, or one made for the occasion. */
record Target(Path path, long size, boolean temporary) implements Closeable {
    private static final int FILE_TYPE = 0170000; // of stat(2)
    private static final int BLOCK_DEVICE = 0060000;

    /**
     * A file, or block device, that exists.
     *
     * @throws IOException when it cannot serve; the message is for the user
     */
    static Target existing(Path path) throws IOException {
        if (!Files.exists(path)) {
            throw new IOException(path + ": no such file");
        }
        if (Files.isDirectory(path)) {
            throw new IOException(path + ": is a directory, not a file");
        }
        if (!Files.isRegularFile(path) && !isBlockDevice(path)) {
            throw new IOException(path + ": neither a file nor a block device");
        }
        try (FileChannel channel = FileChannel.open(path)) {
            if (channel.size() == 0) {
                throw new IOException(path + ": is empty, there is nothing to read");
            }
            return new Target(path, channel.size(), false);
        } catch (AccessDeniedException e) {
            throw new IOException(path + ": not readable by this user", e);
        }
    }

    private static boolean isBlockDevice(Path path) throws IOException {
        return ((int) Files.getAttribute(path, "unix:mode") & FILE_TYPE) == BLOCK_DEVICE;
    }

    /** A file of random bytes, deleted when it is closed, or at the latest when the JVM ends. */
    static Target make(int mebibytes) throws IOException {
        Path path = Files.createTempFile("coworker-demo-", ".img");
        path.toFile().deleteOnExit();
        Random random = new Random();
        byte[] mebibyte = new byte[1 << 20];
        try (OutputStream out = Files.newOutputStream(path)) {
            for (int i = 0; i < mebibytes; i++) {
                random.nextBytes(mebibyte);
                out.write(mebibyte);
            }
        }
        return new Target(path, (long) mebibytes << 20, true);
    }

    @Override
    public void close() throws IOException {
        if (temporary) {
            Files.deleteIfExists(path);
        }
    }
}
