package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** Whoever waits for something to become true is woken by who made it true, or sees it. */
@JCStressTest
@Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "it is true, and what came before it is seen")
@Outcome(expect = FORBIDDEN, desc = "waited until the deadline: the signal was lost")
@State
public class SignalAgainstAwait {
    private static final AioContext CONTEXT = AioContext.manual();

    private final Waiters waiters = new Waiters(CONTEXT);
    private volatile boolean done;
    private int written;

    @Actor
    public void waiter(ZI_Result r) {
        r.r1 = waiters.await(this, () -> done, AioContext.deadlineAfter(TimeUnit.SECONDS.toNanos(30)));
        r.r2 = written;
    }

    @Actor
    public void signaler() {
        written = 1;
        done = true;
        waiters.signal(this);
    }
}
