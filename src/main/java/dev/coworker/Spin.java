package dev.coworker;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A wait of 5 µs at most without parking, for one thread at a time: another one does not wait for its turn, but parks. After
 * many misses in a row it is tried only during one millisecond of sixteen, so that it costs next to nothing where it does
 * not pay.
 *
 * <p>A pool has two, one for its workers and one for its callers. A caller that spins holds a carrier, which is the very
 * thing this library is against: hence one, and so short. It pays when a worker and a caller find each other awake, call
 * after call; once they have lost each other, both must try in the same moments to fall into step again, so the clock says
 * when.
 */
final class Spin {
    /** What a spinner waits for; reads only, and never waits itself. */
    interface Target {
        boolean isReached();
    }

    private static final long MAX_NANOS = TimeUnit.MICROSECONDS.toNanos(5);
    private static final int LOOKS_PER_CLOCK_READING = 4;
    private static final int PAUSES = 2; // between looks: each takes the cache line from whoever is about to write it
    private static final int PATIENCE = 64; // misses in a row
    private static final int MILLI_SHIFT = 20;
    private static final int PROBE_MASK = 15;

    private final boolean enabled;
    private final AtomicBoolean taken = new AtomicBoolean();
    private int misses; // in a row; by whoever has taken the turn

    Spin(boolean enabled) {
        this.enabled = enabled;
    }

    /** Not on one processor, where the thread that is waited for could not run meanwhile. */
    static boolean canPay() {
        return Runtime.getRuntime().availableProcessors() > 1;
    }

    /** Takes the turn, to be given back by {@link #end}; false when somebody has it, or it would not pay. */
    boolean begin() {
        if (!enabled || taken.getPlain() || !taken.compareAndSet(false, true)) {
            return false;
        }
        if (misses < PATIENCE || isTimeToTry()) {
            return true;
        }
        taken.set(false);
        return false;
    }

    private static boolean isTimeToTry() {
        return (System.nanoTime() >>> MILLI_SHIFT & PROBE_MASK) == 0;
    }

    /** Waits, the turn taken: true as soon as the target is reached, false when the time is over. */
    static boolean until(Target target) {
        long since = System.nanoTime();
        do {
            for (int looks = LOOKS_PER_CLOCK_READING; looks > 0; looks--) {
                if (target.isReached()) {
                    return true;
                }
                pause(PAUSES);
            }
        } while (System.nanoTime() - since < MAX_NANOS);
        return target.isReached();
    }

    /** Keeps off the target's cache line for a moment; some 30 ns each on the machine it was measured on. */
    static void pause(int times) {
        for (int i = 0; i < times; i++) {
            Thread.onSpinWait();
        }
    }

    void end(boolean reached) {
        misses = reached ? 0 : Math.min(misses + 1, PATIENCE);
        taken.set(false);
    }
}
