package dev.coworker.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.coworker.internal.base.Timer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A loop thread goes to sleep while a handler is scheduled: it sees the handler, or is woken. */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "there is something to run")
@Outcome(expect = FORBIDDEN, desc = "slept until the deadline: the wake-up was lost")
@State
public class ScheduleAgainstSleep {
    private final TaskList tasks = new TaskList(UnpolledLoop.LOOP, () -> false, false);
    private final EventLoop.ScheduledHandler handler =
            new EventLoop.ScheduledHandler(UnpolledLoop.LOOP, () -> {}, null);

    @Actor
    public void scheduler() {
        tasks.wakeup(handler);
    }

    @Actor
    public void loop(Z_Result r) {
        r.r1 = tasks.sleep(Timer.deadlineAfter(TimeUnit.SECONDS.toNanos(30)), () -> false);
    }
}
