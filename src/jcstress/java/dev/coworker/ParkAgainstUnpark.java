package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.L_Result;

/** A caller without a deadline parks while the worker publishes and unparks: it always wakes. */
@JCStressTest
@Outcome(id = "42", expect = ACCEPTABLE, desc = "woken, or never asleep")
@Outcome(expect = FORBIDDEN, desc = "another value")
@State
public class ParkAgainstUnpark {
    private static final AioContext CONTEXT = AioContext.manual();

    private final Dispatcher dispatcher =
            new Dispatcher("stress", CONTEXT, Admission.UNBOUNDED, (t, e) -> {}, Thread::new, 0, 1, 0, false);
    private final Worker worker = new Worker(null, null);

    @Actor
    public void caller(L_Result r) {
        CoRequest request = new CoRequest((Action<RuntimeException>) () -> {});
        dispatcher.queue.offer(request, false);
        try {
            r.r1 = request.await(dispatcher, Long.MAX_VALUE);
        } catch (Throwable e) {
            r.r1 = e;
        }
    }

    @Actor
    public void worker() {
        Request taken;
        while ((taken = dispatcher.queue.take(worker)) == null) {
            Thread.onSpinWait();
        }
        taken.publish(42, false);
        taken.settled();
    }
}
