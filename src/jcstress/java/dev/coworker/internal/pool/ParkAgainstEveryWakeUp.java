package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.coworker.internal.base.Timer;
import java.util.concurrent.TimeoutException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LZ_Result;

/** The worker's unpark, an interrupt and the deadline reach a parked caller at once: it leaves with the one outcome. */
@JCStressTest
@Outcome(id = "value, true", expect = ACCEPTABLE, desc = "the worker had it: the caller waited for the value")
@Outcome(id = "interrupted, false", expect = ACCEPTABLE, desc = "withdrawn by the interrupt")
@Outcome(id = "late, false", expect = ACCEPTABLE, desc = "withdrawn by the deadline")
@Outcome(expect = FORBIDDEN, desc = "an outcome that is not the request's")
@State
public class ParkAgainstEveryWakeUp {
    private final Pool pool = Parts.withoutWorkers(Parts.unpolledLoop(), Pool.UNBOUNDED, false);
    private final Worker worker = Parts.worker();
    private volatile BlockingRequest request;
    private volatile Thread caller;
    private volatile boolean interrupted;

    @Actor
    public void caller(LZ_Result r) {
        BlockingRequest mine = new BlockingRequest(null, () -> null);
        mine.setLimits(pool, Timer.deadlineAfter(5_000), BlockingRequest.Terms.NONE);
        pool.queue.offer(mine, true);
        caller = Thread.currentThread();
        request = mine;
        try {
            r.r1 = mine.await(pool, false);
        } catch (InterruptedException e) {
            r.r1 = "interrupted";
        } catch (TimeoutException e) {
            r.r1 = "late";
        } catch (Throwable e) {
            r.r1 = e;
        }
        while (!interrupted) {
            Thread.onSpinWait();
        }
        Thread.interrupted(); // not for the next state
    }

    @Actor
    public void interrupterAndWorker(LZ_Result r) {
        BlockingRequest theirs;
        while ((theirs = request) == null) {
            Thread.onSpinWait();
        }
        caller.interrupt();
        interrupted = true;
        if (pool.queue.take(worker) == theirs) {
            if (theirs.hasTimedOut()) {
                pool.canceled(theirs, RequestQueue.Reason.TIMED_OUT);
            } else {
                theirs.publish("value", false);
                theirs.completed();
                r.r2 = true;
            }
        }
    }
}
