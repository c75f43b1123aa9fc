package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZL_Result;

/** A slice's turn is handed to the request that waits while that is canceled: the cancel succeeds, and the turn is free. */
@JCStressTest
@Outcome(id = "true, free 0", expect = ACCEPTABLE, desc = "canceled, and nothing of it is left in the pool's queue")
@Outcome(expect = FORBIDDEN, desc = "not canceled though it never began, or the turn was lost")
@State
public class TurnAgainstCancel {
    private final OneTurn one = new OneTurn();

    @Actor
    public void worker() {
        one.finish();
    }

    @Actor
    public void canceler(ZL_Result r) {
        r.r1 = one.slice.withdraw(one.waiting, false);
    }

    @Arbiter
    public void turn(ZL_Result r) {
        r.r2 = one.turn();
    }
}
