package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.coworker.internal.loop.EventLoop;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A thread waits in cancel while the callback runs: it returns after the callback, and sees what that wrote. */
@JCStressTest
@Outcome(id = "false, 1", expect = ACCEPTABLE, desc = "too late to cancel, and the callback has returned")
@Outcome(expect = FORBIDDEN, desc = "returned before the callback, or saw less than it wrote")
@State
public class DeliveryAgainstCancel {
    private final Worker worker = Parts.worker();
    private volatile CallbackRequest request;
    private int written;

    @Actor
    public void loop() {
        EventLoop loop = EventLoop.manual(this);
        Pool pool = Parts.withoutWorkers(loop, Pool.UNBOUNDED, true);
        CallbackRequest made = new CallbackRequest(pool, null, () -> null, (value, failure) -> written = 1) {};
        pool.queue.offer(made, false);
        pool.queue.take(worker);
        pool.queue.finish(made, false);
        made.publish(null, false);
        made.completed();
        request = made;
        loop.poll(false);
    }

    @Actor
    public void canceler(ZI_Result r) {
        CallbackRequest theirs;
        while ((theirs = request) == null) {
            Thread.onSpinWait();
        }
        r.r1 = theirs.cancel();
        r.r2 = written;
    }
}
