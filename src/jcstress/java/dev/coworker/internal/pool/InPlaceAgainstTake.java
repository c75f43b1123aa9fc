package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A worker that waits for a request of its pool runs it in place while another takes it: one of the two has it. */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the other worker has it")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "run in place")
@Outcome(expect = FORBIDDEN, desc = "neither has it, or both")
@State
public class InPlaceAgainstTake {
    private final RequestQueue queue = new RequestQueue(Pool.UNBOUNDED, 2);
    private final Request request = Parts.request(null);
    private final Worker taker = Parts.worker();
    private final Worker waiter = Parts.worker();

    public InPlaceAgainstTake() {
        queue.offer(request, false);
    }

    @Actor
    public void taker(ZZ_Result r) {
        r.r1 = queue.take(taker) == request;
    }

    @Actor
    public void waiter(ZZ_Result r) {
        r.r2 = queue.beginInPlace(request, waiter, true) != null;
    }
}
