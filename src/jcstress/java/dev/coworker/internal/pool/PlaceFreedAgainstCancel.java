package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZIZ_Result;

/** A place is handed to the oldest request that waits while that one is canceled: the next one gets it. */
@JCStressTest
@Outcome(id = "true, 1, true", expect = ACCEPTABLE, desc = "canceled, and the next is served")
@Outcome(expect = FORBIDDEN, desc = "not canceled though it never began, or the place was lost")
@State
public class PlaceFreedAgainstCancel {
    private final OneAtATime one = OneAtATime.place();

    @Actor
    public void worker() {
        one.finish();
    }

    @Actor
    public void canceler(ZIZ_Result r) {
        r.r1 = one.queue.remove(one.first, RequestQueue.Reason.WITHDRAWN);
    }

    @Arbiter
    public void rest(ZIZ_Result r) {
        r.r2 = one.serveRest();
        r.r3 = one.queue.isQuiescent();
    }
}
