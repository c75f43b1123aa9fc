package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A model of JDK 25's unpark of a virtual thread that has a permit, which is a volatile read only, against the real publish: the waiter that eats the old permit sees the outcome, or the worker sees that the permit is gone. The first must not be a release store; see {@link ReleaseBeforeUnpark}. */
@JCStressTest
@Outcome(id = "true, true", expect = FORBIDDEN, desc = "the waiter parks for ever")
@Outcome(expect = ACCEPTABLE, desc = "the waiter sees the outcome, or is unparked")
@State
public class PublishBeforeUnpark {

    private final PlainRequest request = new PlainRequest(() -> {}, null);
    private volatile int permit = 1; // an old one

    public PublishBeforeUnpark() {
        request.begin(new Worker(null, null));
    }

    @Actor
    public void worker(ZZ_Result r) {
        request.publish(null, false);
        r.r1 = permit == 1; // unpark: there is a permit, and so nothing to do
    }

    @Actor
    public void waiter(ZZ_Result r) {
        permit = 0; // park: eats the permit
        r.r2 = request.internalState() == Request.ACTIVE; // parks again, with nobody to wake it
    }
}
