package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A caller is put off while the alarm for the one before it is called off: there is no clock. */
@JCStressTest
@Outcome(id = "resumed", expect = ACCEPTABLE, desc = "whoever called it off saw it, or it was not put off")
@Outcome(id = "an alarm is ahead", expect = ACCEPTABLE, desc = "it came later, and has another")
@Outcome(expect = FORBIDDEN, desc = "nobody is on the way to it")
@State
public class PutOffAgainstCallOff {
    private final AtomicInteger alarms = new AtomicInteger();
    private final WakeUps wakeUps = new WakeUps(true, set -> alarms.incrementAndGet());
    private final CoRequest caller = parked();

    public PutOffAgainstCallOff() {
        wakeUps.beat(0);
        wakeUps.beat(1);
        wakeUps.settled(parked(), true);
    }

    @Actor
    public void worker() {
        wakeUps.settled(caller, true);
    }

    @Actor
    public void starter() {
        wakeUps.callOff();
    }

    @Arbiter
    public void rest(L_Result r) {
        r.r1 = wakeUps.isAnyPutOff() ? alarms.get() == 2 ? "an alarm is ahead" : "lost" : "resumed";
    }

    private static CoRequest parked() {
        CoRequest request = new CoRequest((Action<RuntimeException>) () -> {});
        request.announceWaiter();
        return request;
    }
}
