package dev.coworker.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZIZ_Result;

/** A set is seen by the test that meets it or by the next, and with it what was written before. */
@JCStressTest
@Outcome(id = "true, 1, false", expect = ACCEPTABLE, desc = "met, and cleared")
@Outcome(id = "false, [01], true", expect = ACCEPTABLE, desc = "left for the next test")
@Outcome(expect = FORBIDDEN, desc = "lost, seen twice, or seen without what was written before")
@State
public class NotifierSetAgainstTestAndClear {
    private final EventLoop.Notifier notifier = new EventLoop.Notifier();
    private int written;

    @Actor
    public void setter() {
        written = 1;
        notifier.set();
    }

    @Actor
    public void tester(ZIZ_Result r) {
        r.r1 = notifier.testAndClear();
        r.r2 = written;
    }

    @Arbiter
    public void next(ZIZ_Result r) {
        r.r3 = notifier.testAndClear();
    }
}
