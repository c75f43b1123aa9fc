package nbd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file that cannot be served. The message is one sentence for the operator. */
final class UnfitImageException extends IOException {
    private static final long serialVersionUID = 1;

    private static final int S_IFMT = 0170000;
    private static final int S_IFREG = 0100000;
    private static final int S_IFBLK = 0060000;
    private static final int S_IFDIR = 0040000;
    private static final int S_IFIFO = 0010000;

    UnfitImageException(String message, Throwable cause) {
        super(message, cause);
    }

    static UnfitImageException locked(Path path, Throwable cause) {
        return new UnfitImageException(path + ": another process writes to it, or relies on it not to change", cause);
    }

    /** Lets only regular files and block devices pass; {@code opened} leads to the file that {@code path} named. */
    static void check(Path path, Path opened) throws IOException {
        int type;
        try {
            type = (int) Files.getAttribute(opened, "unix:mode") & S_IFMT;
        } catch (IOException e) {
            throw new UnfitImageException(path + ": cannot open it (" + e + ")", e);
        }
        if (type != S_IFREG && type != S_IFBLK) {
            String what = type == S_IFDIR ? "a directory" : type == S_IFIFO ? "a FIFO" : "not a disk";
            throw new UnfitImageException(
                    path + ": it is " + what + "; a regular file or block device is needed", null);
        }
    }
}
