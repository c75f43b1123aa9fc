package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The work sees what its caller wrote before it submitted, and the caller what the work wrote. */
@JCStressTest
@Outcome(id = "-1, -1", expect = ACCEPTABLE, desc = "not taken yet")
@Outcome(id = "1, -1", expect = ACCEPTABLE, desc = "taken; not ended when the caller looked")
@Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "taken and ended, and all of it seen")
@Outcome(expect = FORBIDDEN, desc = "one of them did not see what the other wrote")
@State
public class CallerAndWorkSeeEachOther {

    private final RequestQueue queue = new RequestQueue();
    private final PlainRequest request = new PlainRequest(() -> {}, null);
    private final Worker worker = new Worker(null, null);
    private int callers;
    private int works;

    @Actor
    public void caller(II_Result r) {
        callers = 1;
        queue.offer(request, false);
        r.r2 = request.internalState() == Request.RETURNED ? works : -1;
    }

    @Actor
    public void worker(II_Result r) {
        if (queue.take(worker) == null) {
            r.r1 = -1;
            return;
        }
        r.r1 = callers;
        works = 1;
        request.publish(null, false);
    }
}
