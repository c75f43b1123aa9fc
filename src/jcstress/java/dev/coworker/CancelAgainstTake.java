package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** A queued request is taken by a worker or withdrawn by the first of two calls of cancel: exactly one has it. */
@JCStressTest
@Outcome(id = "true, false, false", expect = ACCEPTABLE, desc = "the worker has it")
@Outcome(id = "false, true, false", expect = ACCEPTABLE, desc = "the first cancel has it")
@Outcome(expect = FORBIDDEN, desc = "nobody, or more than one")
@State
public class CancelAgainstTake {
    private final RequestQueue queue = new RequestQueue();
    private final PlainRequest request = new PlainRequest(() -> {}, null);
    private final Worker worker = new Worker(null, null);

    public CancelAgainstTake() {
        queue.offer(request, false);
    }

    @Actor
    public void worker(ZZZ_Result r) {
        r.r1 = queue.take(worker) == request;
    }

    @Actor
    public void canceler(ZZZ_Result r) {
        r.r2 = queue.remove(request, false);
        r.r3 = queue.remove(request, false);
    }
}
