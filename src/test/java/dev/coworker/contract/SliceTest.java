package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.coworker.Action;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The concurrency limit of a slice: what runs, what waits, and what is not held up. */
class SliceTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final List<String> started = Collections.synchronizedList(new ArrayList<>());

    private Action<RuntimeException> named(String name) {
        return () -> started.add(name);
    }

    @Test
    void aSliceRunsEveryLayerAsThePoolDoes() throws Exception {
        ThreadPool pool = pools.open();
        try (Slice slice = pool.slice("dns", 2)) {
            assertThat(Callers.onVirtual(() -> slice.submitCo(() -> 42))).isEqualTo(42);
            Outcome<Integer> outcome = new Outcome<>();
            slice.submitAio(() -> 43, outcome);
            assertThat(outcome.value()).isEqualTo(43);
            slice.submit(gate::pass);
            gate.awaitArrived(1);
            gate.open();
            assertThat(slice.asExecutorService().submit(() -> 44).get()).isEqualTo(44);
        }
    }

    @Test
    void whatTheWorkThrowsComesThroughASlice() throws Exception {
        Slice slice = pools.open().slice("dns", 1);
        IOException thrown = new IOException();
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> {
            throw thrown;
        }));
        assertThat(caller.failure()).isSameAs(thrown);
        assertThat(slice.stats().failed()).isOne();
    }

    @Test
    void noMoreThanTheBoundAreAtTheWorkers() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(8));
        Slice slice = pool.slice("dns", 3);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Caller<Void>> callers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            callers.add(Callers.virtual(() -> {
                for (int n = 0; n < 40; n++) {
                    slice.submitCo(() -> {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        Thread.yield();
                        running.decrementAndGet();
                    });
                    ThreadPoolStats ofPool = pool.stats();
                    assertThat(ofPool.queued() + ofPool.active()).isLessThanOrEqualTo(3 + 1); // one that has just ended
                }
                return null;
            }));
        }
        for (Caller<Void> caller : callers) {
            caller.result();
        }
        assertThat(most.get()).isBetween(1, 3);
        assertThat(slice.stats().completed()).isEqualTo(800);
    }

    @Test
    void whatWaitsInASliceHoldsNoWorkerAndNoPlaceInTheQueue() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        Slice slice = pool.slice("dns", 2);
        for (int i = 0; i < 10; i++) {
            slice.submit(gate::pass);
        }
        gate.awaitArrived(2);
        assertThat(pool.stats().queued()).isZero();
        assertThat(pool.stats().submitted()).isEqualTo(2);
        ThreadPoolStats stats = slice.stats();
        assertThat(stats.active()).isEqualTo(2);
        assertThat(stats.queued()).isEqualTo(8);
        InvariantChecker.assertBalanced(stats);
        gate.open();
    }

    @Test
    void aStuckSliceHoldsUpNeitherThePoolNorAnotherSlice() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(3));
        Slice stuck = pool.slice("dns", 2);
        Slice other = pool.slice("disk", 1);
        for (int i = 0; i < 100; i++) {
            stuck.submit(gate::pass);
        }
        gate.awaitArrived(2);
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 1))).isEqualTo(1);
        assertThat(Callers.onVirtual(() -> other.submitCo(() -> 2))).isEqualTo(2);
        gate.open();
    }

    @Test
    void requestsOfASliceStartInTheOrderOfTheirArrival() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        slice.submit(gate::pass);
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            expected.add("" + i);
            slice.submit(named("" + i));
        }
        gate.open();
        slice.close();
        assertThat(started).isEqualTo(expected);
    }

    @Test
    void aTurnJoinsThePoolsQueueAtItsEnd() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Slice one = pool.slice("one", 1);
        Slice two = pool.slice("two", 1);
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        for (int i = 1; i <= 3; i++) {
            one.submit(named("one " + i));
        }
        for (int i = 1; i <= 3; i++) {
            two.submit(named("two " + i));
        }
        pool.submit(named("pool"));
        gate.open();
        one.close();
        two.close();
        assertThat(started).containsExactly("one 1", "two 1", "pool", "one 2", "two 2", "one 3", "two 3");
    }

    @Test
    void aTurnThatEndsGoesToTheOldestThatWaits() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        Gate next = new Gate();
        slice.submit(gate::pass);
        slice.submit(next::pass);
        slice.submit(named("third"));
        gate.awaitArrived(1);
        gate.open();
        next.awaitArrived(1);
        assertThat(slice.stats().queued()).isOne();
        assertThat(started).isEmpty();
        next.open();
    }

    @Test
    void aFailureHandsItsTurnOn() throws Exception {
        Slice slice = pools.open(ThreadPool.builder().uncaughtExceptionHandler((thread, e) -> {}))
                .slice("dns", 1);
        slice.submit(() -> {
            gate.pass();
            throw new IOException();
        });
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 42));
        Callers.until("it waits", () -> slice.stats().queued() == 1);
        gate.open();
        assertThat(caller.result()).isEqualTo(42);
    }

    @Test
    void aSliceMayHaveMorePermitsThanThePoolHasWorkers() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Slice slice = pool.slice("dns", 5);
        for (int i = 0; i < 8; i++) {
            slice.submit(gate::pass);
        }
        gate.awaitArrived(1);
        assertThat(pool.stats().queued()).isEqualTo(4);
        assertThat(slice.stats().pendingThreads()).isEqualTo(4);
        assertThat(slice.stats().queued()).isEqualTo(7);
        gate.open();
        slice.close();
        assertThat(slice.stats().completed()).isEqualTo(8);
    }

    @Test
    void startWithinZeroIsRefusedWhereNoTurnIsFree() throws Exception {
        Slice slice = pools.open().slice("dns", 1);
        slice.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 42, Duration.ZERO));
        assertThat(caller.failure())
                .isInstanceOf(TimeoutException.class)
                .hasMessageContainingAll("dns", "maxConcurrent", "1");
        assertThat(slice.stats().timedOut()).isOne();
        InvariantChecker.assertBalanced(slice.stats());
        gate.open();
    }

    @Test
    void startWithinZeroIsRefusedWhereNoWorkerIsFreeAndGivesTheTurnBack() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Slice slice = pool.slice("dns", 1);
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 42, Duration.ZERO));
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class).hasMessageContaining("maxThreads");
        ThreadPoolStats stats = slice.stats();
        assertThat(stats.curThreads()).isZero();
        assertThat(stats.timedOut()).isOne();
        InvariantChecker.assertBalanced(stats);
        gate.open();
    }

    @Test
    void startWithinZeroFindsTheTurnOfACallThatHasReturned() throws Exception {
        Slice slice = pools.open().slice("dns", 1);
        Caller<Integer> caller = Callers.virtual(() -> {
            int sum = 0;
            for (int i = 0; i < 1_000; i++) {
                sum += slice.submitCo(() -> 1, Duration.ZERO);
            }
            return sum;
        });
        assertThat(caller.result()).isEqualTo(1_000);
    }

    @Test
    void aSliceTellsItsStateInOneLine() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("files"));
        Slice slice = pool.slice("dns", 2);
        for (int i = 0; i < 3; i++) {
            slice.submit(gate::pass);
        }
        gate.awaitArrived(2);
        assertThat(slice.name()).isEqualTo("dns");
        assertThat(slice.context()).isSameAs(pool.context());
        assertThat(slice.toString())
                .startsWith(
                        "Slice[dns of files, Running, permits = 2 of 2, active requests = 2, queued requests = 1 (0 in")
                .doesNotContain("\n");
        gate.open();
        slice.close();
        assertThat(slice.toString()).contains("Closed");
    }

    @Test
    void badValuesAreRefusedByNameAndValue() {
        ThreadPool pool = pools.open();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pool.slice(" ", 1))
                .withMessageContainingAll("name", "' '");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pool.slice("dns", 0))
                .withMessageContainingAll("maxConcurrent", "0");
        assertThatNullPointerException().isThrownBy(() -> pool.slice(null, 1));
        Slice slice = pool.slice("dns", 1);
        assertThatNullPointerException().isThrownBy(() -> slice.submit(null));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> slice.close(Duration.ofSeconds(-1)))
                .withMessageContaining("drain");
        assertThat(slice.stats().submitted()).isZero();
    }

    @Test
    void submitCoOnASliceFromAPlatformThreadSaysWhatToDo() {
        Slice slice = pools.open().slice("dns", 1);
        assertThatExceptionOfType(WrongThreadException.class)
                .isThrownBy(() -> slice.submitCo(() -> 42))
                .withMessageContaining("submitAio");
    }

    @Test
    void aClosedPoolHasNoNewSlice() {
        ThreadPool pool = pools.open();
        pool.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> pool.slice("dns", 1))
                .withMessageContainingAll(pool.name(), "closed", "dns");
    }

    @Test
    void awaitIdleOfASliceWaitsForItsOwnRequestsOnly() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        Gate ofPool = new Gate();
        Gate ofSlice = new Gate();
        pool.submit(ofPool::pass);
        assertThat(slice.awaitIdle(Duration.ZERO)).isTrue();
        slice.submit(ofSlice::pass);
        slice.submit(() -> {});
        assertThat(slice.awaitIdle(Duration.ZERO)).isFalse();
        Caller<Boolean> waiter = Callers.platform(() -> slice.awaitIdle(Duration.ofDays(1)));
        Await.parked(waiter.thread);
        ofSlice.open();
        assertThat(waiter.result()).isTrue();
        assertThat(slice.stats().completed()).isEqualTo(2);
        ofPool.open();
    }
}
