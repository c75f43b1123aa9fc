package nbd;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Path;

/** An image by system calls on one file descriptor. */
final class NativeImage implements Image {
    // struct flock: short l_type, l_whence; long l_start, l_len; int l_pid
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;

    private final Path path;
    private final int fd;
    private final long size;

    private NativeImage(Path path, int fd, long size) {
        this.path = path;
        this.fd = fd;
        this.size = size;
    }

    static NativeImage open(Path path, boolean readOnly) throws IOException {
        // without O_NONBLOCK the opening of a FIFO would wait for its other end
        int mode = (readOnly ? Libc.O_RDONLY : Libc.O_RDWR) | Libc.O_NONBLOCK | Libc.O_CLOEXEC;
        int fd;
        try {
            fd = Libc.open(nameOf(path), mode);
        } catch (ErrnoException e) {
            throw new UnfitImageException(path + ": cannot open it (" + e.getMessage() + ")", e);
        }
        boolean opened = false;
        try {
            UnfitImageException.check(path, Path.of("/proc/self/fd/" + fd));
            lock(path, fd, readOnly);
            NativeImage image = new NativeImage(path, fd, Libc.lseek(fd, 0, Libc.SEEK_END));
            opened = true;
            return image;
        } finally {
            if (!opened) {
                Libc.close(fd);
            }
        }
    }

    private static ByteBuffer nameOf(Path path) {
        byte[] bytes = path.toString().getBytes(Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8")));
        return ByteBuffer.allocateDirect(bytes.length + 1).put(bytes).rewind();
    }

    /**
     * Locks the bytes that QEMU locks, in a way that its lock agrees with: a writer excludes all others, and a reader
     * excludes writers. The lock belongs to the open file, and ends with it.
     */
    private static void lock(Path path, int fd, boolean readOnly) throws IOException {
        try {
            if (readOnly) {
                ByteBuffer writer = lockOf(F_WRLCK, QEMU_WRITES);
                Libc.fcntl(fd, Libc.F_OFD_GETLK, writer);
                if (writer.getShort(0) != F_UNLCK) {
                    throw UnfitImageException.locked(path, null);
                }
                Libc.fcntl(fd, Libc.F_OFD_SETLK, lockOf(F_RDLCK, QEMU_SHARES_NO_WRITE));
            } else {
                Libc.fcntl(fd, Libc.F_OFD_SETLK, lockOf(F_WRLCK, QEMU_WRITES));
                Libc.fcntl(fd, Libc.F_OFD_SETLK, lockOf(F_WRLCK, QEMU_SHARES_NO_WRITE));
            }
        } catch (ErrnoException e) {
            if (e.errno() == Libc.EAGAIN || e.errno() == Libc.EACCES) {
                throw UnfitImageException.locked(path, e);
            }
            // a file system without locks: QEMU goes on there, too
        }
    }

    private static ByteBuffer lockOf(short type, long offset) {
        return ByteBuffer.allocateDirect(32)
                .order(ByteOrder.nativeOrder())
                .putShort(0, type)
                .putLong(8, offset)
                .putLong(16, 1);
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public void read(ByteBuffer into, long offset) throws IOException {
        for (long at = offset; into.hasRemaining(); ) {
            int count = Libc.pread(fd, into, at);
            if (count == 0) {
                throw new EOFException(path + " has become shorter: nothing at " + at);
            }
            at += count;
        }
    }

    @Override
    public boolean readCached(ByteBuffer into, long offset) {
        int wanted = into.remaining();
        return Libc.preadCached(fd, into, offset) == wanted;
    }

    @Override
    public void write(ByteBuffer from, long offset) throws IOException {
        for (long at = offset; from.hasRemaining(); ) {
            at += Libc.pwrite(fd, from, at);
        }
    }

    @Override
    public boolean punch(long offset, long length) throws IOException {
        return allocate(Libc.FALLOC_PUNCH_HOLE | Libc.FALLOC_KEEP_SIZE, offset, length);
    }

    @Override
    public boolean allocateZeroes(long offset, long length) throws IOException {
        return allocate(Libc.FALLOC_ZERO_RANGE | Libc.FALLOC_KEEP_SIZE, offset, length);
    }

    private boolean allocate(int mode, long offset, long length) throws IOException {
        try {
            Libc.fallocate(fd, mode, offset, length);
            return true;
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case Nbd.ENOTSUP, Nbd.EINVAL, Libc.ENODEV, Libc.ENOSYS, Libc.ENOTTY -> false;
                default -> throw e;
            };
        }
    }

    @Override
    public void force() throws IOException {
        Libc.fdatasync(fd);
    }

    @Override
    public void willNeed(long offset, long length) {
        Libc.willNeed(fd, offset, length);
    }

    @Override
    public long nextData(long offset) throws IOException {
        return seek(offset, Libc.SEEK_DATA, offset);
    }

    @Override
    public long nextHole(long offset) throws IOException {
        return seek(offset, Libc.SEEK_HOLE, size);
    }

    /** Where the file system knows nothing of holes, all is data. */
    private long seek(long offset, int whence, long otherwise) throws IOException {
        try {
            return Math.min(size, Libc.lseek(fd, offset, whence));
        } catch (ErrnoException e) {
            return switch (e.errno()) {
                case Libc.ENXIO -> size; // nothing but a hole from here to the end, or the file has become shorter
                case Nbd.EINVAL, Nbd.ENOTSUP -> otherwise;
                default -> throw e;
            };
        }
    }

    @Override
    public int errorFor(IOException failure) {
        return failure instanceof ErrnoException errno ? errno.nbdError() : Nbd.EIO;
    }

    /** To be called once, when no other call is being made: the number may be another file's from then on. */
    @Override
    public void close() {
        Libc.close(fd);
    }
}
