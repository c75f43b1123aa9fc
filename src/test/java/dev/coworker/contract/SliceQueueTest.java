package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The bound on what waits in a slice, and its resize. */
class SliceQueueTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();

    private Slice openStuck(int maxConcurrent, int maxQueued) throws InterruptedException {
        ThreadPool pool = pools.open(ThreadPool.builder().name("files"));
        Slice slice = pool.sliceBuilder("dns")
                .maxConcurrent(maxConcurrent)
                .maxQueued(maxQueued)
                .build();
        for (int i = 0; i < maxConcurrent + maxQueued; i++) {
            slice.submit(gate::passUninterruptibly);
        }
        gate.awaitArrived(maxConcurrent);
        return slice;
    }

    @Test
    void aStuckSliceFillsItsCeilingThenItsQueueThenRejects() throws Exception {
        Slice slice = openStuck(2, 3);
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> slice.submit(() -> {}))
                .withMessage("dns is at its bound: maxConcurrent + maxQueued requests are queued or running"
                        + " (maxQueued = 3)");
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> slice.submitAio(() -> 1, (value, failure) -> {}));
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> slice.asExecutorService().execute(() -> {}));
        assertThat(slice.stats().rejected()).isEqualTo(3);
        assertThat(slice.stats().queued()).isEqualTo(3);
        gate.open();
        Callers.until("it has room again", () -> slice.stats().completed() == 5);
        slice.submit(() -> {});
    }

    @Test
    void noQueueAtAllMeansTheCeilingOnly() throws Exception {
        Slice slice = openStuck(1, 0);
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> slice.submit(() -> {}));
        gate.open();
    }

    @Test
    void callersOfSubmitCoWaitBeyondTheBoundInOrderAndAreNotOvertaken() throws Exception {
        Slice slice = openStuck(1, 1);
        Queue<Integer> started = new ConcurrentLinkedQueue<>();
        List<Caller<Boolean>> callers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int number = i;
            callers.add(Callers.virtual(() -> slice.submitCo(() -> started.add(number))));
            Callers.until("it waits", () -> slice.stats().waiting() == number + 1);
        }
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> slice.submit(() -> {}));
        gate.open();
        for (Caller<Boolean> caller : callers) {
            caller.result();
        }
        assertThat(started).containsExactly(0, 1, 2, 3, 4);
        assertThat(slice.stats().waiting()).isZero();
    }

    @Test
    void anotherSliceAndThePoolAreNotAffected() throws Exception {
        Slice stuck = openStuck(2, 2);
        ThreadPool pool = pools.open();
        Slice other = pool.slice("other", 1);
        assertThat(Callers.<Integer>onVirtual(() -> other.submitCo(() -> 1))).isOne();
        assertThat(Callers.<Integer>onVirtual(() -> pool.submitCo(() -> 1))).isOne();
        assertThat(stuck.stats().active()).isEqualTo(2);
        gate.open();
    }

    @Test
    void aRaisedCeilingStartsWhatWaitsAndALoweredOneLetsWorkEnd() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("slice", 1);
        for (int i = 0; i < 6; i++) {
            slice.submit(gate::passUninterruptibly);
        }
        gate.awaitArrived(1);
        assertThat(slice.stats().active()).isOne();
        slice.resize(0, 3);
        gate.awaitArrived(2);
        assertThat(slice.stats().active()).isEqualTo(3);
        assertThat(slice.stats().maxThreads()).isEqualTo(3);
        slice.resize(0, 1);
        assertThat(slice.stats().active()).isEqualTo(3);
        gate.open();
        slice.close();
        assertThat(slice.stats().completed()).isEqualTo(6);
        slice.resize(0, 5);
    }

    @Test
    void theCeilingIsThePoolsUnlessItIsSet() {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(7));
        assertThat(pool.sliceBuilder("slice").build().stats().maxThreads()).isEqualTo(7);
    }

    @Test
    void aMillionSlicesOpenedAndClosedLeaveNothing() {
        ThreadPool pool = pools.open();
        pool.submit(() -> {});
        Runtime runtime = Runtime.getRuntime();
        long before = used(runtime);
        for (int i = 0; i < 1_000_000; i++) {
            try (Slice slice = pool.sliceBuilder("tenant").reserved(i % 2).build()) {
                assert slice != null;
            }
        }
        assertThat(used(runtime) - before).isLessThan(20_000_000L);
    }

    private static long used(Runtime runtime) {
        System.gc();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
