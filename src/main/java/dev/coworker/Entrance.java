package dev.coworker;

import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Where requests come in: the pool itself, or a slice in front of it. The layers know no more of either. */
abstract sealed class Entrance permits Dispatcher, SliceDispatcher {
    /** The pool behind it, or itself. */
    abstract Dispatcher dispatcher();

    /** The way in for those who cannot wait. */
    abstract void accept(Request request);

    /** The coroutine layer's way in, and its wait; {@code startWithinNanos} is negative where there is no deadline. */
    abstract @Nullable Object call(CoRequest request, long startWithinNanos) throws Throwable;

    /** Takes back a request that no worker has begun: true for the one caller that did, who then calls {@link #left}. */
    abstract boolean remove(Request request, boolean late);

    /** A request was taken back: what it held is free, and whom it concerns is told. */
    abstract void left(Request canceled, String reason);

    final boolean withdraw(Request request, boolean late) {
        if (!remove(request, late)) {
            return false;
        }
        left(request, late ? "timed out" : "withdrawn");
        return true;
    }

    /** Counts a refusal, and returns what says so. */
    abstract RejectedExecutionException reject(boolean becauseClosed);

    abstract boolean isClosing();

    abstract boolean isClosed();

    /** Rejects new requests, finishes all that was accepted, and waits for it. */
    abstract void close();

    /** As {@link #close()} for that long; then gives up on what is left. */
    abstract boolean close(long drainNanos);

    abstract ThreadPoolStats stats();
}
