package dev.coworker.internal.pool;

import dev.coworker.internal.base.Timer;
import dev.coworker.internal.loop.ConditionWaiters;
import dev.coworker.internal.loop.EventLoop;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How a pool ends, and each of its slices. Nothing is accepted from the begin of close on. Close waits until all that
 * was accepted has ended, and every callback has returned. If it is interrupted, or its time is over, it gives up: it
 * cancels what waits, interrupts what runs, and waits again. A pool then ends its workers, and leaves its loop.
 *
 * <p>It has no lock of its own: {@link RequestQueue} decides whether a request was accepted before close. Several
 * threads may close at a time, and each waits.
 */
final class Closing implements EventLoop.User {
    /** How long {@code close(Duration)} waits for what it interrupted. */
    private static final long LAST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Pool pool;

    // of the pool; for a slice, its Lane knows
    private volatile boolean begun;
    private volatile boolean ended;

    Closing(Pool pool) {
        this.pool = pool;
    }

    boolean hasBegun(@Nullable Lane lane) {
        return lane != null ? lane.isClosed() : begun;
    }

    /** Returns true if close has returned, or for a slice, nothing of it is left. */
    boolean hasEnded(@Nullable Lane lane) {
        return lane != null ? isDrained(lane) : ended;
    }

    /** Returns true once the pool is closed and nothing of it is left, though close may have returned before that. */
    @Override
    public boolean isOver() {
        return ended || (begun && isDrained(null) && pool.workers.isEmpty());
    }

    /** Returns whether nothing waits or runs, and every callback has returned or been given up. */
    boolean isDrained(@Nullable Lane lane) {
        return lane != null
                ? pool.queue.isDrained(lane)
                : pool.isIdle() && pool.callbacks.delivered() == pool.queue.callbacks();
    }

    /** Throws if close would wait for the calling thread. */
    void checkCloser(@Nullable Lane lane) {
        String who = lane != null ? lane.name : pool.toString();
        if (pool.isWorker()) {
            throw new IllegalStateException("close of " + who + " by a worker of " + pool
                    + " would wait for itself, or for what may need that worker: close it on another thread");
        }
        if (pool.callbacks.isInCallback() && (lane == null || lane.callbacksRunning > 0)) {
            throw new IllegalStateException("close of " + who
                    + " in one of its callbacks would wait for itself: close it outside, or on another thread");
        }
        pool.loop.checkNesting();
    }

    /** Waits for what was accepted; an interrupt cancels what waits and interrupts what runs. */
    void close(@Nullable Lane lane) {
        begin(lane);
        try {
            waiters(lane).awaitInterruptibly(() -> isDrained(lane), Timer.NO_DEADLINE);
        } catch (InterruptedException e) {
            giveUp(lane);
            awaitDrained(lane, Timer.NO_DEADLINE);
            Thread.currentThread().interrupt();
        }
        end(lane, Timer.NO_DEADLINE);
    }

    /** Closes within bounds; returns false if something is left. */
    boolean close(@Nullable Lane lane, long drainNanos) {
        begin(lane);
        long drainDeadline = Timer.deadlineAfter(drainNanos);
        if (awaitDrained(lane, drainDeadline)) {
            return end(lane, Timer.later(drainDeadline, Timer.deadlineAfter(LAST_WAIT_NANOS)));
        }
        giveUp(lane);
        if (lane == null) {
            pool.workers.stop();
        }
        long deadline = Timer.deadlineAfter(LAST_WAIT_NANOS);
        return awaitDrained(lane, deadline) && end(lane, deadline);
    }

    private ConditionWaiters waiters(@Nullable Lane lane) {
        return lane != null ? lane.waiters : pool.waiters;
    }

    private boolean awaitDrained(@Nullable Lane lane, long deadline) {
        return waiters(lane).await(() -> isDrained(lane), deadline);
    }

    private void begin(@Nullable Lane lane) {
        if (lane == null) {
            begun = true;
            pool.queue.close();
        } else {
            pool.queue.close(lane);
            pool.workers.signalIfReady(false); // its floor, if it has one, may have come free
        }
        waiters(lane).signal();
        pool.viewWaiters.signal();
    }

    /** Cancels what waits and interrupts what runs, of one slice or of all. */
    private void giveUp(@Nullable Lane lane) {
        cancelAll(lane);
        for (Runner runner : pool.runners()) {
            Request running = pool.queue.read(runner::request);
            if (running != null && (lane == null || running.lane == lane)) {
                running.interrupt();
            }
        }
    }

    /** Cancels what waits, of one slice or of all. */
    void cancelAll(@Nullable Lane lane) {
        Request.Chain waiting = pool.queue.cancelAll(lane);
        for (Request request; (request = waiting.removeFirst()) != null; ) {
            pool.canceled(request, RequestQueue.Reason.CLOSED);
        }
    }

    /** Drained: a pool ends its workers, and leaves nothing behind in the loop. False if the time did not suffice. */
    private boolean end(@Nullable Lane lane, long deadline) {
        if (lane != null) {
            return true;
        }
        pool.workers.stop();
        if (!pool.waiters.await(pool.workers::isEmpty, deadline) || !joinThreads(deadline)) {
            return false;
        }
        pool.callbacks.close();
        pool.stuckWatch.close();
        if (pool.inPlace != null) {
            pool.inPlace.close();
        }
        pool.loop.detach(this);
        ended = true;
        return true;
    }

    /** The workers have ended; their threads may not have. */
    private boolean joinThreads(long deadline) {
        boolean interrupted = false;
        boolean joined = true;
        for (Worker worker : pool.workers.starter.started()) {
            Thread thread = worker.thread();
            while (joined && thread != null && thread.isAlive()) {
                try {
                    long left = deadline == Timer.NO_DEADLINE ? deadline : deadline - System.nanoTime();
                    joined = thread.join(Duration.ofNanos(left));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return joined;
    }

    @Override
    public String toString() {
        return pool.toString();
    }
}
