package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZLJ_Result;

/** A slice's turn is handed to the request that waits while the pool's close gives up on everything. */
@JCStressTest
@Outcome(
        id = "true, free 0, 1",
        expect = ACCEPTABLE,
        desc = "drained: canceled once, by the slice or in the pool's queue")
@Outcome(expect = FORBIDDEN, desc = "the request or its turn was forgotten")
@State
public class TurnAgainstClose {
    private final OneTurn one = new OneTurn();

    @Actor
    public void worker() {
        one.finish();
    }

    @Actor
    public void closer() {
        one.slice.refuse();
        one.pool.queue.close();
        one.slice.cancelAll();
        one.pool.queue.closeAndCancel().forEach(turn -> one.pool.left(turn, "closed"));
    }

    @Arbiter
    public void end(ZLJ_Result r) {
        r.r1 = one.slice.isDrained() && one.waiting.internalState() == Request.CANCELED;
        r.r2 = one.turn();
        r.r3 = one.slice.stats().canceled();
    }
}
