package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A caller says that it is about to park while the worker publishes: it sees the outcome, or is seen and unparked. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "both")
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "the caller saw the outcome, and does not park")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "the worker saw the caller, and unparks it")
@Outcome(id = "false, false", expect = FORBIDDEN, desc = "parked for ever")
@State
public class WaiterAgainstOutcome {
    private final CoRequest request = new CoRequest((Action<RuntimeException>) () -> {});

    public WaiterAgainstOutcome() {
        request.begin(new Worker(null, null));
    }

    @Actor
    public void caller(ZZ_Result r) {
        request.announceWaiter();
        r.r1 = request.isReached();
    }

    @Actor
    public void worker(ZZ_Result r) {
        request.publish(1, false);
        r.r2 = request.hasWaiter();
    }
}
