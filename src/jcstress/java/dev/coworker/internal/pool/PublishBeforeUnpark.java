package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** An unpark of a virtual thread that has a permit already orders nothing: the waiter that consumes the old
 * permit sees the outcome, or the worker sees that the permit is gone. A release store does not do; see {@link
 * ReleaseBeforeUnpark}. */
@JCStressTest
@Outcome(id = "true, true", expect = FORBIDDEN, desc = "the waiter parks for ever")
@Outcome(expect = ACCEPTABLE, desc = "the waiter sees the outcome, or is unparked")
@State
public class PublishBeforeUnpark {
    private final Request request = Parts.request(null);
    private volatile int permit = 1; // an old one

    public PublishBeforeUnpark() {
        request.begin(Parts.worker());
    }

    @Actor
    public void worker(ZZ_Result r) {
        request.publish(null, false);
        r.r1 = permit == 1; // unpark: there is a permit, and so nothing to do
    }

    @Actor
    public void waiter(ZZ_Result r) {
        permit = 0; // park: consumes the permit
        r.r2 = request.internalState() == Request.ACTIVE; // parks again, and no thread will wake it
    }
}
