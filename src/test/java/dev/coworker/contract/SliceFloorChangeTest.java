package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioRequest;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Slices whose reserved workers become more or fewer, or are given back at the end. */
class SliceFloorChangeTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();

    @Test
    void aFloorThatIsLoweredOrClosedGivesItsWorkersToOthersAtOnce() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(3));
        Slice lowered = pool.sliceBuilder("lowered").reserved(1).build();
        Slice closed = pool.sliceBuilder("closed").reserved(1).build();
        SliceFloorTest.fill(pool, gate, 3, 1);
        lowered.resize(0, 1);
        gate.awaitArrived(1);
        closed.close();
        gate.awaitArrived(1);
        gate.open();
    }

    @Test
    void aFloorThatIsLoweredByOneGivesOneWorkerToOthersAtOnce() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(3));
        Slice slice = pool.sliceBuilder("slice").reserved(2).build();
        SliceFloorTest.fill(pool, gate, 2, 1);
        slice.resize(1, 2);
        gate.awaitArrived(1);
        gate.open();
    }

    @Test
    void aClosedSliceKeepsItsFloorUntilItsWorkHasEnded() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Slice slice = pool.sliceBuilder("slice").reserved(1).maxConcurrent(1).build();
        SliceFloorTest.fill(slice, gate, 1, 1);
        Gate others = new Gate();
        SliceFloorTest.fill(pool, others, 2, 1);
        CountDownLatch ran = new CountDownLatch(1);
        slice.submit(ran::countDown);
        Caller<Object> closer = Callers.virtual(() -> {
            slice.close();
            return null;
        });
        gate.open();
        assertThat(ran.await(30, TimeUnit.SECONDS)).isTrue();
        closer.result();
        others.awaitArrived(1);
        others.open();
    }

    @Test
    void aFloorThatIsRaisedServesWhatWaitedAlready() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2).maxQueued(1));
        Slice slice = pool.slice("slice", 2);
        SliceFloorTest.fill(pool, gate, 2, 2);
        Queue<Integer> started = new ConcurrentLinkedQueue<>();
        CountDownLatch all = new CountDownLatch(4);
        for (int i = 0; i < 4; i++) {
            int number = i;
            slice.submit(() -> {
                started.add(number);
                all.countDown();
            });
        }
        pool.resize(0, 3);
        slice.resize(1, 1);
        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(started).containsExactly(0, 1, 2, 3);
        gate.open();
    }

    @Test
    void aFloorThatIsGivenTakesWhatWaitsForAPlaceBackIntoTheLaneInOrder() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2).maxQueued(0));
        Slice slice = pool.slice("slice", 2);
        SliceFloorTest.fill(pool, gate, 2, 2);
        Queue<Integer> started = new ConcurrentLinkedQueue<>();
        slice.submit(() -> started.add(0));
        Caller<Integer> between = Callers.virtual(() -> pool.submitCo(() -> 42));
        Callers.until("two wait for a place", () -> pool.stats().waiting() == 2);
        AioRequest<Boolean> second = slice.submitAio(() -> started.add(1), (value, failure) -> {});
        for (int i = 2; i < 5; i++) {
            int number = i;
            slice.submit(() -> started.add(number));
        }
        assertThat(pool.stats().waiting()).isEqualTo(3);
        assertThat(slice.stats().curThreads()).as("permits").isEqualTo(2);
        slice.resize(1, 1);
        assertThat(pool.stats().waiting()).isEqualTo(1);
        assertThat(slice.stats().curThreads()).as("permits").isOne();
        assertThat(slice.stats().queued()).isEqualTo(5);
        assertThat(second.cancel()).isTrue();
        assertThat(pool.stats().waiting()).isEqualTo(1);
        assertThat(slice.stats().curThreads()).as("permits").isOne();
        gate.open();
        assertThat(between.result()).isEqualTo(42);
        slice.close();
        assertThat(started).containsExactly(0, 2, 3, 4);
    }

    /** The slice is closed, so the end of its last work is the end of its floor. */
    @Test
    void aClosedFloorGivesItsWorkerToOthersWhenItsLastWorkWasNested() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Slice slice = pool.sliceBuilder("slice").reserved(1).build();
        Gate nested = new Gate();
        pool.submit(() -> {
            slice.submitCo(nested::pass);
            gate.pass();
        });
        nested.awaitArrived(1);
        Gate other = new Gate();
        pool.submit(other::pass);
        Callers.until("the kept worker has looked", () -> pool.stats().idleThreads() == 1);
        Caller<Object> closer = Callers.virtual(() -> {
            slice.close();
            return null;
        });
        Callers.until("it is closed", () -> SliceFloorTest.rejects(slice));
        nested.open();
        gate.awaitArrived(1);
        other.awaitArrived(1);
        other.open();
        gate.open();
        closer.result();
    }

    @Test
    void aFloorThatIsGivenWhileAllAreBusyGetsItsWorkerWhenOneComesFree() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Slice slice = pool.slice("slice", 1);
        SliceFloorTest.fill(pool, gate, 2, 2);
        slice.resize(1, 1);
        gate.open();
        Callers.until("both have ended", () -> pool.stats().active() == 0);
        assertHasItsWorker(slice, pool, 1);
    }

    @Test
    void aFloorThatIsGivenWhileAllAreBusyGetsAWorkerThatARaisedMaxAllows() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Slice slice = pool.slice("slice", 1);
        SliceFloorTest.fill(pool, gate, 2, 2);
        slice.resize(1, 1);
        pool.resize(0, 3);
        assertHasItsWorker(slice, pool, 0);
        gate.open();
    }

    /** Others get {@code running} workers and no more. */
    private static void assertHasItsWorker(Slice slice, ThreadPool pool, int running) throws Exception {
        Gate others = new Gate();
        SliceFloorTest.fill(pool, others, 5, running);
        for (int i = 0; i < 20; i++) {
            assertThat(Callers.<Integer>onVirtual(() -> slice.submitCo(() -> 1)))
                    .isOne();
        }
        assertThat(pool.stats().queued()).isEqualTo(5 - running);
        others.open();
    }

    @Test
    void aFloorThatEndsWithItsLastWorkGivesAllItsWorkersToOthersAtOnce() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(3).maxThreads(3));
        Slice slice = pool.sliceBuilder("slice").reserved(2).build();
        SliceFloorTest.fill(slice, gate, 1, 1);
        Gate others = new Gate();
        SliceFloorTest.fill(pool, others, 4, 1);
        Callers.until("the third idles", () -> pool.stats().idleThreads() == 1);
        Caller<Object> closer = Callers.virtual(() -> {
            slice.close();
            return null;
        });
        Callers.until("it is closed", () -> SliceFloorTest.rejects(slice));
        gate.open();
        closer.result();
        others.awaitArrived(2);
        others.open();
    }

    @Test
    void aRaisedFloorTakesNoWorkerFromAnotherFloor() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        Slice urgent = pool.sliceBuilder("urgent").reserved(1).build();
        Slice raised = pool.slice("raised", 1);
        SliceFloorTest.fill(pool, gate, 3, 3);
        raised.resize(1, 1);
        Gate second = new Gate();
        raised.submit(second::passUninterruptibly);
        for (int i = 0; i < 50; i++) {
            assertThat(Callers.<Integer>onVirtual(() -> urgent.submitCo(() -> 1)))
                    .isOne();
        }
        assertThat(raised.stats().active()).as("waits for one of the three").isZero();
        gate.open();
        second.awaitArrived(1);
        second.open();
    }
}
