package dev.coworker.internal.pool;

import dev.coworker.internal.base.Log;
import dev.coworker.internal.base.Timer;
import dev.coworker.internal.loop.EventLoop;
import java.lang.System.Logger.Level;
import java.lang.Thread.UncaughtExceptionHandler;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Brings callbacks to the loop thread, in the order in which their requests ended. The counterpart of QEMU's {@code
 * thread_pool_completion_bh}, but O(1) per callback: QEMU looks through all outstanding requests.
 *
 * <p>Requests that have ended are pushed onto a stack. The thread that finds it empty schedules the bottom half, so a
 * batch costs one wake-up. The loop thread takes the whole stack when nothing older is {@code ready}, and reverses it.
 * A callback may poll: while anything is left, the bottom half stays scheduled, as in QEMU since commit 3c80ca1.
 */
final class CallbackQueue {
    /** Callbacks in one run of the bottom half; then it is the turn of other bottom halves. */
    private static final int BATCH = 256;

    private static final AtomicReferenceFieldUpdater<CallbackQueue, @Nullable Request> POSTED =
            AtomicReferenceFieldUpdater.newUpdater(CallbackQueue.class, Request.class, "posted");

    private final Pool pool;
    private final EventLoop loop;
    private final EventLoop.ScheduledHandler bottomHalf;
    private final UnpolledWatch watch = new UnpolledWatch();

    private volatile @Nullable Request posted; // newest first
    private final LongAdder postedCount = new LongAdder();
    private final AtomicReference<@Nullable Thread> deliverer = new AtomicReference<>();

    private @Nullable Request ready; // oldest first; the deliverer's: the loop thread, or one that hears of a rejection
    private final AtomicLong delivered = new AtomicLong(); // read by any thread

    CallbackQueue(Pool pool, EventLoop loop) {
        this.pool = pool;
        this.loop = loop;
        this.bottomHalf = new EventLoop.ScheduledHandler(loop, this::deliver, this::abandon);
    }

    /** The request has ended: its callback is due. */
    void post(CallbackRequest request) {
        postedCount.increment();
        Request before;
        do {
            before = posted;
            request.next = before;
        } while (!POSTED.compareAndSet(this, before, request));
        if (before == null) {
            bottomHalf.schedule();
        }
        watch.arm();
    }

    /** The bottom half. */
    private void deliver() {
        if (isInCallback()) {
            deliverBatch(); // it polls
        } else if (deliverer.compareAndSet(null, Thread.currentThread())) {
            try {
                deliverBatch();
            } finally {
                end();
            }
        }
    }

    /** Threads may hear of a rejection while another one delivers. They have left everything to it. */
    private void end() {
        deliverer.set(null);
        if (posted != null) {
            bottomHalf.schedule();
        }
    }

    private void deliverBatch() {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try {
            for (int left = BATCH; left > 0 && loop.hasBudget(); left--) {
                CallbackRequest request = nextReady();
                if (request == null) {
                    return;
                }
                if (loop.ownsThread() && thread.getContextClassLoader() != pool.contextClassLoader) {
                    thread.setContextClassLoader(pool.contextClassLoader); // the callback before may have changed it
                }
                deliver(request);
            }
            if (isAnyLeft()) {
                bottomHalf.schedule();
            }
        } finally {
            if (loop.ownsThread() && thread.getContextClassLoader() != before) {
                thread.setContextClassLoader(before);
            }
        }
    }

    private void deliver(CallbackRequest request) {
        if (isAnyLeft() && !bottomHalf.isScheduledSeenFromLoop()) {
            bottomHalf.schedule();
        }
        loop.countHandled();
        try {
            request.deliver();
        } catch (Throwable e) {
            report(pool.handler, e);
        } finally {
            ended(request);
        }
    }

    private boolean isAnyLeft() {
        return ready != null || posted != null;
    }

    /**
     * The loop's executor runs nothing any more. No callback runs elsewhere, and no thread waits for one. Returns what
     * tells the handler, which is foreign code: it runs when nothing is left that it could wait for.
     */
    private Runnable abandon(RejectedExecutionException e) {
        int abandoned = 0;
        if (deliverer.compareAndSet(null, Thread.currentThread())) {
            try {
                for (CallbackRequest request; (request = nextReady()) != null; abandoned++) {
                    ended(request);
                }
            } finally {
                end();
            }
        }
        int count = abandoned;
        return () -> {
            for (int i = 0; i < count; i++) {
                report(pool.handler, e);
            }
        };
    }

    private void ended(CallbackRequest request) {
        request.endDelivery();
        delivered.lazySet(delivered.getPlain() + 1);
        request.setDelivered(); // a volatile write: it comes between the counts and the look for a waiter
        pool.signalIfDrained(request.lane);
    }

    /**
     * The oldest; looks at the stack only when nothing older is left, so that a thread that posts seldom finds it
     * empty.
     */
    private @Nullable CallbackRequest nextReady() {
        Request first = ready;
        if (first == null && posted != null) {
            first = oldestFirst(POSTED.getAndSet(this, null));
        }
        if (first != null) {
            ready = first.next;
            first.next = null;
        }
        return (CallbackRequest) first;
    }

    /** Reverses a stack that is linked by `next`. */
    private static @Nullable Request oldestFirst(@Nullable Request newest) {
        Request oldest = null;
        for (Request each = newest; each != null; ) {
            Request older = each.next;
            each.next = oldest;
            oldest = each;
            each = older;
        }
        return oldest;
    }

    /** Tells the handler, and survives it. */
    static void report(UncaughtExceptionHandler handler, Throwable e) {
        try {
            handler.uncaughtException(Thread.currentThread(), e);
        } catch (Throwable thrown) {
            Log.quietly(() -> Log.LOGGER.log(Level.WARNING, "the uncaught-exception handler threw; dropped", thrown));
        }
    }

    /** Returns how many callbacks have returned, or will never run because the executor rejected. */
    long delivered() {
        return delivered.get();
    }

    /** Returns how many callbacks wait for the loop thread. */
    int undelivered() {
        long done = delivered.get(); // first: the difference is never negative
        return (int) (postedCount.sum() - done);
    }

    /** Returns true if the calling thread is in a callback of this pool, directly or further up the stack. */
    boolean isInCallback() {
        return deliverer.get() == Thread.currentThread();
    }

    /** Nothing is posted any more. */
    void close() {
        bottomHalf.delete();
    }

    /** The timer started a worker that a poll of a manual context should have started, while requests waited. */
    void workerStartedLate() {
        watch.startedLate = true;
        watch.arm();
    }

    /**
     * Notices that a manual context on which the pool depends is not polled, and says so once.
     *
     * <p>While {@code armed}, the timer is going to look, or the warning was given. The timer clears it, then looks for
     * a reason again. A thread with a reason brings it about, then arms.
     */
    private final class UnpolledWatch {
        private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

        private final Timer.Task look = new Timer.Task(this::look);
        private final AtomicBoolean armed = new AtomicBoolean();
        private volatile boolean startedLate; // a request waited for its worker longer than a poll should take
        private volatile long pollsBefore;

        /** A callback is due, or a worker was late. */
        void arm() {
            if (loop.isManual() && !armed.get() && armed.compareAndSet(false, true)) {
                lookLater();
            }
        }

        private void lookLater() {
            pollsBefore = loop.polls();
            if (!pool.timer.schedule(look, PATIENCE_NANOS)) {
                armed.set(false);
            }
        }

        private void look() {
            boolean polled = loop.isPolled() || loop.polls() != pollsBefore;
            if (polled || pool.isClosed(null)) {
                startedLate = false;
            }
            boolean due = bottomHalf.isScheduled();
            if (!due && !startedLate) {
                armed.set(false);
                if (bottomHalf.isScheduled() || startedLate) {
                    arm();
                }
            } else if (polled) {
                lookLater();
            } else {
                Log.quietly(() -> Log.LOGGER.log(
                        Level.WARNING,
                        pool + ": the manual " + loop + " has not been polled for a second, and "
                                + (due ? "callbacks wait for it" : "workers start late without it")
                                + "; call poll on the thread that created it, or use AioContext.start(name),"
                                + " which polls itself"));
            }
        }
    }
}
