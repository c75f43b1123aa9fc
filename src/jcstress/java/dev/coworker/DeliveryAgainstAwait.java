package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Whoever waits for all callbacks, as close does, and then for one of them, as cancel does, is woken or sees that they returned. */
@JCStressTest
@Outcome(id = "true, true, 1", expect = ACCEPTABLE, desc = "both waits end, and what the callback wrote is seen")
@Outcome(expect = FORBIDDEN, desc = "waited until the deadline, or saw less than the callback had done")
@State
public class DeliveryAgainstAwait {
    private static final AioContext CONTEXT = AioContext.main(); // whose thread is not an actor's

    private final Dispatcher dispatcher = new Dispatcher(
            "stress",
            CONTEXT,
            Admission.UNBOUNDED,
            (thread, failure) -> {},
            Thread.ofPlatform().daemon().factory(),
            0,
            1,
            0,
            false);
    private final AioCall call = new AioCall(dispatcher, () -> null, (value, failure) -> {});
    private final BooleanSupplier all = () -> dispatcher.completions.delivered() == 1;
    private final BooleanSupplier one = call::isDelivered;
    private final long deadline = AioContext.deadlineAfter(TimeUnit.SECONDS.toNanos(30));
    private int written;

    public DeliveryAgainstAwait() {
        call.begin(new Worker(dispatcher, dispatcher.workers));
        call.publish(null, false);
        call.deliver();
    }

    @Actor
    public void home() {
        written = 1; // the end of the callback
        dispatcher.completions.ended(call);
    }

    @Actor
    public void waiter(ZZI_Result r) {
        r.r1 = dispatcher.waiters.await(null, all, deadline);
        r.r2 = dispatcher.waiters.await(call, one, deadline);
        r.r3 = written;
    }
}
