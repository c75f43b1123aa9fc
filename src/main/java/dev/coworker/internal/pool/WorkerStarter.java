package dev.coworker.internal.pool;

import dev.coworker.internal.base.Log;
import dev.coworker.internal.base.Threads;
import dev.coworker.internal.base.Timer;
import dev.coworker.internal.loop.EventLoop;
import java.lang.System.Logger.Level;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Turns reservations into threads, one at a time: on the context by a bottom half, on a fresh worker that starts the
 * next, or by the timer if the context has not done so within 10 ms. So neither a callback that blocks nor a context
 * that is not polled keeps a request waiting.
 *
 * <p>After a failed start no reservation is made until the retry, after 1 ms, doubling to 1 s. A new submission resets
 * the delay.
 */
final class WorkerStarter {
    private static final long OVERDUE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long ARRIVAL_NANOS = TimeUnit.SECONDS.toNanos(1); // then a thread is late
    private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Pool pool;
    private final Workers workers;
    private final ThreadFactory factory;
    private final EventLoop.ScheduledHandler bottomHalf; // QEMU's new_thread_bh
    private final Timer.Task look;
    private final Timer.Task retry;
    private final AtomicLong failures = new AtomicLong();
    private volatile boolean nonDaemon = true; // until a thread of the factory's has shown otherwise

    // written under Workers' lock, but for the end of the retry
    private volatile boolean retryPending;
    private volatile long retryNanos;
    private volatile boolean burstLogged;

    WorkerStarter(Pool pool, Workers workers, ThreadFactory factory, boolean foreign) {
        this.pool = pool;
        this.workers = workers;
        this.factory = factory;
        this.look = new Timer.Task(this::look, foreign);
        this.retry = new Timer.Task(this::retry, foreign);
        this.bottomHalf = new EventLoop.ScheduledHandler(
                pool.loop, this::startReserved, rejection -> () -> {}); // the timer starts what the executor will not
    }

    /**
     * A request was submitted, and no reservation may be made while a retry is pending: one that is far away comes
     * sooner. Not under the lock, since it may start the timer's thread.
     */
    void retrySooner() {
        if (retryPending && retryNanos > FIRST_RETRY_NANOS) {
            retryNanos = FIRST_RETRY_NANOS;
            pool.timer.schedule(retry, FIRST_RETRY_NANOS);
        }
    }

    /**
     * Starts the loop's thread and the timer's, if they do not run: the first submission would have to wait for that.
     */
    void warmUp() {
        if (pool.loop.ownsThread()) {
            start(false);
        }
    }

    /** Has a reservation become a thread: here, if the caller is a fresh worker, else on the context. */
    void start(boolean here) {
        if (here) {
            startReserved();
            return;
        }
        pool.timer.schedule(look, OVERDUE_NANOS);
        if (!Timer.isTimerThread()) { // a foreign executor could block the timer
            try {
                bottomHalf.schedule();
            } catch (RuntimeException e) {
                // the context was closed under the pool: the timer starts it
            }
        }
    }

    /** One reservation becomes a thread; the worker that it runs starts the next. QEMU's {@code do_spawn_thread}. */
    void startReserved() {
        if (!workers.beginStart()) {
            return;
        }
        Worker worker = null;
        try {
            worker = new Worker(pool, workers);
            Thread thread = newThread(worker);
            worker.setThread(thread);
            workers.arm(worker);
            thread.start();
            if (thread.getState() == Thread.State.NEW) {
                throw new IllegalStateException(
                        "threadFactory returned a thread that start() does not start: " + thread);
            }
        } catch (Throwable e) {
            startFailed(worker, e);
            return;
        }
        pool.timer.schedule(look, OVERDUE_NANOS);
    }

    private Thread newThread(Worker worker) {
        Thread thread = Threads.withoutCallersAccess(() -> factory.newThread(worker));
        if (thread == null) {
            throw new IllegalStateException("threadFactory returned null");
        }
        if (thread.isVirtual()) {
            throw new IllegalStateException("threadFactory returned a virtual thread: " + thread);
        }
        if (thread.getState() != Thread.State.NEW) {
            throw new IllegalStateException("threadFactory returned a thread that was started already: " + thread);
        }
        nonDaemon = !thread.isDaemon();
        return thread;
    }

    /** The timer: starts what the context has had time to start, and finds out which threads do not arrive. */
    private void look() {
        boolean waits = false;
        for (Worker worker : workers.pending()) {
            Thread thread = worker.thread();
            if (thread != null && thread.getState() == Thread.State.TERMINATED) {
                startFailed(
                        worker,
                        new IllegalStateException(
                                "threadFactory returned a thread that ended without running the worker"));
                continue;
            }
            waits = true;
            if (System.nanoTime() - worker.startedNanos >= ARRIVAL_NANOS) {
                workers.giveUpWaitingFor(worker);
            }
        }
        long reservedFor = workers.reservedForNanos();
        if (reservedFor >= OVERDUE_NANOS) {
            if (!pool.queue.isEmpty()) {
                pool.callbacks.workerStartedLate();
            }
            startReserved();
        } else if (reservedFor >= 0) {
            pool.timer.schedule(look, OVERDUE_NANOS - reservedFor);
        }
        if (waits) {
            pool.timer.schedule(look, LOOK_AGAIN_NANOS); // also if that start has failed, and rolled all others back
        }
    }

    private void startFailed(@Nullable Worker worker, Throwable cause) {
        if (!workers.rollBack(worker)) {
            return;
        }
        long delay = retryNanos;
        boolean first = !burstLogged;
        burstLogged = true;
        boolean retries = pool.timer.schedule(retry, delay);
        workers.signalIfReady(true); // idle workers only, while a retry is pending
        if (!retries) {
            retryPending = false; // no thread for the timer either: the next submission or completion tries
        }
        workers.keepAlive();
        pool.waiters.signal();
        pool.listener.spawnFailed(cause, delay);
        if (first) {
            Log.quietly(() -> Log.LOGGER.log(
                    Level.WARNING,
                    pool + " could not start a worker; requests stay queued, and the start is tried again",
                    cause));
        }
    }

    /** The timer: what a failed start left undone. */
    private void retry() {
        if (!retryPending) {
            return;
        }
        retryPending = false;
        if (!workers.startMissing()) {
            workers.signalIfReady(true);
        }
        workers.keepAlive();
    }

    /** Caller holds Workers' lock: a start has failed. */
    void countFailure() {
        failures.incrementAndGet();
        retryNanos = Math.clamp(retryNanos * 2, FIRST_RETRY_NANOS, LAST_RETRY_NANOS);
        retryPending = true;
    }

    /** Caller holds Workers' lock: a thread has arrived. */
    void startSucceeded() {
        retryNanos = 0;
        burstLogged = false;
    }

    boolean isRetryPending() {
        return retryPending;
    }

    /** Returns false if the workers' threads are known to be daemons. */
    boolean isNonDaemon() {
        return nonDaemon;
    }

    long failures() {
        return failures.get();
    }

    void close() {
        bottomHalf.delete();
        pool.timer.cancel(retry);
    }
}
