package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LZI_Result;

/** A request that is accepted while the pool closes is seen by the closer: it is drained or canceled, not forgotten. */
@JCStressTest
@Outcome(id = "ACCEPTED, false, 1", expect = ACCEPTABLE, desc = "accepted first: the closer waits, or cancels it")
@Outcome(id = "CLOSED, true, 0", expect = ACCEPTABLE, desc = "rejected")
@Outcome(expect = FORBIDDEN, desc = "accepted and not seen, or rejected and seen")
@State
public class SubmitAgainstClose {

    private final RequestQueue queue = new RequestQueue();
    private final PlainRequest request = new PlainRequest(() -> {}, null);

    @Actor
    public void submitter(LZI_Result r) {
        r.r1 = queue.offer(request, false);
    }

    @Actor
    public void closer(LZI_Result r) {
        queue.close();
        r.r2 = queue.isQuiescent();
        r.r3 = queue.closeAndCancel().size();
    }
}
