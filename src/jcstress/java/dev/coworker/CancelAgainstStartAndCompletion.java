package dev.coworker;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLLL_Result;

/** A request is canceled or runs to its end, also where the worker ends it and the canceler interrupts it meanwhile. */
@JCStressTest
@Outcome(id = "true, false, false, CANCELED", expect = ACCEPTABLE, desc = "canceled, and never ran")
@Outcome(id = "false, true, (true|false), ENDED", expect = ACCEPTABLE, desc = "ran to its end")
@Outcome(expect = FORBIDDEN, desc = "no outcome, or two")
@State
public class CancelAgainstStartAndCompletion {

    private final RequestQueue queue = new RequestQueue();
    private final PlainRequest request = new PlainRequest(() -> {}, null);
    private final Worker worker = new Worker(null, null);

    public CancelAgainstStartAndCompletion() {
        queue.offer(request, false);
    }

    @Actor
    public void cancelerAndInterrupter(LLLL_Result r) {
        r.r1 = queue.remove(request, false);
        r.r3 = request.interruptWorker();
    }

    @Actor
    public void worker(LLLL_Result r) {
        boolean taken = queue.take(worker) == request;
        if (taken) {
            queue.finished(false);
            request.publish(null, false);
        }
        r.r2 = taken;
    }

    @Arbiter
    public void outcome(LLLL_Result r) {
        RequestQueue.Books books = queue.books();
        int state = request.internalState();
        if (state == Request.CANCELED && books.canceled() == 1 && books.completed() == 0) {
            r.r4 = "CANCELED";
        } else if (state == Request.RETURNED && books.canceled() == 0 && books.completed() == 1) {
            r.r4 = "ENDED";
        } else {
            r.r4 = state + " " + books;
        }
    }
}
