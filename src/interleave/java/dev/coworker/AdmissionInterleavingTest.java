package dev.coworker;

import static dev.coworker.Interleavings.explore;

import org.junit.jupiter.api.Test;

/** A place at the bound is neither lost nor given twice. */
class AdmissionInterleavingTest {

    @Test
    void aPlaceGoesToOneOfThoseWhoWaitAndToEachInTurn() throws Exception {
        explore("two callers at one place", () -> {
            Admission admission = Actor.share(new Admission(1));
            admission.tryEnter();
            int[] inside = new int[1];
            Interleavings.Model caller = () -> {
                Check.that(admission.enter(Long.MAX_VALUE) == Admission.Entry.ADMITTED, "admitted");
                Check.that(++inside[0] == 1, "the one place was given twice");
                inside[0]--;
                admission.leave();
            };
            Actor first = Actor.start(caller);
            Actor second = Actor.start(caller);
            admission.leave();
            Actor.end(first, second);
            Check.that(admission.isIdle(), "a place was lost");
        });
    }

    @Test
    void anInterruptedCallerPassesItsPlaceOn() throws Exception {
        explore("a place against an interrupt", () -> {
            Admission admission = Actor.share(new Admission(1));
            admission.tryEnter();
            Object[] entries = new Object[2];
            Actor interrupted = Actor.start(() -> entries[0] = enter(admission, Long.MAX_VALUE));
            Actor behind = Actor.start(() -> entries[1] = enter(admission, Long.MAX_VALUE));
            interrupted.interrupt();
            admission.leave();
            interrupted.end();
            if (entries[0] == Admission.Entry.ADMITTED) {
                admission.leave();
            }
            behind.end();
            Check.that(entries[1] == Admission.Entry.ADMITTED, entries[1]);
            admission.leave();
            Check.that(admission.isIdle(), "a place was lost");
        });
    }

    @Test
    void aCallerWhoseTimeIsOverPassesItsPlaceOn() throws Exception {
        explore("a place against a deadline", () -> {
            Admission admission = Actor.share(new Admission(1));
            admission.tryEnter();
            Object[] entries = new Object[2];
            Actor late = Actor.start(() -> entries[0] = enter(admission, 0));
            Actor behind = Actor.start(() -> entries[1] = enter(admission, Long.MAX_VALUE));
            admission.leave();
            late.end();
            if (entries[0] == Admission.Entry.ADMITTED) {
                admission.leave();
            }
            behind.end();
            Check.that(entries[1] == Admission.Entry.ADMITTED, entries[1]);
            admission.leave();
            Check.that(admission.isIdle(), "a place was lost");
        });
    }

    @Test
    void closeServesOrSendsAwayWhoeverWaits() throws Exception {
        explore("a place against close", () -> {
            Admission admission = Actor.share(new Admission(1));
            admission.tryEnter();
            Object[] entries = new Object[2];
            Actor first = Actor.start(() -> entries[0] = enter(admission, Long.MAX_VALUE));
            Actor leaver = Actor.start(admission::leave);
            admission.close();
            admission.cancelWaiting();
            Actor.end(first, leaver);
            Check.that(admission.waiting() == 0, admission.waiting());
            Check.that(admission.isIdle() == (entries[0] != Admission.Entry.ADMITTED), entries[0]);
            Check.that(admission.tryEnter() == Admission.Entry.CLOSED, "closed");
        });
    }

    private static Object enter(Admission admission, long deadlineNanos) {
        try {
            return admission.enter(deadlineNanos);
        } catch (InterruptedException e) {
            return e;
        }
    }
}
