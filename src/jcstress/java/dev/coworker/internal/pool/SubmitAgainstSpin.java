package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * A busy worker ends its request, spins for a moment, and leaves, while a request is submitted that counts on it or
 * does not.
 */
@JCStressTest
@Outcome(id = "served", expect = ACCEPTABLE, desc = "the worker saw it")
@Outcome(id = "on its way", expect = ACCEPTABLE, desc = "the worker has left, and another is reserved")
@Outcome(expect = FORBIDDEN, desc = "no worker is on its way")
@State
public class SubmitAgainstSpin {
    private final OneWorker one = new OneWorker(0, 2, true);
    private volatile boolean served;

    public SubmitAgainstSpin() {
        one.pool.workers.signalNext(one.worker); // busy from here on
    }

    @Actor
    public void submitter() {
        one.pool.submit(one.request);
    }

    @Actor
    public void worker() {
        served = one.serveNext();
    }

    @Arbiter
    public void rest(L_Result r) {
        r.r1 = one.rest(served);
    }
}
