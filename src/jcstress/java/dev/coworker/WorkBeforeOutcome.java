package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Whoever sees that a request has ended sees what its work wrote, and its outcome. */
@JCStressTest
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "not ended yet")
@Outcome(id = "1, 42", expect = ACCEPTABLE, desc = "ended, and all of it seen")
@Outcome(expect = FORBIDDEN, desc = "ended, and not all of it seen")
@State
public class WorkBeforeOutcome {
    private final PlainRequest request = new PlainRequest(() -> {}, null);
    private int written;

    public WorkBeforeOutcome() {
        request.begin(new Worker(null, null));
    }

    @Actor
    public void worker() {
        written = 1;
        request.publish(42, false);
    }

    @Actor
    public void observer(II_Result r) {
        if (request.internalState() == Request.RETURNED) {
            r.r1 = written;
            r.r2 = (Integer) request.outcome();
        }
    }
}
