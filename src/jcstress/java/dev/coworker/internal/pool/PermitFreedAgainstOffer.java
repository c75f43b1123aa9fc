package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/**
 * A permit comes free while a third request of the slice arrives: the oldest gets the permit, then each gets its turn.
 */
@JCStressTest
@Outcome(id = "3, true", expect = ACCEPTABLE, desc = "all were served")
@Outcome(expect = FORBIDDEN, desc = "one is left behind")
@State
public class PermitFreedAgainstOffer {
    private final OneAtATime one = OneAtATime.permit();

    @Actor
    public void worker() {
        one.finish();
    }

    @Actor
    public void submitter() {
        one.queue.offer(Parts.request(one.lane), false);
    }

    @Arbiter
    public void rest(IZ_Result r) {
        r.r1 = one.serveRest();
        r.r2 = one.queue.isQuiescent();
    }
}
