package dev.coworker.internal.base;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A carrier is held while one that was added before is taken away: it is kept, or added again. */
@JCStressTest
@Outcome(id = "3", expect = ACCEPTABLE, desc = "as many were added as are held")
@Outcome(expect = FORBIDDEN, desc = "a carrier is missing, or one too many")
@State
public class HoldAgainstSettle {
    private final Parallelism dial = new Parallelism();
    private final Carriers carriers = new Carriers(dial, new NoTimer(), 256);

    public HoldAgainstSettle() {
        carriers.hold(false);
        carriers.release(false);
    }

    @Actor
    public void holder() {
        carriers.hold(false);
    }

    @Actor
    public void closer() {
        carriers.settle();
    }

    @Arbiter
    public void arbiter(I_Result r) {
        r.r1 = dial.size;
    }

    private static final class Parallelism implements Carriers.Dial {
        private int size = 2;

        @Override
        public int parallelism() {
            return size;
        }

        @Override
        public void setParallelism(int size) {
            this.size = size;
        }

        @Override
        public void signal() {}
    }

    private static final class NoTimer extends Timer {
        @Override
        public boolean schedule(Task task, long delayNanos) {
            return true;
        }

        @Override
        public void cancel(Task task) {}
    }
}
