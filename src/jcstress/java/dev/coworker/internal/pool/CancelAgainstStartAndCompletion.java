package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/** A request is canceled or runs to its end, also while the canceling thread interrupts it. */
@JCStressTest
@Outcome(id = "true, false, false, canceled", expect = ACCEPTABLE, desc = "canceled, and never ran")
@Outcome(id = "false, true, (true|false), ended", expect = ACCEPTABLE, desc = "ran to its end")
@Outcome(expect = FORBIDDEN, desc = "no outcome, or two")
@State
public class CancelAgainstStartAndCompletion {
    private final RequestQueue queue = new RequestQueue(Pool.UNBOUNDED, 1);
    private final Request request = Parts.request(null);
    private final Worker worker = Parts.worker();

    public CancelAgainstStartAndCompletion() {
        queue.offer(request, false);
    }

    @Actor
    public void canceler(LLLL_Result r) {
        r.r1 = queue.remove(request, RequestQueue.Reason.WITHDRAWN);
        r.r3 = request.interrupt();
    }

    @Actor
    public void worker(LLLL_Result r) {
        boolean taken = queue.take(worker) == request;
        if (taken) {
            queue.finish(request, false);
            request.publish(null, false);
        }
        r.r2 = taken;
    }

    @Arbiter
    public void outcome(LLLL_Result r) {
        Pool.Counters counters = queue.counters(new int[6], 0, 0, 0, 0);
        int state = request.internalState();
        if (state == Request.CANCELED && counters.canceled() == 1 && counters.completed() == 0) {
            r.r4 = "canceled";
        } else if (state == Request.RETURNED && counters.canceled() == 0 && counters.completed() == 1) {
            r.r4 = "ended";
        } else {
            r.r4 = state + " " + counters;
        }
    }
}
