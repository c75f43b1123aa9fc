package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LZ_Result;

/**
 * A place comes free while the caller that waits for it is interrupted: the caller is served or leaves, and the place
 * is free.
 */
@JCStressTest
@Outcome(id = "served, true", expect = ACCEPTABLE, desc = "the place was handed to the caller")
@Outcome(id = "interrupted, true", expect = ACCEPTABLE, desc = "the caller left")
@Outcome(expect = FORBIDDEN, desc = "the place was lost")
@State
public class PlaceFreedAgainstInterrupt {
    private final Pool pool = Parts.withoutWorkers(Parts.unpolledLoop(), 0, true);
    private final Request running = Parts.request(null);
    private final Worker worker = Parts.worker();

    private volatile Thread caller;
    private volatile boolean interrupted;

    public PlaceFreedAgainstInterrupt() {
        pool.queue.offer(running, true);
        pool.queue.take(worker);
    }

    @Actor
    public void caller(LZ_Result r) {
        caller = Thread.currentThread();
        try {
            r.r1 = pool.call(new BlockingRequest(null, () -> null), BlockingRequest.Terms.NONE);
        } catch (InterruptedException e) {
            r.r1 = "interrupted";
        } catch (Throwable e) {
            r.r1 = e;
        }
        while (!interrupted) {
            Thread.onSpinWait();
        }
        Thread.interrupted(); // not for the next state
    }

    @Actor
    public void worker() {
        Thread thread;
        while ((thread = caller) == null) {
            Thread.onSpinWait();
        }
        thread.interrupt();
        interrupted = true;
        pool.queue.finish(running, false);
        Request next = pool.queue.take(worker);
        if (next != null) {
            pool.queue.finish(next, false);
            next.publish("served", false);
            next.completed();
        }
    }

    @Arbiter
    public void place(LZ_Result r) {
        r.r2 = pool.queue.offer(Parts.request(null), false) == RequestQueue.Offer.READY_ALONE;
    }
}
