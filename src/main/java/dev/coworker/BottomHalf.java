package dev.coworker;

import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A handler that any thread may schedule to run once on its {@link AioContext}'s home thread. Scheduling one that is
 * scheduled already does nothing, so a burst of events costs one run.
 *
 * {@snippet file="snippets/Contexts.java" region="bottomHalf"}
 *
 * <p>All methods may be called from any thread, also from the handler itself, and never wait. What a thread did before {@link
 * #schedule} happens-before the run that it brought about, and before that which was scheduled already. The context
 * refers to a bottom half only while it is scheduled. The counterpart of QEMU's {@code QEMUBH}.
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
     * Has the handler run in the next {@link AioContext#poll}; while it is scheduled, and after {@link #delete}, does
     * nothing. Called by the handler, it means the poll after this one. What the caller did before happens-before the
     * handler. The counterpart of QEMU's {@code qemu_bh_schedule}.
     *
     * @throws RejectedExecutionException when the context is closed, or its executor rejects; it is not scheduled, and the
     *     handler will not run
     */
    public void schedule() {
        context.schedule(this);
    }

    /**
     * Home thread, without the lock: true only if the handler will run again after this, or another thread cancels that; false
     * may also be what another thread is about to change.
     */
    boolean isScheduledSeenFromHome() {
        return scheduled;
    }

    /**
     * Takes back {@link #schedule}, unless the handler has begun, which then runs to its end. It may be scheduled again. The
     * counterpart of QEMU's {@code qemu_bh_cancel}.
     */
    public void cancel() {
        context.cancel(this, false);
    }

    /**
     * Cancels, for good: later calls of {@link #schedule} do nothing. A handler that has begun runs to its end. The
     * counterpart of QEMU's {@code qemu_bh_delete}.
     */
    public void delete() {
        context.cancel(this, true);
    }
}
