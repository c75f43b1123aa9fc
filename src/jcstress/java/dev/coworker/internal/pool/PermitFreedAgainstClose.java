package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZI_Result;

/** A permit is handed to the request that waits while the close of the pool cancels everything. */
@JCStressTest
@Outcome(id = "2, true, 0", expect = ACCEPTABLE, desc = "both were canceled, and the permit is free")
@Outcome(expect = FORBIDDEN, desc = "a request or the permit was forgotten")
@State
public class PermitFreedAgainstClose {
    private final OneAtATime one = OneAtATime.permit();

    @Actor
    public void worker() {
        one.finish();
    }

    @Actor
    public void closer(IZI_Result r) {
        one.queue.close();
        r.r1 = one.queue.cancelAll(null).size();
    }

    @Arbiter
    public void end(IZI_Result r) {
        r.r2 = one.queue.isDrained(one.lane) && one.queue.isQuiescent();
        r.r3 = one.serveRest();
    }
}
