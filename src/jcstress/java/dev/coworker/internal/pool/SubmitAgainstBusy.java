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
 * A worker takes a request and enters user code while another request is submitted: a second worker is on its way to
 * it.
 */
@JCStressTest
@Outcome(id = "on its way", expect = ACCEPTABLE, desc = "sent by the submitter, or by the worker")
@Outcome(expect = FORBIDDEN, desc = "no worker is on its way")
@State
public class SubmitAgainstBusy {
    private final OneWorker one = new OneWorker(0, 2, false);

    @Actor
    public void submitter() {
        one.pool.submit(one.request);
    }

    @Actor
    public void worker() {
        one.pool.workers.signalNext(one.worker);
    }

    @Arbiter
    public void rest(L_Result r) {
        r.r1 = one.pool.workers.counts()[0] == 1 ? "lost" : "on its way";
        one.rest(false);
    }
}
