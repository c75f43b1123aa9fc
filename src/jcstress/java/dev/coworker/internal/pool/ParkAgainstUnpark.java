package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A caller without a deadline parks while the worker publishes and unparks: it always wakes. */
@JCStressTest
@Outcome(id = "42", expect = ACCEPTABLE, desc = "woken, or never asleep")
@Outcome(expect = FORBIDDEN, desc = "another value")
@State
public class ParkAgainstUnpark {
    private final Pool pool = Parts.withoutWorkers(Parts.unpolledLoop(), Pool.UNBOUNDED, true);
    private final Worker worker = Parts.worker();

    @Actor
    public void caller(L_Result r) {
        try {
            r.r1 = pool.call(new BlockingRequest(null, () -> null), BlockingRequest.Terms.NONE);
        } catch (Throwable e) {
            r.r1 = e;
        }
    }

    @Actor
    public void worker() {
        Request taken;
        while ((taken = pool.queue.take(worker)) == null) {
            Thread.onSpinWait();
        }
        taken.publish(42, false);
        taken.completed();
    }
}
