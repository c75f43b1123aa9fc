package nbd;

import dev.coworker.Slice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;

/**
 * Carries out one connection's requests. Each is one request of the pool, submitted to the connection's slice: the
 * slice bounds how many workers one client keeps busy, and clients take turns for the others. The worker does the file
 * I/O and sends the reply.
 */
final class Commands {
    private static final int LARGE = 64 << 10;
    private static final int MOST_EXTENTS = 256;

    /** What happens to a connection's requests. */
    interface Owner {
        /** True: the client is gone, and what has not begun is not begun any more. */
        boolean isDead();

        /** The client must be given up: a request cannot be answered. */
        void fail(Throwable cause);

        /** A request was not carried out, for this reason. */
        void report(Request request, int error, Throwable cause);

        /** A request has left, answered or not: its buffer is free. */
        void release(Request request);
    }

    private final Export export;
    private final Slice slice;
    private final Replies replies;
    private final Owner owner;
    private boolean structured; // set before the first request
    private int allocationContext; // the same; 0: not asked for

    Commands(Export export, Slice slice, Replies replies, Owner owner) {
        this.export = export;
        this.slice = slice;
        this.replies = replies;
        this.owner = owner;
    }

    /** Has replies take the form that was agreed on. */
    void agree(boolean structured, int allocationContext) {
        this.structured = structured;
        this.allocationContext = allocationContext;
    }

    /** Returns the error of a request that is not to be carried out. */
    int check(int type, int flags, long offset, long length) {
        int known = switch (type) {
            case Nbd.READ -> structured ? Nbd.FLAG_FUA | Nbd.FLAG_DF : Nbd.FLAG_FUA;
            case Nbd.FLUSH, Nbd.CACHE, Nbd.WRITE, Nbd.TRIM -> Nbd.FLAG_FUA;
            case Nbd.WRITE_ZEROES -> Nbd.FLAG_FUA | Nbd.FLAG_NO_HOLE | Nbd.FLAG_FAST_ZERO;
            case Nbd.BLOCK_STATUS -> allocationContext == 0 ? -1 : Nbd.FLAG_FUA | Nbd.FLAG_REQ_ONE;
            default -> -1;
        };
        boolean changes = type == Nbd.WRITE || type == Nbd.TRIM || type == Nbd.WRITE_ZEROES;
        if (known == -1 || (flags & ~known) != 0) {
            return Nbd.EINVAL;
        }
        if (changes && export.readOnly()) {
            return Nbd.EPERM;
        }
        if (type == Nbd.FLUSH) {
            return offset == 0 && length == 0 ? Nbd.OK : Nbd.EINVAL;
        }
        long size = export.image().size();
        if (offset < 0 || offset > size || length > size - offset) {
            return type == Nbd.WRITE || type == Nbd.WRITE_ZEROES ? Nbd.ENOSPC : Nbd.EINVAL;
        }
        if (type == Nbd.BLOCK_STATUS && length == 0) {
            return Nbd.EINVAL;
        }
        return type == Nbd.READ && length > Nbd.MAX_PAYLOAD ? Nbd.EINVAL : Nbd.OK;
    }

    /**
     * Hands a request over, which has passed all checks. A small read that needs no disk is carried out here, if the
     * reader has nothing else in flight: a hand-over would take longer.
     */
    void begin(Request request, boolean alone) {
        if (alone && request.type == Nbd.READ && request.length < LARGE && isCached(request)) {
            answer(request, Nbd.OK);
        } else {
            begin(request);
        }
    }

    private boolean isCached(Request request) {
        return export.image().readCached(request.payload(), request.offset);
    }

    private void begin(Request request) {
        try {
            slice.submit(request);
        } catch (Throwable e) {
            refuse(request, e);
        }
    }

    /** Answers with an error what is not handed over. */
    void refuse(Request request, int error) {
        answer(request, error);
    }

    private void refuse(Request request, Throwable cause) {
        int error = errorFor(cause);
        owner.report(request, error, cause);
        answer(request, error);
    }

    /** The work of a worker. */
    void serve(Request request) {
        if (owner.isDead()) {
            owner.release(request);
            return;
        }
        int error = Nbd.OK;
        boolean hole = false;
        int extentBytes = 0;
        try {
            switch (request.type) {
                case Nbd.READ -> hole = read(request);
                case Nbd.WRITE -> export.write(request.payload(), request.offset);
                case Nbd.TRIM -> export.trim(request.offset, request.length);
                case Nbd.CACHE -> export.image().willNeed(request.offset, request.length);
                case Nbd.BLOCK_STATUS -> extentBytes = putExtents(request);
                case Nbd.WRITE_ZEROES -> {
                    error = zero(request);
                    if (error == Nbd.OK && request.zeroed < request.length) {
                        begin(request); // the next part, after what others have waiting
                        return;
                    }
                }
                default -> export.force();
            }
            if (error == Nbd.OK && request.has(Nbd.FLAG_FUA) && isChange(request.type)) {
                export.force();
            }
        } catch (Throwable e) {
            error = errorFor(e);
            report(request, error, e);
        }
        answer(request, error, hole, extentBytes);
    }

    private static boolean isChange(int type) {
        return type == Nbd.WRITE || type == Nbd.TRIM || type == Nbd.WRITE_ZEROES;
    }

    /** True: it is a hole, and nothing was read. To ask costs a system call, so small ones are simply read. */
    private boolean read(Request request) throws IOException {
        if (structured
                && request.length >= LARGE
                && !request.has(Nbd.FLAG_DF)
                && export.isHole(request.offset, request.length)) {
            return true;
        }
        export.image().read(request.payload(), request.offset);
        return false;
    }

    /** At once where the system can; else part by part, since terabytes of zeroes must not keep a worker. */
    private int zero(Request request) throws IOException {
        if (request.length == 0) {
            return Nbd.OK; // the system takes it for an error
        }
        boolean first = request.zeroed == 0;
        if (first && export.zeroAtOnce(request.offset, request.length, request.has(Nbd.FLAG_NO_HOLE))) {
            request.zeroed = request.length;
            return Nbd.OK;
        }
        if (request.has(Nbd.FLAG_FAST_ZERO)) {
            return Nbd.ENOTSUP;
        }
        request.zeroed += export.zeroSome(request.offset + request.zeroed, request.length - request.zeroed);
        return Nbd.OK;
    }

    /** Puts the extents of a range, and returns how many bytes they are. */
    private int putExtents(Request request) throws IOException {
        Image image = export.image();
        long end = request.offset + request.length;
        int most = request.has(Nbd.FLAG_REQ_ONE) ? 1 : MOST_EXTENTS;
        ByteBuffer to = request.buffer.clear().position(Buffers.HEADER + Integer.BYTES);
        int start = to.position();
        for (long at = request.offset; at < end && most > 0; most--) {
            long data = image.nextData(at);
            boolean hole = data > at;
            long next = Math.min(end, hole ? data : Math.max(at + 1, image.nextHole(at)));
            to.putInt((int) (next - at)).putInt(hole ? Nbd.STATE_HOLE | Nbd.STATE_ZERO : 0);
            at = next;
        }
        return to.position() - start;
    }

    private void report(Request request, int error, Throwable cause) {
        try {
            owner.report(request, error, cause);
        } catch (Throwable e) {
            owner.fail(e); // no memory for a line of text
        }
    }

    private void answer(Request request, int error) {
        answer(request, error, false, 0);
    }

    /** From here on the request is released, whatever happens. */
    private void answer(Request request, int error, boolean hole, int extentBytes) {
        boolean sent = false;
        try {
            if (!structured || request.type != Nbd.READ && request.type != Nbd.BLOCK_STATUS) {
                request.answerSimply(error);
            } else if (error != Nbd.OK) {
                request.answerWithErrorChunk(error);
            } else if (request.type == Nbd.BLOCK_STATUS) {
                request.answerWithExtents(allocationContext, extentBytes);
            } else if (hole) {
                request.answerWithHole();
            } else {
                request.answerWithData();
            }
            export.statistics().count(request, error);
            replies.send(request);
            sent = true;
        } finally {
            if (!sent) {
                owner.release(request);
            }
        }
    }

    private int errorFor(Throwable failure) {
        if (failure instanceof RejectedExecutionException) {
            return Nbd.ESHUTDOWN;
        }
        if (failure instanceof OutOfMemoryError) {
            return Nbd.ENOMEM;
        }
        return failure instanceof IOException io ? export.image().errorFor(io) : Nbd.EIO;
    }
}
