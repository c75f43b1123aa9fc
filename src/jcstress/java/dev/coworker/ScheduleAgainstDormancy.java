package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A home thread moves on while a bottom half is scheduled: it stays for it, or the scheduler activates the home, never neither. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "moved on, and activated again")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "stayed")
@Outcome(expect = FORBIDDEN, desc = "nobody runs it, or two do")
@State
public class ScheduleAgainstDormancy {
    private static final AioContext CONTEXT = AioContext.manual();

    private final Schedule schedule = new Schedule(CONTEXT, () -> false, false);
    private final BottomHalf bottomHalf = CONTEXT.newBottomHalf(() -> {});

    @Actor
    public void home(ZZ_Result r) {
        r.r1 = schedule.becomeDormant();
    }

    @Actor
    public void scheduler(ZZ_Result r) {
        r.r2 = schedule.add(bottomHalf);
    }
}
