package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LZI_Result;

/** A request that is submitted while the pool closes is seen by the closer, or is refused. */
@JCStressTest
@Outcome(id = "accepted, false, 1", expect = ACCEPTABLE, desc = "accepted first: the closer waits, or cancels it")
@Outcome(id = "refused, true, 0", expect = ACCEPTABLE, desc = "refused")
@Outcome(expect = FORBIDDEN, desc = "accepted and not seen, or refused and seen")
@State
public class SubmitAgainstClose {
    private final RequestQueue queue = new RequestQueue(Pool.UNBOUNDED, 1);
    private final Request request = Parts.request(null);

    @Actor
    public void submitter(LZI_Result r) {
        r.r1 = queue.offer(request, false) == RequestQueue.Offer.CLOSED ? "refused" : "accepted";
    }

    @Actor
    public void closer(LZI_Result r) {
        queue.close();
        r.r2 = queue.isQuiescent();
        r.r3 = queue.cancelAll(null).size();
    }
}
