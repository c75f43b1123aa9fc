package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** A queued request is taken by a worker, or withdrawn by the first of two calls of cancel. */
@JCStressTest
@Outcome(id = "true, false, false", expect = ACCEPTABLE, desc = "the worker has it")
@Outcome(id = "false, true, false", expect = ACCEPTABLE, desc = "the first cancel has it")
@Outcome(expect = FORBIDDEN, desc = "neither has it, or more than one")
@State
public class CancelAgainstTake {
    private final RequestQueue queue = new RequestQueue(Pool.UNBOUNDED, 1);
    private final Request request = Parts.request(null);
    private final Worker worker = Parts.worker();

    public CancelAgainstTake() {
        queue.offer(request, false);
    }

    @Actor
    public void worker(ZZZ_Result r) {
        r.r1 = queue.take(worker) == request;
    }

    @Actor
    public void canceler(ZZZ_Result r) {
        r.r2 = queue.remove(request, RequestQueue.Reason.WITHDRAWN);
        r.r3 = queue.remove(request, RequestQueue.Reason.WITHDRAWN);
    }
}
