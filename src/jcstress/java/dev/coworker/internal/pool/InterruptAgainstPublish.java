package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** An interrupt meant for one request has arrived by the time the request is published, and never reaches the next. */
@JCStressTest
@Outcome(id = "false, (true|false)", expect = ACCEPTABLE, desc = "dropped with the request, or too late for it")
@Outcome(expect = FORBIDDEN, desc = "the next request would be interrupted")
@State
public class InterruptAgainstPublish {
    private final Request request = Parts.request(null);
    private final Worker worker = Parts.worker();
    private volatile boolean interrupted;

    public InterruptAgainstPublish() {
        request.begin(worker);
    }

    @Actor
    public void worker(ZZ_Result r) {
        worker.setThread(Thread.currentThread());
        request.publish(null, false);
        Thread.interrupted();
        while (!interrupted) {
            Thread.onSpinWait();
        }
        r.r1 = Thread.interrupted();
    }

    @Actor
    public void interrupter(ZZ_Result r) {
        r.r2 = request.interrupt();
        interrupted = true;
    }
}
