package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.Slice;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slices with reserved workers. */
class SliceFloorTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();

    static void fill(Submitter submitter, Gate gate, int requests, int running) throws InterruptedException {
        for (int i = 0; i < requests; i++) {
            submitter.submit(gate::passUninterruptibly);
        }
        gate.awaitArrived(running);
    }

    /** Without a bound, and with one that has no place for what waits. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 10})
    void aFloorIsServedWhileAllOtherWorkIsStuck(int maxQueued) throws Exception {
        ThreadPool.Builder builder = ThreadPool.builder().maxThreads(8);
        ThreadPool pool = pools.open(maxQueued < 0 ? builder : builder.maxQueued(maxQueued));
        Slice urgent = pool.sliceBuilder("urgent").reserved(1).build();
        int accepted = maxQueued < 0 ? 100 : 7 + maxQueued;
        fill(pool, gate, accepted, 7);
        if (maxQueued >= 0) {
            assertThat(rejects(pool)).as("no place is left but the slice's").isTrue();
        }
        for (int i = 0; i < 50; i++) {
            assertThat(Callers.<Integer>onVirtual(() -> urgent.submitCo(() -> 1)))
                    .isOne();
        }
        assertThat(pool.stats().active()).isEqualTo(7);
        gate.open();
    }

    static boolean rejects(Submitter pool) {
        try {
            pool.submit(() -> {});
            return false;
        } catch (RejectedExecutionException e) {
            return true;
        }
    }

    @Test
    void othersDoNotOccupyReservedWorkersAndTheSliceGoesBeyondItsFloor() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        Slice urgent = pool.sliceBuilder("urgent").reserved(2).build();
        fill(pool, gate, 10, 2);
        Gate mine = new Gate();
        fill(urgent, mine, 2, 2);
        Callers.until("all workers are busy", () -> pool.stats().active() == 4);
        assertThat(urgent.stats().active()).isEqualTo(2);
        gate.open();
        Gate more = new Gate();
        fill(urgent, more, 2, 2);
        assertThat(urgent.stats().active()).as("no other work is there").isEqualTo(4);
        mine.open();
        more.open();
    }

    @Test
    void stuckWorkOfTheSliceTakesNoMoreThanItsCeiling() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        Slice slice = pool.sliceBuilder("slice").reserved(1).maxConcurrent(2).build();
        fill(slice, gate, 20, 2);
        for (int i = 0; i < 20; i++) {
            assertThat(Callers.<Integer>onVirtual(() -> pool.submitCo(() -> 1))).isOne();
        }
        gate.open();
    }

    @Test
    void requestsOfASliceStartInOrder() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Slice slice = pool.sliceBuilder("slice").reserved(1).maxConcurrent(1).build();
        Queue<Integer> started = new ConcurrentLinkedQueue<>();
        slice.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            all.add(i);
            slice.submit(() -> started.add(number));
        }
        gate.open();
        slice.close();
        assertThat(started).containsExactlyElementsOf(all);
    }

    @Test
    void aSliceAndOthersTakeTurnsBeyondTheFloor() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Slice slice = pool.sliceBuilder("slice").reserved(1).maxConcurrent(2).build();
        fill(slice, gate, 2, 2);
        Queue<String> started = new ConcurrentLinkedQueue<>();
        Gate last = new Gate();
        for (int i = 0; i < 50; i++) {
            pool.submit(() -> started.add("pool"));
            slice.submit(() -> started.add("slice"));
        }
        gate.open();
        slice.submit(last::passUninterruptibly);
        last.awaitArrived(1);
        Callers.until("all have started", () -> started.size() == 100);
        assertThat(started.stream().limit(30)).contains("pool", "slice");
        last.open();
    }

    @Test
    void floorsLeaveOneWorkerToOthers() {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        Slice first = pool.sliceBuilder("first").reserved(2).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pool.sliceBuilder("second").reserved(2).build())
                .withMessageContaining("maxThreads (4)");
        Slice second = pool.sliceBuilder("second").reserved(1).build();
        assertThatIllegalArgumentException().isThrownBy(() -> second.resize(2, 4));
        assertThatIllegalArgumentException().isThrownBy(() -> pool.resize(0, 3));
        assertThat(pool.stats().maxThreads()).isEqualTo(4);
        first.close();
        second.resize(3, 4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pool.sliceBuilder("third").reserved(1).build());
        pool.resize(0, 5);
        pool.sliceBuilder("third").reserved(1).build();
    }

    @Test
    void aFloorThatOverflowsTheSumOfAllIsRefused() {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        pool.sliceBuilder("first").reserved(1).build();
        Slice.Builder huge =
                pool.sliceBuilder("huge").reserved(Integer.MAX_VALUE).maxConcurrent(Integer.MAX_VALUE);
        assertThatIllegalArgumentException().isThrownBy(huge::build).withMessageContaining("maxThreads (4)");
    }

    @Test
    void outOfRangeIsRefused() {
        ThreadPool pool = pools.open();
        Slice.Builder builder = pool.sliceBuilder("slice");
        assertThatIllegalArgumentException().isThrownBy(() -> builder.reserved(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.maxConcurrent(0));
        assertThatIllegalArgumentException().isThrownBy(() -> builder.maxQueued(-1));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> builder.reserved(3).maxConcurrent(2).build())
                .withMessageContaining("3 > 2");
        assertThatIllegalArgumentException().isThrownBy(() -> pool.sliceBuilder(" "));
        Slice slice = pool.slice("slice", 2);
        assertThatIllegalArgumentException().isThrownBy(() -> slice.resize(3, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> slice.resize(0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> slice.resize(-1, 2));
    }

    @Test
    void whatGoesBeyondTheFloorWaitsForAPlaceLikeOthers() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2).maxQueued(0));
        Slice slice = pool.sliceBuilder("slice").reserved(1).build();
        fill(pool, gate, 1, 1);
        Gate mine = new Gate();
        fill(slice, mine, 2, 1);
        assertThat(slice.stats().curThreads()).as("permits").isOne();
        assertThat(pool.stats().queued()).as("holds no place").isZero();
        gate.open();
        mine.awaitArrived(1);
        mine.open();
    }

    @Test
    void aFloorInUseKeepsNoFurtherPlace() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2).maxQueued(1));
        Slice slice = pool.sliceBuilder("slice").reserved(1).build();
        fill(slice, gate, 1, 1);
        fill(pool, gate, 2, 1);
        assertThat(rejects(pool)).as("three places are held").isTrue();
        gate.open();
    }

    /** What waits for a worker that is kept from it must not make others search. */
    @Test
    void workersSleepWhileAllThatWaitsIsKeptFromThem() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(3).maxThreads(3));
        Slice first = pool.sliceBuilder("first").reserved(1).maxConcurrent(2).build();
        Slice second = pool.sliceBuilder("second").reserved(1).build();
        Callers.onVirtual(() -> second.submitCo(() -> 1));
        Callers.until("all idle", () -> pool.stats().idleThreads() == 3);
        fill(pool, gate, 3, 1);
        fill(first, gate, 2, 1);
        Callers.until("one idles", () -> pool.stats().idleThreads() == 1);
        for (int i = 0; i < 500; i++) {
            LockSupport.parkNanos(10_000);
            assertThat(pool.stats().idleThreads()).isOne();
        }
        pool.submit(gate::passUninterruptibly);
        Callers.until("it idles again", () -> pool.stats().idleThreads() == 1);
        gate.open();
    }

    /** Its place is taken by another one, that is: what was kept from all but the worker that leaves. */
    @Test
    void aWorkerThatLeavesMakesRoomForWhatItsRequestKeptFromOthers() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        pool.sliceBuilder("slice").reserved(1).build();
        Gate inCanceller = new Gate();
        Caller<Object> caller = Callers.virtual(() -> {
            Canceller slow = worker -> {
                gate.open();
                inCanceller.passUninterruptibly();
            };
            pool.submitCo(gate::pass, CallOptions.defaults().onCancel(slow));
            return null;
        });
        gate.awaitArrived(1);
        Gate kept = new Gate();
        pool.submit(kept::passUninterruptibly);
        Callers.until("a worker has found nothing for it", () -> pool.stats().idleThreads() == 1);
        Callers.interrupt(caller);
        inCanceller.awaitArrived(1);
        kept.awaitArrived(1);
        inCanceller.open();
        caller.result();
        kept.open();
    }

    @Test
    void aRequestThatIsCanceledWithdrawnOrLateGivesItsShareBack() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2).maxQueued(0));
        Slice slice = pool.sliceBuilder("slice").reserved(1).maxConcurrent(1).build();
        fill(pool, gate, 1, 1);
        Gate mine = new Gate();
        fill(slice, mine, 1, 1);
        List<Boolean> canceled = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            canceled.add(slice.submitAio(() -> 1, (value, failure) -> {}).cancel());
            assertThat(Callers.virtual(() -> slice.submitCo(() -> 1, Duration.ofMillis(1)))
                            .failure())
                    .isInstanceOf(java.util.concurrent.TimeoutException.class);
        }
        assertThat(canceled).hasSize(10).containsOnly(true);
        mine.open();
        assertThat(Callers.<Integer>onVirtual(() -> slice.submitCo(() -> 1))).isOne();
        gate.open();
    }

    /** Random requests, resizes and closes: all that was accepted ends, and others leave the floor alone. */
    @RepeatedTest(3)
    void nothingIsLostUnderRandomChanges() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        Random random = new Random(seed);
        ThreadPool pool = pools.open(ThreadPool.builder()
                .maxThreads(4)
                .maxQueued(random.nextInt(4))
                .idleTimeout(Duration.ofMillis(random.nextInt(3))));
        Slice watched = pool.sliceBuilder("watched").reserved(1).build();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        List<Caller<Integer>> callers = new ArrayList<>();
        Slice other = pool.slice("other", 2);
        for (int i = 0; i < 2_000; i++) {
            int action = random.nextInt(10);
            int pause = random.nextInt(50_000);
            if (action < 5) {
                callers.add(Callers.virtual(() -> pool.submitCo(() -> occupy(others, most, pause))));
            } else if (action < 7) {
                Slice to = other;
                callers.add(Callers.virtual(() -> to.submitCo(() -> occupy(others, most, pause))));
            } else if (action < 9) {
                callers.add(Callers.virtual(() -> watched.submitCo(() -> pause)));
            } else if (random.nextInt(4) == 0) {
                Slice old = other;
                Callers.virtual(() -> old.close(Duration.ofSeconds(30)));
                other = pool.slice("other", 2);
            } else {
                try {
                    other.resize(random.nextInt(2), 1 + random.nextInt(3));
                } catch (IllegalArgumentException e) {
                    // closed slices keep their floors until their work has ended
                }
            }
        }
        int ended = 0;
        for (Caller<Integer> caller : callers) {
            try {
                caller.result();
            } catch (RejectedExecutionException e) {
                // its slice was closed before it came
            }
            ended++;
        }
        assertThat(ended).as("seed %d", seed).isEqualTo(callers.size());
        assertThat(most).as("seed %d", seed).hasValueBetween(1, 3);
        other.close();
    }

    private static int occupy(AtomicInteger others, AtomicInteger most, int nanos) {
        most.accumulateAndGet(others.incrementAndGet(), Math::max);
        LockSupport.parkNanos(nanos);
        return others.decrementAndGet();
    }
}
