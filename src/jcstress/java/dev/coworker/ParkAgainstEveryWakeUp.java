package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.TimeoutException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LZ_Result;

/** The caller parks; the worker's unpark, an interrupt and the deadline come at once: it leaves with the one outcome there is. */
@JCStressTest
@Outcome(id = "value, true", expect = ACCEPTABLE, desc = "the worker had it: the caller waited for the value")
@Outcome(id = "interrupted, false", expect = ACCEPTABLE, desc = "withdrawn by the interrupt")
@Outcome(id = "late, false", expect = ACCEPTABLE, desc = "withdrawn by the deadline")
@Outcome(expect = FORBIDDEN, desc = "an outcome that is not the request's")
@State
public class ParkAgainstEveryWakeUp {
    private static final AioContext CONTEXT = AioContext.manual();

    private final Dispatcher dispatcher =
            new Dispatcher("stress", CONTEXT, Admission.UNBOUNDED, (t, e) -> {}, Thread::new, 0, 1, 0, false);
    private final Worker worker = new Worker(null, null);
    private volatile CoRequest request;
    private volatile Thread caller;
    private volatile boolean interrupterDone;

    @Actor
    public void caller(LZ_Result r) {
        CoRequest mine = new CoRequest((Action<RuntimeException>) () -> {});
        dispatcher.queue.offer(mine, false);
        caller = Thread.currentThread();
        request = mine;
        try {
            r.r1 = mine.await(dispatcher, AioContext.deadlineAfter(5_000));
        } catch (InterruptedException e) {
            r.r1 = "interrupted";
        } catch (TimeoutException e) {
            r.r1 = "late";
        } catch (Throwable e) {
            r.r1 = e;
        }
        while (!interrupterDone) {
            Thread.onSpinWait();
        }
        Thread.interrupted(); // not for the next state
    }

    @Actor
    public void interrupterAndWorker(LZ_Result r) {
        CoRequest theirs;
        while ((theirs = request) == null) {
            Thread.onSpinWait();
        }
        caller.interrupt();
        interrupterDone = true;
        if (dispatcher.queue.take(worker) == theirs) {
            theirs.publish("value", false);
            theirs.settled();
            r.r2 = true;
        }
    }
}
