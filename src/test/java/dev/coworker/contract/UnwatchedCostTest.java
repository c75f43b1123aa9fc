package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.coworker.Action;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.function.Consumer;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Being observable costs a request no memory while no meter and no recording observes it. */
class UnwatchedCostTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int REQUESTS = 2_000;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Action<RuntimeException> work = () -> {};
    private final Consumer<ThreadPool> submit = pool -> pool.submit(work);
    private final Outcome<Integer> outcome = new Outcome<>();
    private final Consumer<ThreadPool> submitAio = pool -> pool.submitAio(() -> 1, outcome);

    /** A pool whose only worker is occupied, so that nothing but the submission happens. */
    private ThreadPool openBusy(Gate gate) throws InterruptedException {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        return pool;
    }

    private static double bytesPer(Consumer<ThreadPool> submission, ThreadPool pool) {
        submission.accept(pool); // everything is loaded
        long before = THREADS.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < REQUESTS; i++) {
            submission.accept(pool);
        }
        return (THREADS.getCurrentThreadAllocatedBytes() - before) / (double) REQUESTS;
    }

    private void assertWatchedOnlyWhile(ThreadPool pool, Runnable begin, Runnable end) {
        for (Consumer<ThreadPool> submission : List.of(submit, submitAio)) {
            double unwatched = bytesPer(submission, pool);
            begin.run();
            assertThat(bytesPer(submission, pool)).isGreaterThan(unwatched + 16);
            end.run();
            assertThat(bytesPer(submission, pool)).isCloseTo(unwatched, Offset.offset(1.0));
        }
    }

    @Test
    void metersCostNothingBeforeTheyAreBoundAndAfterTheyAreClosed() throws Exception {
        Gate gate = new Gate();
        ThreadPool pool = openBusy(gate);
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        assertWatchedOnlyWhile(pool, () -> metrics.bindTo(new SimpleMeterRegistry()), metrics::close);
        gate.open();
    }

    @Test
    void aRecordingCostsNothingBeforeItStartsAndAfterItHasEnded() throws Exception {
        Gate gate = new Gate();
        ThreadPool pool = openBusy(gate);
        Recorded[] recorded = new Recorded[1];
        assertWatchedOnlyWhile(
                pool,
                () -> recorded[0] = new Recorded(
                        recording -> recording.enable("dev.coworker.Request").withoutThreshold()),
                () -> recorded[0].close());
        gate.open();
    }

    @Test
    void metersOfASliceObserveNoOtherSlice() throws Exception {
        Gate gate = new Gate();
        ThreadPool pool = openBusy(gate);
        Slice watched = pool.slice("watched", 1);
        Slice other = pool.slice("other", 1);
        double before = bytesPer(ignored -> other.submit(work), pool);
        try (ThreadPoolMetrics metrics = new ThreadPoolMetrics(watched)) {
            metrics.bindTo(new SimpleMeterRegistry());
            assertThat(bytesPer(ignored -> other.submit(work), pool)).isCloseTo(before, Offset.offset(1.0));
            assertThat(bytesPer(ignored -> watched.submit(work), pool)).isGreaterThan(before + 16);
        }
        gate.open();
    }

    @Test
    void aRequestIsSmall() throws Exception {
        Gate gate = new Gate();
        ThreadPool pool = openBusy(gate);
        assertThat(bytesPer(submit, pool)).isLessThanOrEqualTo(64);
        assertThat(bytesPer(submitAio, pool)).isLessThanOrEqualTo(96);
        gate.open();
    }
}
