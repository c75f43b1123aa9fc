package nbd;

import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;

/**
 * Carries out one connection's requests, each on the layer of the pool that is natural for it.
 *
 * <pre>
 *   READ, WRITE, WRITE_ZEROES   a virtual thread each, parked in submitCo while a worker is in the file
 *   FLUSH, TRIM                 submitAio: nothing of the connection waits, and they are canceled when the client is gone
 *   CACHE                       submit: answered at once, read ahead when a worker is free
 * </pre>
 *
 * <p>However it ends, each request is answered once, and with the answer's end its buffer and its share of the budget are
 * free again: {@link Budget.Share#awaitAll} is the end of all of them.
 */
final class Execution {
    private static final long ZEROED_AT_ONCE = 8 << 20;

    private final Export export;
    private final ThreadPool pool;
    private final Image image;
    private final Replies replies;
    private final Map<Request, AioRequest<?>> cancelable = new ConcurrentHashMap<>();
    private volatile boolean abandoned;

    Execution(Export export, Replies replies) {
        this.export = export;
        this.pool = export.pool();
        this.image = export.image();
        this.replies = replies;
    }

    /** Begins, and returns; the request has passed all checks. */
    void begin(Request request) {
        try {
            switch (request.type) {
                case Nbd.FLUSH, Nbd.TRIM -> beginCancelable(request);
                case Nbd.CACHE -> {
                    export.readAhead(request.offset, request.length);
                    end(request, Nbd.OK);
                }
                default -> Thread.startVirtualThread(() -> perform(request));
            }
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            end(request, errorFor(e));
        }
    }

    private void perform(Request request) {
        int error = Nbd.OK;
        try {
            switch (request.type) {
                case Nbd.READ -> pool.submitCo(() -> image.read(request.payload(), request.offset));
                case Nbd.WRITE ->
                    pool.submitCo(() -> image.write(request.payload(), request.offset, request.has(Nbd.FLAG_FUA)));
                default -> zero(request);
            }
        } catch (Throwable e) {
            error = errorFor(e);
        }
        end(request, error);
    }

    /** Where holes are not to be had, part by part: terabytes of zeroes neither keep a worker nor outlive the client. */
    private void zero(Request request) throws IOException, InterruptedException {
        boolean done = !request.has(Nbd.FLAG_NO_HOLE)
                && request.length >= Holes.SMALLEST
                && pool.submitCo(() -> image.punch(request.offset, request.length));
        long end = request.offset + request.length;
        for (long at = request.offset; !done && at < end && !abandoned; at += ZEROED_AT_ONCE) {
            long from = at;
            pool.submitCo(() -> image.writeZeroes(from, Math.min(ZEROED_AT_ONCE, end - from)));
        }
        if (request.has(Nbd.FLAG_FUA)) {
            pool.submitCo(() -> image.force());
        }
    }

    private void beginCancelable(Request request) {
        AioRequest<Void> aio = pool.submitAio(
                () -> {
                    if (request.type == Nbd.TRIM) {
                        image.punch(request.offset, request.length);
                    }
                    if (request.type == Nbd.FLUSH || request.has(Nbd.FLAG_FUA)) {
                        image.force();
                    }
                    return null;
                },
                (nothing, failure) -> {
                    cancelable.remove(request);
                    endLater(request, failure == null ? Nbd.OK : errorFor(failure));
                });
        cancelable.put(request, aio);
        if (aio.state() == AioRequest.State.DONE || aio.state() == AioRequest.State.CANCELED) {
            cancelable.remove(request); // its callback may have been here before
        } else if (abandoned) {
            aio.cancelAsync();
        }
    }

    /** The client is gone: what nobody waits for any more is not begun. */
    void abandon() {
        abandoned = true;
        cancelable.values().forEach(AioRequest::cancelAsync);
    }

    /** Answers; waits for the client if it falls to this thread to write. */
    void end(Request request, int error) {
        request.answer(error);
        export.statistics().count(request, error);
        replies.send(request);
    }

    private void endLater(Request request, int error) {
        request.answer(error);
        export.statistics().count(request, error);
        replies.sendLater(request);
    }

    static int errorFor(Throwable failure) {
        if (failure instanceof RejectedExecutionException
                || failure instanceof CancellationException
                || failure instanceof InterruptedException) {
            return Nbd.ESHUTDOWN;
        }
        if (failure instanceof OutOfMemoryError) {
            return Nbd.ENOMEM;
        }
        String message = String.valueOf(failure.getMessage());
        boolean full = message.contains("No space left")
                || message.contains("quota exceeded")
                || message.contains("File too large");
        return full ? Nbd.ENOSPC : Nbd.EIO;
    }
}
