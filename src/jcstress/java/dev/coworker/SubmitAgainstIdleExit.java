package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A worker whose idle time is over leaves while a request is submitted: it is served by it, or another is on its way. */
@JCStressTest
@Outcome(id = "served", expect = ACCEPTABLE, desc = "the worker was there")
@Outcome(id = "on its way", expect = ACCEPTABLE, desc = "the worker has left, and another is reserved")
@Outcome(expect = FORBIDDEN, desc = "nobody is on the way to the request")
@State
public class SubmitAgainstIdleExit {

    private final OneWorker pool = new OneWorker(2);
    private volatile boolean served;

    public SubmitAgainstIdleExit() {
        pool.dispatcher.workers.resize(0, 2);
    }

    @Actor
    public void submitter() {
        pool.submit();
    }

    @Actor
    public void worker() {
        served = pool.serve();
    }

    @Arbiter
    public void rest(L_Result r) {
        r.r1 = pool.restOf(served);
    }
}
