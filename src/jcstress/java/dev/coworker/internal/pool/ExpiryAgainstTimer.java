package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.coworker.internal.base.Timer;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/**
 * A worker takes a request whose deadline has passed while the timer withdraws it: one of the two cancels it, and its
 * place is free.
 */
@JCStressTest
@Outcome(id = "true, false, 1, true", expect = ACCEPTABLE, desc = "the worker dropped it")
@Outcome(id = "false, true, 1, true", expect = ACCEPTABLE, desc = "the timer withdrew it")
@Outcome(expect = FORBIDDEN, desc = "canceled by neither or both, or run")
@State
public class ExpiryAgainstTimer {
    private final RequestQueue queue = new RequestQueue(0, 1);
    private final BlockingRequest request = new BlockingRequest(null, () -> null);
    private final Worker worker = Parts.worker();

    public ExpiryAgainstTimer() {
        request.setLimits(null, Timer.deadlineAfter(0), BlockingRequest.Terms.NONE);
        queue.offer(request, true);
    }

    @Actor
    public void worker(LLLL_Result r) {
        r.r1 = queue.take(worker) == request && request.hasTimedOut();
    }

    @Actor
    public void timer(LLLL_Result r) {
        r.r2 = queue.remove(request, RequestQueue.Reason.TIMED_OUT);
    }

    @Arbiter
    public void rest(LLLL_Result r) {
        r.r3 = queue.counters(new int[6], 0, 0, 0, 0).timedOut();
        r.r4 = queue.offer(Parts.request(null), false) == RequestQueue.Offer.READY_ALONE;
    }
}
