package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** What {@link PublishBeforeUnpark} would be with a release store: the hang can be seen. */
@JCStressTest
@Outcome(
        id = "true, true",
        expect = ACCEPTABLE_INTERESTING,
        desc = "the store lags behind the look at the permit: the waiter would park for ever")
@Outcome(expect = ACCEPTABLE, desc = "the waiter sees the outcome, or is unparked")
@State
public class ReleaseBeforeUnpark {
    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(ReleaseBeforeUnpark.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private volatile int state = Request.ACTIVE;
    private volatile int permit = 1; // an old one

    @Actor
    public void worker(ZZ_Result r) {
        STATE.setRelease(this, Request.RETURNED);
        r.r1 = permit == 1; // unpark: there is a permit, and so nothing to do
    }

    @Actor
    public void waiter(ZZ_Result r) {
        permit = 0; // park: consumes the permit
        r.r2 = state == Request.ACTIVE; // parks again, and no thread will wake it
    }
}
