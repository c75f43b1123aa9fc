package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A worker that finds nothing goes to sleep while a request is submitted: it sees the request, or is woken. */
@JCStressTest
@Outcome(id = "served", expect = ACCEPTABLE, desc = "seen, or woken")
@Outcome(expect = FORBIDDEN, desc = "the wake-up was lost")
@State
public class SubmitAgainstSleep {
    private final OneWorker one = new OneWorker(Parts.LONG_NANOS, 1, false);
    private volatile boolean served;

    @Actor
    public void submitter() {
        one.pool.submit(one.request);
    }

    @Actor
    public void worker() {
        served = one.serve();
    }

    @Arbiter
    public void rest(L_Result r) {
        r.r1 = one.rest(served);
    }
}
