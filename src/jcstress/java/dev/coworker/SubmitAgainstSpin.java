package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A busy worker is done, spins for a moment, and leaves, while a request is submitted that counts on it or does not. */
@JCStressTest
@Outcome(id = "served", expect = ACCEPTABLE, desc = "the worker saw it")
@Outcome(id = "on its way", expect = ACCEPTABLE, desc = "the worker has left, and another is reserved")
@Outcome(expect = FORBIDDEN, desc = "nobody is on the way to the request")
@State
public class SubmitAgainstSpin {
    private final OneWorker pool = new OneWorker(2, true);
    private volatile boolean served;

    public SubmitAgainstSpin() {
        pool.dispatcher.workers.resize(0, 2);
        pool.dispatcher.workers.handOn(false);
    }

    @Actor
    public void submitter() {
        pool.submit();
    }

    @Actor
    public void worker() {
        served = pool.serveNext();
    }

    @Arbiter
    public void rest(L_Result r) {
        r.r1 = pool.restOf(served);
    }
}
