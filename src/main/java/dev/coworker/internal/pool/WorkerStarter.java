package dev.coworker.internal.pool;

import dev.coworker.internal.base.Log;
import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.base.Threads;
import dev.coworker.internal.base.Timer;
import dev.coworker.internal.loop.EventLoop;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Turns reservations into threads, one at a time: on the context by a bottom half, on a fresh worker that starts the
 * next, or by the timer if the context has not done so within 10 ms. So neither a callback that blocks nor a context
 * that is not polled keeps a request waiting. A fresh worker starts others one after the other: one thread makes
 * threads faster than several do.
 *
 * <p>It counts the workers that do not run yet, {@code reserved} and {@code pending} of {@link Workers}, under the lock
 * of {@code Workers}. Foreign code, above all the factory, runs without it.
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

    /** While a fresh worker starts others: itself, one that arrives, and one that is being made. */
    private static final int MOST_ON_THEIR_WAY = 3;

    private final Pool pool;
    private final Workers workers;
    private final Mutex lock; // of workers
    private final ThreadFactory factory;
    private final EventLoop.ScheduledHandler bottomHalf; // QEMU's new_thread_bh
    private final Timer.Task look;
    private final Timer.Task retry;
    final AtomicLong failures = new AtomicLong();
    volatile boolean nonDaemon = true; // until a thread of the factory's has shown otherwise

    // guarded by lock; Workers reads the first three
    int newThreads; // reserved, no Thread object yet
    int pending; // thread started, has not arrived
    int latePending; // of them, not expected any more
    private long reservedNanos; // when the oldest reservation was made
    private boolean keptAlive; // the JVM, for the first worker
    private final Set<Worker> threads = new LinkedHashSet<>(); // from before the start until the thread is dead

    // written under lock, but for the end of the retry
    volatile boolean retryPending;
    private volatile long retryNanos;
    private volatile boolean burstLogged;

    WorkerStarter(Pool pool, Workers workers, Mutex lock, ThreadFactory factory, boolean foreign) {
        this.pool = pool;
        this.workers = workers;
        this.lock = lock;
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

    /** Has a reservation become a thread: here, if the caller is a fresh worker, else on the context. */
    void start(boolean here) {
        keepAlive();
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
        if (!beginStart()) {
            return;
        }
        Worker worker = null;
        try {
            worker = new Worker(pool, workers);
            Thread thread = newThread(worker);
            worker.setThread(thread);
            arm(worker);
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

    /** A reservation is about to become a thread; false if none is left. */
    boolean beginStart() {
        try (Mutex ignored = lock.hold()) {
            boolean begins = newThreads > 0;
            if (begins) {
                newThreads--;
                pending++;
            }
            return begins;
        }
    }

    /** The worker's thread was found fit and is about to be started. */
    void arm(Worker worker) {
        try (Mutex ignored = lock.hold()) {
            threads.add(worker);
            workers.idle.ensureCapacity(threads.size()); // so that a worker that goes idle allocates nothing
            worker.life = Worker.Life.ARMED;
            worker.startedNanos = System.nanoTime();
        }
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

    /**
     * A fresh worker starts the next that is reserved, and more while more requests wait than workers are on their way.
     */
    void startOthers() {
        do {
            startReserved();
        } while (workers.reserveNext(pool.queue.upTo(MOST_ON_THEIR_WAY)));
    }

    /** The timer: starts what the context has had time to start, and finds out which threads do not arrive. */
    private void look() {
        boolean waits = false;
        for (Worker worker : notArrived()) {
            Thread thread = worker.thread();
            if (thread != null && thread.getState() == Thread.State.TERMINATED) {
                startFailed(
                        worker,
                        new IllegalStateException(
                                "threadFactory returned a thread that ended without running the worker"));
            } else {
                waits = true;
                if (System.nanoTime() - worker.startedNanos >= ARRIVAL_NANOS) {
                    giveUpWaitingFor(worker);
                }
            }
        }
        long reservedFor; // the oldest reservation has waited for its thread; or -1
        try (Mutex ignored = lock.hold()) {
            reservedFor = newThreads == 0 ? -1 : System.nanoTime() - reservedNanos;
        }
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

    /** Returns the workers that were started and have not arrived. */
    private List<Worker> notArrived() {
        try (Mutex ignored = lock.hold()) {
            return threads.stream()
                    .filter(worker -> worker.life == Worker.Life.ARMED)
                    .toList();
        }
    }

    /** The worker's thread was started long ago and has not arrived: others are sent in its place. */
    private void giveUpWaitingFor(Worker worker) {
        try (Mutex ignored = lock.hold()) {
            if (worker.life != Worker.Life.ARMED || worker.late) {
                return;
            }
            worker.late = true;
            latePending++;
            workers.settle();
        }
        workers.signalIfReady(false);
    }

    private void startFailed(@Nullable Worker worker, Throwable cause) {
        if (!rollBack(worker)) {
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
        keepAlive();
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
        workers.startMissing();
        workers.signalIfReady(true);
        keepAlive();
    }

    /**
     * Rolls the reservation back, with all others of its burst. Returns false if the worker runs, or has run, although
     * its thread's start() threw, or its thread was found dead: then it is left alone.
     */
    private boolean rollBack(@Nullable Worker worker) {
        try (Mutex ignored = lock.hold()) {
            boolean failed = worker == null || worker.life == Worker.Life.CREATED || worker.life == Worker.Life.ARMED;
            if (failed) {
                if (worker != null) {
                    worker.life = Worker.Life.DISCARDED;
                    threads.remove(worker);
                    latePending -= worker.late ? 1 : 0;
                }
                pending--;
                newThreads = 0;
                failures.incrementAndGet();
                retryNanos = Math.clamp(retryNanos * 2, FIRST_RETRY_NANOS, LAST_RETRY_NANOS);
                retryPending = true;
                workers.settle();
            }
            return failed;
        }
    }

    /** Keeps the JVM alive while the first worker is on its way, and only then. */
    void keepAlive() {
        boolean needed = nonDaemon;
        boolean retries = retryPending && !pool.queue.isEmpty();
        try (Mutex ignored = lock.hold()) {
            needed &= workers.hasNoneRunning() && (newThreads + pending > 0 || retries);
            if (needed == keptAlive) {
                return;
            }
            keptAlive = needed;
        }
        if (needed) {
            Threads.KeepAlive.hold();
        } else {
            Threads.KeepAlive.release();
        }
    }

    /** Returns the workers whose threads were started; some may have ended. */
    List<Worker> started() {
        try (Mutex ignored = lock.hold()) {
            return new ArrayList<>(threads);
        }
    }

    void close() {
        bottomHalf.delete();
        pool.timer.cancel(retry);
    }

    // from here on the caller holds lock

    void reserve(int count) {
        if (newThreads == 0) {
            reservedNanos = System.nanoTime();
        }
        newThreads += count;
    }

    void rollBackReserved(int most) {
        newThreads -= Math.min(newThreads, most);
    }

    /** The worker's thread runs. Returns false if it is not to run this worker, or not again. */
    boolean countArrived(Worker worker) {
        if (worker.life != Worker.Life.ARMED) {
            return false;
        }
        worker.life = Worker.Life.RUNNING;
        worker.setThread(Thread.currentThread());
        pending--;
        latePending -= worker.late ? 1 : 0;
        retryNanos = 0;
        burstLogged = false;
        return true;
    }

    void forgetDead() {
        threads.removeIf(Worker::isDead);
    }

    boolean haveAllEnded() {
        return threads.stream().allMatch(worker -> worker.life == Worker.Life.ENDED);
    }
}
