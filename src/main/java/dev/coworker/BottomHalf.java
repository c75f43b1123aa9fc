package dev.coworker;

import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A handler that any thread may schedule to run once on its {@link AioContext}'s home thread. Scheduling one that is
 * scheduled already does nothing, so a burst of events costs one run. The counterpart of QEMU's {@code QEMUBH}.
 *
 * <p>All methods may be called from any thread, also from the handler itself, and never wait.
 */
public final class BottomHalf {
    final AioContext context;
    final Runnable handler;
    final @Nullable Consumer<RejectedExecutionException> onRejected; // else whoever schedules hears it

    // guarded by the context's lock; links and sequence are meaningful while scheduled
    @Nullable
    BottomHalf previous;

    @Nullable
    BottomHalf next;

    long sequence;
    boolean scheduled;
    boolean deleted;

    BottomHalf(AioContext context, Runnable handler, @Nullable Consumer<RejectedExecutionException> onRejected) {
        this.context = context;
        this.handler = handler;
        this.onRejected = onRejected;
    }

    /**
     * Has the handler run in the next {@link AioContext#poll}. What the caller did before happens-before the handler.
     * After {@link #delete} it does nothing.
     *
     * @throws RejectedExecutionException when the context is closed, or its executor rejects; the handler will not run
     */
    public void schedule() {
        context.schedule(this);
    }

    /** Takes back {@link #schedule}, unless the handler has begun. It may be scheduled again. */
    public void cancel() {
        context.cancel(this, false);
    }

    /** Cancels, for good: later calls of {@link #schedule} do nothing. A handler that has begun runs to its end. */
    public void delete() {
        context.cancel(this, true);
    }
}
