package nbd;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * A raw image: blocking I/O on one open file, for workers. No operation looks at the file's path again, so what is done
 * to the path later, such as another file put in its place, neither harms that file nor this one.
 */
interface Image extends Closeable {
    // QEMU locks byte 101 to write, and byte 201 to keep writers off
    int QEMU_WRITES = 101;
    int QEMU_SHARES_NO_WRITE = 201;

    /** What it was when the image was opened. */
    long size();

    /** Opens the file, checks what it is, and locks it against other writers. */
    static Image open(Path path, boolean readOnly) throws IOException {
        return Libc.isAvailable() ? NativeImage.open(path, readOnly) : ChannelImage.open(path, readOnly);
    }

    /** Fills what is left of the buffer, which is direct. */
    void read(ByteBuffer into, long offset) throws IOException;

    /** Fills what is left of the buffer if that needs no disk. False: it might, and the buffer holds nothing. */
    default boolean readCached(ByteBuffer into, long offset) {
        return false;
    }

    /** Writes what is left of the buffer, which is direct. */
    void write(ByteBuffer from, long offset) throws IOException;

    /** Makes a range a hole, which reads as zeroes. False: that cannot be done here, and nothing has changed. */
    boolean punch(long offset, long length) throws IOException;

    /** Makes a range zeroes that take space. False: that cannot be done at once here, and nothing has changed. */
    boolean allocateZeroes(long offset, long length) throws IOException;

    /** Returns when all that was written before is on the disk. */
    void force() throws IOException;

    /** Has a range read into the system's cache soon. */
    void willNeed(long offset, long length);

    /** Returns where the first data at or behind an offset is, or the size where there is none. */
    long nextData(long offset) throws IOException;

    /** Returns where the first hole at or behind an offset is, or the size where there is none. */
    long nextHole(long offset) throws IOException;

    /** Returns NBD's code for a failure of these operations. */
    int errorFor(IOException failure);
}
