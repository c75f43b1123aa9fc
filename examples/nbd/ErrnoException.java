package nbd;

import java.io.IOException;

/** A system call that failed, with its error code. The message does not depend on the locale. */
final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1;

    private final int errno;

    ErrnoException(String call, int errno) {
        super(call + ": " + nameOf(errno));
        this.errno = errno;
    }

    int errno() {
        return errno;
    }

    private static String nameOf(int errno) {
        return switch (errno) {
            case Nbd.EPERM -> "EPERM, not permitted";
            case 2 -> "ENOENT, no such file";
            case Nbd.EIO -> "EIO, input/output error";
            case Libc.EAGAIN -> "EAGAIN, try again";
            case Libc.EACCES -> "EACCES, permission denied";
            case 21 -> "EISDIR, is a directory";
            case Nbd.EINVAL -> "EINVAL, invalid argument";
            case 24 -> "EMFILE, too many open files";
            case EFBIG -> "EFBIG, file too large";
            case Nbd.ENOSPC -> "ENOSPC, no space left on device";
            case 30 -> "EROFS, read-only file system";
            case Nbd.ENOTSUP -> "EOPNOTSUPP, not supported";
            case EDQUOT -> "EDQUOT, disk quota exceeded";
            default -> "error " + errno;
        };
    }

    static final int EFBIG = 27;
    static final int EDQUOT = 122;

    /** Returns the code that NBD has for this error. */
    int nbdError() {
        return switch (errno) {
            case Nbd.ENOSPC, EDQUOT, EFBIG -> Nbd.ENOSPC;
            case Nbd.EPERM, Libc.EACCES, 30 -> Nbd.EPERM;
            case Nbd.ENOTSUP -> Nbd.ENOTSUP;
            default -> Nbd.EIO;
        };
    }
}
