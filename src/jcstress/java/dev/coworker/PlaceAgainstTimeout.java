package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A place comes free while the caller that waits for it gives up: one of the two has it, and it is never lost. */
@JCStressTest
@Outcome(id = "ADMITTED, FULL", expect = ACCEPTABLE, desc = "handed to the caller")
@Outcome(id = "TIMED_OUT, ADMITTED", expect = ACCEPTABLE, desc = "the caller left first, and the place is free")
@Outcome(expect = FORBIDDEN, desc = "lost, or given twice")
@State
public class PlaceAgainstTimeout {

    private final Admission admission = new Admission(1);

    public PlaceAgainstTimeout() {
        admission.tryEnter();
    }

    @Actor
    public void caller(LL_Result r) {
        try {
            r.r1 = admission.enter(AioContext.deadlineAfter(1_000));
        } catch (InterruptedException e) {
            r.r1 = e;
        }
    }

    @Actor
    public void leaver() {
        admission.leave();
    }

    @Arbiter
    public void next(LL_Result r) {
        r.r2 = admission.tryEnter();
    }
}
