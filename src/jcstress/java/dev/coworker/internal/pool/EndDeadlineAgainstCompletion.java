package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import dev.coworker.internal.base.Timer;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LI_Result;

/** The deadline for the end passes while the work ends: the call is late and its canceller was called, or neither. */
@JCStressTest
@Outcome(id = "value, 0", expect = ACCEPTABLE, desc = "the work has ended in time")
@Outcome(id = "late, 1", expect = ACCEPTABLE, desc = "the deadline was first")
@Outcome(expect = FORBIDDEN, desc = "called and in time, or late and not called")
@State
public class EndDeadlineAgainstCompletion {
    private static final Callable<?> WORK = () -> "value";
    private final Pool pool = Parts.withoutWorkers(Parts.unpolledLoop(), Pool.UNBOUNDED, true);
    private final Worker worker = new Worker(pool, pool.workers);
    private final BlockingRequest request = new BlockingRequest(null, WORK);
    private final AtomicInteger called = new AtomicInteger();

    public EndDeadlineAgainstCompletion() {
        worker.setThread(Thread.currentThread());
        request.setLimits(
                pool,
                Timer.NO_DEADLINE,
                new BlockingRequest.Terms(Timer.NO_DEADLINE, 0, thread -> called.getAndIncrement()));
        pool.queue.offer(request, true);
        pool.queue.take(worker);
    }

    @Actor
    public void timer() {
        request.limits.passed();
    }

    @Actor
    public void worker() {
        request.run(worker, WORK);
    }

    @Arbiter
    public void caller(LI_Result r) {
        try {
            r.r1 = request.await(pool, false);
        } catch (TimeoutException e) {
            r.r1 = "late";
        } catch (Throwable e) {
            r.r1 = e;
        }
        r.r2 = called.get();
    }
}
