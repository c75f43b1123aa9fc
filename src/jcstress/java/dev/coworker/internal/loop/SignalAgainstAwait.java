package dev.coworker.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.coworker.internal.base.Timer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A thread waits for a condition that another makes true before it signals: the wait ends. */
@JCStressTest
@Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "it is true, and what came before it is seen")
@Outcome(expect = FORBIDDEN, desc = "waited until the deadline: the signal was lost")
@State
public class SignalAgainstAwait {
    private final ConditionWaiters waiters = new ConditionWaiters(UnpolledLoop.LOOP);
    private volatile boolean done;
    private int written;

    @Actor
    public void waiter(ZI_Result r) {
        r.r1 = waiters.await(() -> done, Timer.deadlineAfter(TimeUnit.SECONDS.toNanos(30)));
        r.r2 = written;
    }

    @Actor
    public void signaler() {
        written = 1;
        done = true;
        waiters.signal();
    }
}
