package dev.coworker;

import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Turns reservations into threads, one at a time: on the context by a bottom half, on a fresh worker that starts the next,
 * or, where the context has not done so within 10 ms, on the JVM's timer. So no thread inherits from a submitter, and
 * neither a callback that blocks nor a context that nobody polls keeps a request waiting. Holds no lock.
 */
final class Spawner {
    private static final long OVERDUE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long ARRIVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Dispatcher dispatcher;
    private final Workers workers;
    private final ThreadFactory factory;
    private final BottomHalf bottomHalf; // QEMU's new_thread_bh
    private final JvmTimer.Alarm look = new JvmTimer.Alarm(this::look);
    private final JvmTimer.Alarm owedRetry;
    private final AtomicBoolean overdueArmed = new AtomicBoolean(); // a look at the oldest reservation is scheduled

    Spawner(Dispatcher dispatcher, Workers workers, ThreadFactory factory) {
        this.dispatcher = dispatcher;
        this.workers = workers;
        this.factory = factory;
        this.owedRetry = new JvmTimer.Alarm(workers::retryNow);
        this.bottomHalf = dispatcher.context.newBottomHalf(this::startReserved, rejection -> {
            // the timer starts what the context's executor will not
        });
    }

    /** Has a reservation become a thread: here if the caller bequeaths nothing of a submitter's, else on the context. */
    void start(boolean here) {
        if (here) {
            startReserved();
            return;
        }
        lookAfter(OVERDUE_NANOS);
        try {
            bottomHalf.schedule();
        } catch (Throwable e) {
            // the context was closed under the pool, or there is no memory to say so: the timer's turn
        }
    }

    /** One reservation becomes a thread; the worker it carries starts the next. QEMU's {@code do_spawn_thread}. */
    void startReserved() {
        if (!workers.beginStart()) {
            return;
        }
        Worker worker = null;
        try {
            worker = new Worker(dispatcher, workers);
            Thread thread = checkFit(factory.newThread(worker));
            worker.setThread(thread);
            workers.arm(worker);
            thread.start();
            if (thread.getState() == Thread.State.NEW) {
                throw new IllegalStateException(
                        "threadFactory returned a thread that start() does not start: " + thread);
            }
        } catch (Throwable e) {
            workers.startFailed(worker, e);
            return;
        }
        lookAfter(OVERDUE_NANOS);
    }

    private static Thread checkFit(@Nullable Thread thread) {
        if (thread == null) {
            throw new IllegalStateException("threadFactory returned null");
        }
        if (thread.isVirtual()) {
            throw new IllegalStateException("threadFactory returned a virtual thread: " + thread);
        }
        if (thread.getState() != Thread.State.NEW) {
            throw new IllegalStateException("threadFactory returned a thread that was started already: " + thread);
        }
        return thread;
    }

    /** Has the timer look, unless it is going to. */
    private void lookAfter(long nanos) {
        if (overdueArmed.compareAndSet(false, true)) {
            JvmTimer.after(nanos, look);
        }
    }

    /** The timer's thread: starts what the context has had time to start, and finds out what will never arrive. */
    private void look() {
        overdueArmed.set(false);
        try {
            lookNow();
        } catch (OutOfMemoryError e) {
            lookAfter(OVERDUE_NANOS);
        }
    }

    private void lookNow() {
        for (Worker dead : workers.pendingWithoutThread()) {
            workers.startFailed(
                    dead,
                    new IllegalStateException("threadFactory returned a thread that ended without running the worker"));
        }
        Long reservedAt = workers.reservedAtNanos();
        if (reservedAt != null) {
            long early = OVERDUE_NANOS - (System.nanoTime() - reservedAt);
            if (early > 0) {
                lookAfter(early);
            } else {
                if (!dispatcher.queue.isEmpty()) {
                    dispatcher.pollWatch.startedLate();
                }
                startReserved();
            }
        } else if (workers.hasPending()) {
            lookAfter(ARRIVAL_NANOS);
        }
    }

    void retryAfter(long nanos, long generation) {
        try {
            JvmTimer.after(nanos, () -> workers.retry(generation));
        } catch (Throwable e) {
            JvmTimer.owe(owedRetry);
        }
    }

    void close() {
        bottomHalf.delete();
    }
}
