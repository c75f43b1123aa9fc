package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.Consumer;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Being observable costs a request nothing while nobody observes: the clock is read by an Observation only. */
class UnwatchedCostTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int REQUESTS = 2_000;

    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

    private final Action<RuntimeException> work = () -> {};
    private volatile Object kept;

    /** On a pool whose only worker is occupied, so that nothing but the submission happens. */
    private double bytesPerSubmission(boolean watch, Consumer<ThreadPool> submission) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        if (watch) {
            pool.observers().add(new Nobody());
        }
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        submission.accept(pool); // everything is loaded
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < REQUESTS; i++) {
            submission.accept(pool);
        }
        long after = THREADS.getCurrentThreadAllocatedBytes();
        gate.open();
        return (after - before) / (double) REQUESTS;
    }

    private double bytesOf(Consumer<ThreadPool> allocation) throws Exception {
        return bytesPerSubmission(false, allocation);
    }

    @Test
    void submitAllocatesItsRequestAndNothingElse() throws Exception {
        double request = bytesOf(pool -> kept = new PlainRequest(work, null));
        assertThat(bytesPerSubmission(false, pool -> pool.submit(work))).isCloseTo(request, within());
        assertThat(bytesPerSubmission(true, pool -> pool.submit(work))).isGreaterThan(request + 16);
    }

    @Test
    void submitAioAllocatesItsRequestAndNothingElse() throws Exception {
        Outcome<Integer> outcome = new Outcome<>();
        double request = bytesOf(pool -> kept = new AioCall(null, () -> 1, (value, failure) -> {}));
        assertThat(bytesPerSubmission(false, pool -> pool.submitAio(() -> 1, outcome)))
                .isCloseTo(request, within());
        assertThat(bytesPerSubmission(true, pool -> pool.submitAio(() -> 1, outcome)))
                .isGreaterThan(request + 16);
    }

    private static Offset<Double> within() {
        return Offset.offset(1.0);
    }

    private static final class Nobody implements RequestObserver {
        @Override
        public void started(Observation request) {}

        @Override
        public void ended(Observation request) {}

        @Override
        public void delivered(Observation request) {}
    }
}
