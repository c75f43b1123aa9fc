package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** The work sees what its caller wrote before it submitted, and the caller what the work wrote, and its outcome. */
@JCStressTest
@Outcome(id = "-1, -1, -1", expect = ACCEPTABLE, desc = "not taken yet")
@Outcome(id = "1, -1, -1", expect = ACCEPTABLE, desc = "taken; not ended when the caller looked")
@Outcome(id = "1, 1, 42", expect = ACCEPTABLE, desc = "taken and ended, and all of it seen")
@Outcome(expect = FORBIDDEN, desc = "one of them did not see what the other wrote")
@State
public class CallerAndWorkSeeEachOther {
    private final RequestQueue queue = new RequestQueue(Pool.UNBOUNDED, 1);
    private final Request request = Parts.request(null);
    private final Worker worker = Parts.worker();
    private int callers;
    private int works;

    @Actor
    public void caller(III_Result r) {
        callers = 1;
        queue.offer(request, false);
        boolean ended = request.internalState() == Request.RETURNED;
        r.r2 = ended ? works : -1;
        r.r3 = ended ? (Integer) request.outcome() : -1;
    }

    @Actor
    public void worker(III_Result r) {
        if (queue.take(worker) == null) {
            r.r1 = -1;
            return;
        }
        r.r1 = callers;
        works = 1;
        request.publish(42, false);
    }
}
