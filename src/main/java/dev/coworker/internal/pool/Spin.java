package dev.coworker.internal.pool;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * A wait of 5 µs at most without parking, for one thread at a time: another one parks at once. After many misses in a
 * row it is tried only during one millisecond of sixteen, so it costs next to nothing where it does not pay.
 *
 * <p>A pool has two, one for its workers and one for its callers. A caller that spins holds a carrier, so it does only
 * while no other call is under way, which would wait for it. It pays when a worker and a caller find each other awake,
 * call after call. Once they have lost each other, both must try at the same time, so the clock says when.
 */
final class Spin {
    private static final long MAX_NANOS = TimeUnit.MICROSECONDS.toNanos(5);
    private static final int LOOKS_PER_CLOCK_READING = 4;
    private static final int PAUSES = 2; // a look takes the cache line from the thread that will write it
    private static final int PAUSES_BEFORE_OUTCOME = 4; // no worker has one sooner
    private static final int PATIENCE = 64; // misses in a row
    private static final int MILLI_SHIFT = 20;
    private static final int PROBE_MASK = 15;

    private final boolean enabled;
    private final AtomicBoolean taken = new AtomicBoolean();
    private int misses; // in a row; by the thread that spins

    /** With one processor it is off: the thread that is waited for could not run meanwhile. */
    Spin(boolean wanted) {
        this.enabled = wanted && Runtime.getRuntime().availableProcessors() > 1;
    }

    /** Begins, to be ended by {@link #end}; returns false if another thread spins, or it would not pay. */
    boolean begin() {
        if (!enabled || taken.getPlain() || !taken.compareAndSet(false, true)) {
            return false;
        }
        boolean pays = misses < PATIENCE || (System.nanoTime() >>> MILLI_SHIFT & PROBE_MASK) == 0;
        if (!pays) {
            taken.set(false);
        }
        return pays;
    }

    /** Waits: true as soon as the target is reached, false when the time is over. */
    static boolean until(BooleanSupplier target) {
        long since = System.nanoTime();
        do {
            for (int looks = LOOKS_PER_CLOCK_READING; looks > 0; looks--) {
                if (target.getAsBoolean()) {
                    return true;
                }
                pause(PAUSES);
            }
        } while (System.nanoTime() - since < MAX_NANOS);
        return target.getAsBoolean();
    }

    /** As {@link #until}, for what a worker has yet to begin. */
    static boolean untilOutcome(BooleanSupplier ended) {
        pause(PAUSES_BEFORE_OUTCOME);
        return until(ended);
    }

    /** Keeps off the target's cache line for a moment; about 30 ns each on the machine it was measured on. */
    private static void pause(int times) {
        for (int i = 0; i < times; i++) {
            Thread.onSpinWait();
        }
    }

    void end(boolean reached) {
        misses = reached ? 0 : Math.min(misses + 1, PATIENCE);
        taken.set(false);
    }
}
