package dev.coworker;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A wait of one turn: a caller among others goes once to the end of its scheduler's queue before it parks. Mostly the outcome is
 * there when its turn comes again. Then it has not parked, and no worker had to resume it from outside the scheduler, which
 * costs either of them more than the rest of the call. Unlike one that spins, it holds no carrier meanwhile.
 *
 * <p>Done only while it pays: each outcome that is found earns a credit, and each that is not costs one. Without credit callers
 * just park, but for a try of some calls now and then, the rarer the more of them have failed. One call of sixty-four parks in
 * any case. A carrier looks for what was resumed from outside only when its own queue is empty, and callers that always found
 * their outcome would keep that filled for ever.
 *
 * <p>Where it does not pay nothing is written, lest the callers' carriers take a cache line from each other in each call: a draw
 * stands in for a count.
 */
final class Yielding {
    private static final int FIRST_CREDIT = 64;
    private static final int PROVEN_CREDIT = 2 * FIRST_CREDIT; // a try that has come so far has succeeded
    private static final int MOST_CREDIT =
            1 << 14; // many callers may miss in a row, while the one worker that runs has no processor
    private static final int PARK_MASK = 63;
    private static final int TIMED_DRAW = 1; // of as many
    private static final int AVERAGED_TURNS = 64; // more than stay away at once when a carrier loses its processor
    static final long RECENT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int FIRST_REST_MASK = (1 << 10) - 1; // doubled before the first rest
    private static final int LAST_REST_MASK = (1 << 16) - 1;

    private final boolean enabled;

    // hints, read and written by any caller at any time: an update that is lost is not missed
    private int credit = FIRST_CREDIT;
    private int restMask = FIRST_REST_MASK; // without credit, one call of so many begins a try
    private boolean crowded; // the call before was not alone either
    private long turnNanos;
    private long lastTurnEnded = System.nanoTime() - RECENT_NANOS;

    Yielding(boolean enabled) {
        this.enabled = enabled;
    }

    /** A caller was alone: the next that is not may only be its successor, and a yield would wake another carrier for nobody. */
    void alone() {
        if (crowded) {
            crowded = false;
        }
    }

    /** The calling virtual thread gives up its carrier once, if that pays; the outcome is looked at only then. */
    void attempt(Spin.Target outcome) {
        if (enabled) {
            attempt(outcome, ThreadLocalRandom.current().nextInt());
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // it is for what the scheduler does with it
    void attempt(Spin.Target outcome, int draw) {
        if (!crowded) {
            crowded = true;
            return;
        }
        if (!pays(draw)) {
            return;
        }
        boolean timed = (draw & PARK_MASK) == TIMED_DRAW;
        long since = timed ? System.nanoTime() : 0;
        try {
            Thread.yield();
        } catch (OutOfMemoryError e) {
            // no memory to unmount with: it will park, or find its outcome
        }
        if (timed) {
            turnEnded(since, System.nanoTime());
        }
        if (outcome.isReached()) {
            found();
        } else {
            missed();
        }
    }

    void turnEnded(long since, long now) {
        turnNanos += (now - since - turnNanos) / AVERAGED_TURNS;
        lastTurnEnded = now;
    }

    /** How long a caller was off its carrier lately, on average: as long as those had it that were before it. */
    long turnNanos() {
        return turnNanos;
    }

    boolean hasJustEndedATurn(long now) {
        return now - lastTurnEnded < RECENT_NANOS;
    }

    private boolean pays(int draw) {
        if (credit == 0 && (draw & restMask) == 0) {
            credit = FIRST_CREDIT;
        }
        return credit > 0 && (draw & PARK_MASK) != 0;
    }

    private void found() {
        int before = credit;
        if (before < MOST_CREDIT) {
            credit = before + 1;
        }
        if (before >= PROVEN_CREDIT && restMask != FIRST_REST_MASK) {
            restMask = FIRST_REST_MASK;
        }
    }

    private void missed() {
        int before = credit;
        if (before > 0) {
            credit = before - 1;
        }
        if (before == 1) {
            restMask = Math.min(restMask << 1 | 1, LAST_REST_MASK);
        }
    }
}
