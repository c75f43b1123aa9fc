package dev.coworker.internal.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.coworker.internal.base.Timer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A notifier is set while a loop attaches it and goes to sleep: the handler runs. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "the handler has run, and found it set")
@Outcome(expect = FORBIDDEN, desc = "slept until the deadline: the wake-up was lost")
@State
public class NotifierSetAgainstSleep {
    private final EventLoop.Notifier notifier = new EventLoop.Notifier();

    @Actor
    public void setter() {
        notifier.set();
    }

    @Actor
    public void loop(ZZ_Result r) {
        EventLoop loop = EventLoop.manual(this);
        loop.setNotifier(notifier, () -> r.r2 = notifier.testAndClear());
        long deadline = Timer.deadlineAfter(TimeUnit.SECONDS.toNanos(30));
        while (!r.r2 && !Timer.hasPassed(deadline)) {
            r.r1 = loop.pollFor(deadline - System.nanoTime());
        }
    }
}
