package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LL_Result;

/** A place comes free while the caller that waits for it is interrupted: it has it, or passes it on. */
@JCStressTest
@Outcome(id = "ADMITTED, FULL", expect = ACCEPTABLE, desc = "handed to the caller")
@Outcome(id = "interrupted, ADMITTED", expect = ACCEPTABLE, desc = "the caller left, and the place is free")
@Outcome(expect = FORBIDDEN, desc = "lost, or given twice")
@State
public class PlaceAgainstInterrupt {

    private final Admission admission = new Admission(1);
    private volatile Thread caller;
    private volatile boolean interrupterDone;

    public PlaceAgainstInterrupt() {
        admission.tryEnter();
    }

    @Actor
    public void caller(LL_Result r) {
        caller = Thread.currentThread();
        try {
            r.r1 = admission.enter(Long.MAX_VALUE);
        } catch (InterruptedException e) {
            r.r1 = "interrupted";
        }
        while (!interrupterDone) {
            Thread.onSpinWait();
        }
        Thread.interrupted(); // not for the next state
    }

    @Actor
    public void leaverAndInterrupter() {
        Thread thread;
        while ((thread = caller) == null) {
            Thread.onSpinWait();
        }
        thread.interrupt();
        admission.leave();
        interrupterDone = true;
    }

    @Arbiter
    public void next(LL_Result r) {
        r.r2 = admission.tryEnter();
    }
}
