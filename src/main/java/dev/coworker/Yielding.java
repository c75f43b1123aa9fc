package dev.coworker;

/**
 * A wait of one turn: a caller among others goes once to the end of its scheduler's queue before it parks. Mostly the outcome is
 * there when its turn comes again. Then it has not parked, and no worker had to resume it from outside the scheduler, which
 * costs either of them more than the rest of the call. Unlike one that spins, it holds no carrier meanwhile.
 *
 * <p>Done only while it pays: while of late more outcomes were found than not, and else during one millisecond of sixteen. One
 * call of sixty-four parks in any case. A carrier looks for what was resumed from outside only when its own queue is empty, and
 * callers that always found their outcome would keep that filled for ever.
 */
final class Yielding {
    private static final int FIRST_CREDIT = 64;
    private static final int MOST_CREDIT =
            1 << 14; // many callers may miss in a row, while the one worker that runs has no processor
    private static final int PARK_MASK = 63;

    private final boolean enabled;

    // hints, read and written by any caller at any time: an update that is lost is not missed
    private int credit = FIRST_CREDIT;
    private int calls;
    private boolean crowded; // the call before was not alone either

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
    @SuppressWarnings("ThreadPriorityCheck") // it is for what the scheduler does with it
    void attempt(Spin.Target outcome) {
        if (!crowded) {
            crowded = true;
            return;
        }
        if (!pays()) {
            return;
        }
        try {
            Thread.yield();
        } catch (OutOfMemoryError e) {
            // no memory to unmount with: it will park, or find its outcome
        }
        int before = credit;
        if (outcome.isReached()) {
            if (before < MOST_CREDIT) {
                credit = before + 1;
            }
        } else if (before > 0) {
            credit = before - 1;
        }
    }

    private boolean pays() {
        return enabled && (credit > 0 ? (++calls & PARK_MASK) != 0 : Spin.isTimeToTry());
    }
}
