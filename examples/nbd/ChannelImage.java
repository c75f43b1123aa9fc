package nbd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/** An image by a channel, where system calls cannot be made: it has no holes, so that zeroes are written. */
final class ChannelImage implements Image {
    private final Path path;
    private final FileChannel channel;
    private final long size;
    private final String fullMessage = messageOfFullDisk();

    private ChannelImage(Path path, FileChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        this.size = channel.size();
    }

    static ChannelImage open(Path path, boolean readOnly) throws IOException {
        UnfitImageException.check(path, path);
        Set<OpenOption> options =
                readOnly ? Set.of(StandardOpenOption.READ) : Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileChannel channel;
        try {
            channel = FileChannel.open(path, options);
        } catch (IOException e) {
            throw new UnfitImageException(path + ": cannot open it (" + e + ")", e);
        }
        boolean opened = false;
        try {
            lock(path, channel, readOnly);
            ChannelImage image = new ChannelImage(path, channel);
            opened = true;
            return image;
        } finally {
            if (!opened) {
                channel.close();
            }
        }
    }

    /**
     * As {@link NativeImage} does, but of this process: the lock also ends when another of its channels to the file is
     * closed.
     */
    private static void lock(Path path, FileChannel channel, boolean readOnly) throws IOException {
        boolean locked;
        try {
            locked = (readOnly || channel.tryLock(QEMU_WRITES, 1, false) != null)
                    && channel.tryLock(QEMU_SHARES_NO_WRITE, 1, readOnly) != null;
        } catch (OverlappingFileLockException e) {
            throw UnfitImageException.locked(path, e);
        } catch (IOException e) {
            return; // a file system without locks
        }
        if (!locked) {
            throw UnfitImageException.locked(path, null);
        }
    }

    /** What the JDK says of a full disk, in the language of this machine: it gives no error code. Null: not known. */
    private static String messageOfFullDisk() {
        try (FileChannel full = FileChannel.open(Path.of("/dev/full"), StandardOpenOption.WRITE)) {
            full.write(ByteBuffer.allocate(1));
            return null;
        } catch (IOException e) {
            return e.getMessage();
        }
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(ByteBuffer into, long offset) throws IOException {
        for (long at = offset; into.hasRemaining(); ) {
            int count = channel.read(into, at);
            if (count < 0) {
                throw new EOFException(path + " has become shorter: nothing at " + at);
            }
            at += count;
        }
    }

    @Override
    public void write(ByteBuffer from, long offset) throws IOException {
        for (long at = offset; from.hasRemaining(); ) {
            at += channel.write(from, at);
        }
    }

    @Override
    public boolean punch(long offset, long length) {
        return false;
    }

    @Override
    public boolean allocateZeroes(long offset, long length) {
        return false;
    }

    @Override
    public void force() throws IOException {
        channel.force(false);
    }

    @Override
    public void willNeed(long offset, long length) {
        // Java has no call for it, and it is only a hint
    }

    @Override
    public long nextData(long offset) {
        return offset;
    }

    @Override
    public long nextHole(long offset) {
        return size;
    }

    @Override
    public int errorFor(IOException failure) {
        return fullMessage != null && fullMessage.equals(failure.getMessage()) ? Nbd.ENOSPC : Nbd.EIO;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
