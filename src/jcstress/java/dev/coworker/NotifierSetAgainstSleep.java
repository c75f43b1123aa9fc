package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A home thread that goes to sleep while a notifier is set sees it, or is woken. */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "there is a handler to run")
@Outcome(expect = FORBIDDEN, desc = "slept until the deadline: the wake-up was lost")
@State
public class NotifierSetAgainstSleep {
    private static final AioContext CONTEXT = AioContext.manual();

    private final EventNotifier notifier = new EventNotifier();
    private final Schedule schedule = new Schedule(CONTEXT, notifier::isSet, false);

    @Actor
    public void setter() {
        notifier.set();
        schedule.rouse();
    }

    @Actor
    public void home(Z_Result r) {
        r.r1 = schedule.sleep(AioContext.deadlineAfter(TimeUnit.SECONDS.toNanos(30)));
    }
}
