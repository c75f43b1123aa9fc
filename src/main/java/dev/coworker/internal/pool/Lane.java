package dev.coworker.internal.pool;

import dev.coworker.internal.loop.ConditionWaiters;
import dev.coworker.internal.loop.EventLoop;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * A slice's part of the queue: its permits, the requests that wait for one, and its counters. A request holds a permit
 * from the moment that it leaves the lane, and gives it back when it ends. {@code a request waits and a permit is free}
 * never holds outside the queue's lock, unless the slice has a floor and the pool is at its bound.
 */
public final class Lane {
    final String name;
    final int maxQueued;
    final ConditionWaiters waiters; // for its end
    final ConditionWaiters idleWaiters;
    final LongAdder rejected = new LongAdder();
    final AtomicLong delivered = new AtomicLong(); // callbacks that have returned or never will
    int callbacksRunning; // directly or further up the stack; callback queue's deliverer only

    // guarded by the queue's lock
    final Request.Chain waiting = new Request.Chain();
    final Request.Chain ready = new Request.Chain(); // empty if there is no floor
    int floor; // workers that are kept for this slice
    int kept; // workers: the floor, or fewer while a raised one waits for some to come free
    int occupied; // workers, each until it looks for its next request
    int maxPermits;
    int permits; // held: in the ready list, in the overflow line, or running
    int active; // in place too, without a permit
    private long submitted;
    private long completed;
    private long failed;
    private long canceled;
    private long timedOut;
    private long callbacks; // accepted requests that have one
    private long callbacksDue; // the part of them that has ended
    volatile boolean closed; // also read without, as a hint

    Lane(String name, int maxPermits, int maxQueued, EventLoop loop) {
        this.name = name;
        this.maxPermits = maxPermits;
        this.maxQueued = maxQueued;
        this.waiters = new ConditionWaiters(loop);
        this.idleWaiters = new ConditionWaiters(loop);
    }

    // from here on the caller holds the queue's lock

    int maxPermits() {
        return maxPermits;
    }

    boolean hasFreePermit() {
        return permits < maxPermits;
    }

    void accept(Request request) {
        submitted++;
        if (request.hasCallback()) {
            callbacks++;
        }
    }

    void finish(Request request, boolean threw) {
        active--;
        countEnded(request);
        if (threw) {
            failed++;
        } else {
            completed++;
        }
    }

    private void countEnded(Request request) {
        if (request.hasCallback()) {
            callbacksDue++;
        }
    }

    void countCanceled(Request request, boolean late) {
        canceled++;
        countEnded(request);
        if (late) {
            timedOut++;
        }
    }

    /** Also without the lock, as a hint. */
    boolean isClosed() {
        return closed;
    }

    boolean isIdle() {
        return waiting.isEmpty() && permits == 0 && active == 0;
    }

    boolean isDrained() {
        return closed && isIdle() && callbacks == delivered.get();
    }

    /** A slice's permits are what a pool's workers are. */
    Pool.Counters counters(int stuck) {
        int queued = (int) (submitted - completed - failed - canceled) - active;
        return new Pool.Counters(
                permits,
                0,
                0,
                queued - waiting.size(),
                0,
                maxPermits,
                queued,
                active,
                Math.max(0, waiting.size() - maxQueued),
                (int) (callbacksDue - delivered.get()),
                stuck,
                submitted,
                completed,
                failed,
                canceled,
                timedOut,
                rejected.sum(),
                0);
    }
}
