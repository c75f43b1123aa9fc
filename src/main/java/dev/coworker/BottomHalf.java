package dev.coworker;

import dev.coworker.internal.loop.EventLoop;

/**
 * A handler that any thread may schedule to run once on the loop thread of its {@link AioContext}. Scheduling one that
 * is scheduled already does nothing, so a burst of events costs one run.
 *
 * {@snippet file="snippets/Contexts.java" region="bottomHalf"}
 *
 * <p>All methods may be called from any thread, also from the handler itself, and never wait. What a thread did before
 * {@link #schedule} happens-before the run that it brought about, and before that which was scheduled already. The
 * context refers to a bottom half only while it is scheduled. The counterpart of QEMU's {@code QEMUBH}.
 */
public final class BottomHalf {
    private final Runnable task;
    private final EventLoop.ScheduledHandler handler;

    BottomHalf(EventLoop loop, Runnable task) {
        this.task = task;
        // the lambda refers to this bottom half: it is kept while it is scheduled
        this.handler = new EventLoop.ScheduledHandler(loop, () -> this.task.run(), null);
    }

    /**
     * Has the handler run in the next {@link AioContext#poll}. While it is scheduled, and after {@link #delete}, this
     * does nothing. Called by the handler, it means the poll after this one. The counterpart of QEMU's {@code
     * qemu_bh_schedule}.
     *
     * @throws java.util.concurrent.RejectedExecutionException when the context is closed, or its executor rejects; it
     *     is not scheduled, and the handler will not run
     */
    public void schedule() {
        handler.schedule();
    }

    /**
     * Takes back {@link #schedule}, unless the handler has begun, which then runs to its end. It may be scheduled
     * again. The counterpart of QEMU's {@code qemu_bh_cancel}.
     */
    public void cancel() {
        handler.cancel();
    }

    /**
     * Cancels, for good: later calls of {@link #schedule} do nothing. A handler that has begun runs to its end. The
     * counterpart of QEMU's {@code qemu_bh_delete}.
     */
    public void delete() {
        handler.delete();
    }
}
