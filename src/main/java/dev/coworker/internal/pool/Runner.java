package dev.coworker.internal.pool;

import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** A thread that runs requests of a pool: a {@link Worker}, or {@linkplain InPlace a caller that runs its own}. */
abstract class Runner {
    private static final Set<Thread.State> WAITING =
            EnumSet.of(Thread.State.WAITING, Thread.State.TIMED_WAITING, Thread.State.BLOCKED);

    final Pool pool;

    private volatile @Nullable Thread thread;

    // assigned under the queue's lock, cleared by the thread
    private @Nullable Request request; // that it runs
    private @Nullable Callable<?> work; // of the request, until it begins

    boolean leaves; // the thread's own: after its request

    // guarded by the queue's lock
    boolean occupied; // since it took a request, until it looks for the next one

    @Nullable
    Lane lane;

    private long number; // of requests that it has taken
    private long observedNumber;
    private boolean observedIdle;
    private long sinceNanos; // when that was observed first

    volatile long reportedNumber; // of the request that was found stuck last; the timer's

    Runner(Pool pool) {
        this.pool = pool;
    }

    /** The outcome of the request that was assigned: counts it, publishes it, and tells the caller. */
    abstract void finishAssigned(Request finished, @Nullable Object outcome, boolean threw);

    /** Returns whether it may have a request. */
    abstract boolean isRunning();

    /** The queue hands over a request, under its lock. */
    final void assign(Request next) {
        work = next.begin(this);
        request = next;
        number++;
    }

    final void serveAssigned(Request assigned) {
        Callable<?> mine = Objects.requireNonNull(work);
        work = null;
        assigned.run(this, mine);
    }

    /** The work has ended. */
    final void finish(Request finished, @Nullable Object outcome, boolean threw) {
        if (finished == request) {
            finishAssigned(finished, outcome, threw);
            return;
        }
        // a nested one; an interrupt stays, since it may be meant for the request around it
        boolean moved = pool.queue.finishInPlace(finished, threw);
        finished.publish(outcome, threw);
        pool.tell(finished);
        if (moved) {
            pool.workers.requestReady();
        }
        pool.signalIfDrained(finished.lane);
    }

    /** The request has ended. */
    final void forget() {
        request = null;
    }

    /**
     * The canceller of the request still runs, and may interrupt this thread at any time: it takes no other request. A
     * nested request's caller, which is this thread, waits for the canceller.
     */
    final void leaveAfter(BlockingRequest ended) {
        leaves |= ended == request;
    }

    /**
     * What a runner does: the number of its request, the request if it runs one, and for how long, as far as is known.
     */
    record Doing(long number, @Nullable Request request, long forNanos) {}

    /** Caller holds the queue's lock. */
    final Doing observe(long nowNanos) {
        Request runs = request; // once: its thread may clear it meanwhile
        boolean idle = runs == null;
        if (number != observedNumber || idle != observedIdle || sinceNanos == 0) {
            observedNumber = number;
            observedIdle = idle;
            sinceNanos = nowNanos;
        }
        return new Doing(number, runs, nowNanos - sinceNanos);
    }

    /**
     * Runs a request of its own pool inside the one that it runs.
     *
     * @param waits true if the request waits in the queue, false if it has just been made
     * @return false if it waits no more
     */
    final boolean runInPlace(Request nested, boolean waits) {
        Callable<?> nestedWork = pool.queue.beginInPlace(nested, this, waits);
        if (nestedWork == null) {
            return false;
        }
        nested.run(this, nestedWork);
        return true;
    }

    final void setThread(@Nullable Thread thread) {
        this.thread = thread;
    }

    final @Nullable Thread thread() {
        return thread;
    }

    /** Caller holds the queue's lock. Returns the request that it runs now, or has just ended, if any. */
    final @Nullable Request request() {
        return request;
    }

    final boolean isCaller() {
        return Thread.currentThread() == thread;
    }

    /** Returns whether its thread waits for another one, or sleeps. */
    final boolean isWaiting() {
        Thread running = thread;
        return running != null && WAITING.contains(running.getState());
    }

    void interrupt() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    /** A request that tells no thread has failed. */
    void report(Throwable e) {
        CallbackQueue.report(pool.handler, e);
    }
}
