package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IZ_Result;

/** A canceller is called, or not, while the work ends: the worker goes on only if it cannot run any more. */
@JCStressTest
@Outcome(id = "(0|1), true", expect = ACCEPTABLE, desc = "not called, or called before the end, or the worker leaves")
@Outcome(expect = FORBIDDEN, desc = "called twice, or it still runs while the worker takes other requests")
@State
public class CancellerAgainstCompletion {
    private static final Callable<?> WORK = () -> "value";
    private final Pool pool = Parts.withoutWorkers(Parts.unpolledLoop(), Pool.UNBOUNDED, true);
    private final Worker worker = new Worker(pool, pool.workers);
    private final BlockingRequest request = new BlockingRequest(null, WORK);
    private final AtomicInteger begun = new AtomicInteger();
    private final AtomicInteger ended = new AtomicInteger();

    public CancellerAgainstCompletion() {
        BlockingRequest.Terms terms = new BlockingRequest.Terms(Long.MAX_VALUE, Long.MAX_VALUE, thread -> {
            begun.getAndIncrement();
            ended.getAndIncrement();
        });
        worker.setThread(Thread.currentThread());
        request.setLimits(pool, Long.MAX_VALUE, terms);
        pool.queue.offer(request, true);
        pool.queue.take(worker);
    }

    @Actor
    public void canceler(IZ_Result r) {
        request.limits.cancel(0);
        request.limits.cancel(0);
        r.r1 = begun.get();
    }

    @Actor
    public void worker(IZ_Result r) {
        request.run(worker, WORK);
        int over = ended.get();
        r.r2 = worker.leaves || begun.get() == over;
    }
}
