package dev.coworker;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A short sleep of the worker that would spin, while thousands of callers yield to each other. None of them looks for its outcome
 * before its turn comes again, which takes half a millisecond or more. So the worker leaves its processor to their carriers, and finds many
 * requests when it returns, where one that spins would take them one by one, each with the books of a search.
 *
 * <p>Other requests may have to wait for it too, for a quarter of a millisecond and what the operating system adds. Where it adds
 * much, for its timers are coarse, there is no nap for a while.
 */
final class Nap {
    static final long LONG_TURN_NANOS = TimeUnit.MICROSECONDS.toNanos(500);
    static final long NANOS = LONG_TURN_NANOS / 2;
    static final long TOO_LONG_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    static final long REST_NANOS = TimeUnit.SECONDS.toNanos(1); // after a nap that was too long

    private final Yielding callers;
    private long nextNanos = System.nanoTime(); // by whoever has the turn to spin

    Nap(Yielding callers) {
        this.callers = callers;
    }

    /** Sleeps, if that is due. The worker has the turn to spin, and looks for a request afterwards. */
    void take(Object blocker) {
        if (callers.turnNanos() < LONG_TURN_NANOS) { // a look is cheaper than the clock
            return;
        }
        long now = System.nanoTime();
        if (isDue(now)) {
            LockSupport.parkNanos(blocker, NANOS); // whatever ends it early does no harm
            ended(now, System.nanoTime());
        }
    }

    boolean isDue(long now) {
        return callers.turnNanos() >= LONG_TURN_NANOS && callers.hasJustEndedATurn(now) && now - nextNanos >= 0;
    }

    void ended(long since, long now) {
        if (now - since >= TOO_LONG_NANOS) {
            nextNanos = now + REST_NANOS;
        }
    }
}
