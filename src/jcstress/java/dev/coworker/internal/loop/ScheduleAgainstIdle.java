package dev.coworker.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A loop thread ends while a handler is scheduled: it stays, or the scheduling thread must start another. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "ended, and to be started again")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "stayed")
@Outcome(expect = FORBIDDEN, desc = "no thread runs the handler, or two do")
@State
public class ScheduleAgainstIdle {
    private final TaskList tasks = new TaskList(UnpolledLoop.LOOP, () -> false, false);
    private final EventLoop.ScheduledHandler handler =
            new EventLoop.ScheduledHandler(UnpolledLoop.LOOP, () -> {}, null);

    @Actor
    public void loop(ZZ_Result r) {
        r.r1 = tasks.becomeIdle(false);
    }

    @Actor
    public void scheduler(ZZ_Result r) {
        r.r2 = tasks.wakeup(handler);
    }
}
