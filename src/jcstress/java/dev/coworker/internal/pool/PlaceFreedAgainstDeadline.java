package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.coworker.internal.base.Timer;
import java.util.concurrent.TimeoutException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LJZ_Result;

/**
 * A place comes free while the deadline of the caller that waits for it passes: the caller is served or leaves, and the
 * place is free.
 */
@JCStressTest
@Outcome(id = "served, 0, true", expect = ACCEPTABLE, desc = "the place was handed to the caller")
@Outcome(
        id = "late, 1, true",
        expect = ACCEPTABLE,
        desc = "the caller, or the worker that took its request, withdrew it")
@Outcome(expect = FORBIDDEN, desc = "the place was lost, or the outcome counted wrongly")
@State
public class PlaceFreedAgainstDeadline {
    private final Pool pool = Parts.withoutWorkers(Parts.unpolledLoop(), 0, false);
    private final Request running = Parts.request(null);
    private final Worker worker = Parts.worker();

    private volatile BlockingRequest request;

    public PlaceFreedAgainstDeadline() {
        pool.queue.offer(running, true);
        pool.queue.take(worker);
    }

    @Actor
    public void caller(LJZ_Result r) {
        BlockingRequest mine = new BlockingRequest(null, () -> null);
        mine.setLimits(pool, Timer.deadlineAfter(2_000), BlockingRequest.Terms.NONE);
        pool.queue.offer(mine, true);
        request = mine;
        try {
            r.r1 = mine.await(pool, false);
        } catch (TimeoutException e) {
            r.r1 = "late";
        } catch (Throwable e) {
            r.r1 = e;
        }
    }

    @Actor
    public void worker() {
        BlockingRequest theirs;
        while ((theirs = request) == null) {
            Thread.onSpinWait();
        }
        pool.queue.finish(running, false);
        Request next = pool.queue.take(worker);
        if (next != null && next.internalState() == Request.CANCELED) {
            pool.canceled(next, RequestQueue.Reason.TIMED_OUT);
        } else if (next == theirs) {
            pool.queue.finish(next, false);
            next.publish("served", false);
            next.completed();
        }
    }

    @Arbiter
    public void place(LJZ_Result r) {
        r.r2 = pool.counters(null).timedOut();
        r.r3 = pool.queue.offer(Parts.request(null), false) == RequestQueue.Offer.READY_ALONE;
    }
}
