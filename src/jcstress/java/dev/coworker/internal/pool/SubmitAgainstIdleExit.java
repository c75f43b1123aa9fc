package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** The only worker leaves while a request is submitted: it serves the request, or another is on its way. */
@JCStressTest
@Outcome(id = "served", expect = ACCEPTABLE, desc = "the worker was there")
@Outcome(id = "on its way", expect = ACCEPTABLE, desc = "the worker has left, and another is reserved")
@Outcome(expect = FORBIDDEN, desc = "no worker is on its way")
@State
public class SubmitAgainstIdleExit {
    private final OneWorker one = new OneWorker(0, 1, false);
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
