package dev.coworker.internal.pool;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/**
 * The last request of a slice with a floor ends while the slice is closed. Only the floor's worker is left, and a
 * request of the pool waits for it: one of the two threads learns that it is ready.
 */
@JCStressTest
@Outcome(id = "(true|false), (true|false), 0", expect = ACCEPTABLE, desc = "the floor was given back")
@Outcome(id = "false, false, 0", expect = FORBIDDEN, desc = "no thread tells a worker")
@Outcome(expect = FORBIDDEN, desc = "the floor was lost, or given back twice")
@State
public class FloorHandedOnAgainstClose {
    private final RequestQueue queue = new RequestQueue(Pool.UNBOUNDED, 2);
    private final Lane lane = new Lane("slice", 2, Pool.UNBOUNDED, Parts.unpolledLoop());
    private final Request last = Parts.request(lane);
    private final Worker worker = Parts.worker();
    private final Worker other = Parts.worker();

    public FloorHandedOnAgainstClose() {
        queue.open(lane, "pool", 1);
        queue.offer(last, false);
        queue.take(worker);
        queue.offer(Parts.request(null), false);
        queue.take(other);
        queue.offer(Parts.request(null), false);
    }

    @Actor
    public void worker(ZZI_Result r) {
        r.r1 = queue.finish(last, false) | queue.take(worker) != null;
    }

    @Actor
    public void closer(ZZI_Result r) {
        queue.close(lane);
        r.r2 = !queue.isEmpty();
    }

    @Arbiter
    public void floor(ZZI_Result r) {
        r.r3 = lane.floor;
    }
}
