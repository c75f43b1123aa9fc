package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A pool at its bound: which requests wait, which are rejected, and which gets the place that comes free. */
class BoundTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final List<Integer> started = Collections.synchronizedList(new ArrayList<>());

    /** A pool whose one worker stands at the gate, with an empty queue. */
    private ThreadPool openBusy(int maxQueued) throws InterruptedException {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).maxQueued(maxQueued));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        return pool;
    }

    /** A pool as above whose queue is full. */
    private ThreadPool openFull(int maxQueued) throws InterruptedException {
        ThreadPool pool = openBusy(maxQueued);
        for (int i = 0; i < maxQueued; i++) {
            pool.submit(() -> {});
        }
        return pool;
    }

    /** A caller whose place in line is behind those before it. */
    private Caller<Integer> waitInLine(ThreadPool pool, int number) {
        int before = pool.stats().waiting();
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> {
            started.add(number);
            return number;
        }));
        Callers.until("caller " + number + " waits", () -> pool.stats().waiting() == before + 1);
        return caller;
    }

    private List<Caller<Integer>> waitInLine(ThreadPool pool, int from, int to) {
        return IntStream.rangeClosed(from, to)
                .mapToObj(number -> waitInLine(pool, number))
                .toList();
    }

    @Test
    void aRejectionSaysWhichBoundWasReached() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().name("files").maxThreads(1).maxQueued(0));
        pool.submit(gate::pass);
        assertThatThrownBy(() -> pool.submit(() -> {}))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("files is at its bound: maxThreads + maxQueued requests are queued or running"
                        + " (maxQueued = 0)");
        gate.open();
    }

    @Test
    void maxThreadsAndMaxQueuedTogetherAreAcceptedThoughNoWorkerHasArrived() throws Exception {
        Gate factory = new Gate();
        ThreadPool pool =
                pools.open(ThreadPool.builder().maxThreads(64).maxQueued(1).threadFactory(worker -> {
                    factory.passUninterruptibly();
                    return new Thread(worker);
                }));
        for (int i = 0; i < 65; i++) {
            pool.submit(() -> {});
        }
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> pool.submit(() -> {}));
        factory.open();
    }

    @Test
    void withMaxQueuedZeroAsManyAreAcceptedAsThereAreThreads() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2).maxQueued(0));
        pool.submit(gate::passUninterruptibly);
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(2);
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> pool.submit(() -> {}))
                .withMessageContaining("maxQueued = 0");
        Caller<Integer> caller = waitInLine(pool, 1);
        gate.open();
        assertThat(caller.result()).isEqualTo(1);
        assertThat(pool.stats().rejected()).isEqualTo(1);
    }

    @Test
    void aRequestThatEndsMakesPlaceForTheNext() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).maxQueued(0));
        for (int i = 0; i < 100; i++) {
            int number = i;
            assertThat(Callers.onVirtual(() -> pool.submitCo(() -> number))).isEqualTo(number);
        }
        assertThat(pool.stats().rejected()).isZero();
    }

    @Test
    void aHigherMaximumAdmitsTheCallersInLine() throws Exception {
        ThreadPool pool = openFull(1);
        List<Caller<Integer>> callers = waitInLine(pool, 1, 3);
        pool.resize(0, 2);
        for (Caller<Integer> caller : callers) {
            caller.result();
        }
        assertThat(pool.stats().waiting()).isZero();
        gate.open();
    }

    @Test
    void asManyRequestsAsTheBoundAreQueued() throws Exception {
        ThreadPool pool = openBusy(3);
        pool.submit(() -> {});
        pool.submitAio(() -> null, (value, failure) -> {});
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 42));
        Callers.until("three are queued", () -> pool.stats().queued() == 3);
        assertThat(pool.stats().waiting()).isZero();
        gate.open();
        assertThat(caller.result()).isEqualTo(42);
    }

    @Test
    void aSubmitAtTheBoundIsRejectedAndLeavesNothingBehind() throws Exception {
        ThreadPool pool = openFull(2);
        AtomicBoolean ran = new AtomicBoolean();
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> pool.submit(() -> ran.set(true)))
                .withMessageContainingAll(pool.name(), "maxQueued", "2");
        assertThat(pool.stats().rejected()).isEqualTo(1);
        assertThat(pool.stats().submitted()).isEqualTo(3);
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
    }

    @Test
    void aSubmitAioAtTheBoundIsRejectedWithoutACallback() throws Exception {
        ThreadPool pool = openFull(2);
        AtomicBoolean ran = new AtomicBoolean();
        Outcome<Object> outcome = new Outcome<>();
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> pool.submitAio(
                        () -> {
                            ran.set(true);
                            return null;
                        },
                        outcome));
        assertThat(pool.stats().rejected()).isEqualTo(1);
        assertThat(pool.stats().submitted()).isEqualTo(3);
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
        assertThat(outcome.calls()).isZero();
    }

    @Test
    void aSubmitCoAtTheBoundWaitsAndIsNeitherRejectedNorQueued() throws Exception {
        ThreadPool pool = openFull(1);
        Caller<Integer> caller = waitInLine(pool, 1);
        ThreadPoolStats stats = pool.stats();
        assertThat(stats.submitted()).isEqualTo(2);
        assertThat(stats.queued()).isEqualTo(1);
        assertThat(stats.rejected()).isZero();
        InvariantChecker.assertBalanced(stats);
        gate.open();
        assertThat(caller.result()).isEqualTo(1);
        assertThat(pool.stats().submitted()).isEqualTo(3);
    }

    @Test
    void callersAreServedInTheOrderOfTheirArrival() throws Exception {
        ThreadPool pool = openFull(1);
        List<Caller<Integer>> callers = waitInLine(pool, 1, 10);
        gate.open();
        for (Caller<Integer> caller : callers) {
            caller.result();
        }
        assertThat(started).containsExactly(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    }

    @Test
    void thePlaceOfARequestThatEndsGoesToTheOldestCaller() throws Exception {
        ThreadPool pool = openBusy(1);
        Gate next = new Gate();
        pool.submit(next::pass);
        List<Caller<Integer>> callers = waitInLine(pool, 1, 3);
        gate.open();
        next.awaitArrived(1);
        Callers.until("one has got the place", () -> pool.stats().queued() == 1);
        assertThat(pool.stats().waiting()).isEqualTo(2);
        next.open();
        assertThat(callers.get(0).result()).isEqualTo(1);
        assertThat(started.get(0)).isEqualTo(1);
    }

    @Test
    void thePlaceOfACanceledRequestGoesToTheOldestCaller() throws Exception {
        ThreadPool pool = openBusy(1);
        AioRequest<Object> request = pool.submitAio(() -> null, (value, failure) -> {});
        List<Caller<Integer>> callers = waitInLine(pool, 1, 3);
        assertThat(request.cancelAsync()).isTrue();
        Callers.until("one has got the place", () -> pool.stats().queued() == 1);
        assertThat(pool.stats().waiting()).isEqualTo(2);
        gate.open();
        for (Caller<Integer> caller : callers) {
            caller.result();
        }
        assertThat(started).containsExactly(1, 2, 3);
    }

    @Test
    void thePlaceOfATimedOutRequestGoesToTheOldestCaller() throws Exception {
        ThreadPool pool = openBusy(1);
        Caller<Integer> timed = Callers.virtual(() -> pool.submitCo(() -> 42, Duration.ofMillis(50)));
        Callers.until("it has come", () -> pool.stats().submitted() == 2);
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 1));
        assertThat(timed.failure()).isInstanceOf(TimeoutException.class);
        Callers.until("the other has got the place", () -> pool.stats().queued() == 1);
        assertThat(pool.stats().waiting()).isZero();
        gate.open();
        assertThat(caller.result()).isEqualTo(1);
    }

    @Test
    void thePlaceOfAnInterruptedCallerGoesToTheOldestCaller() throws Exception {
        ThreadPool pool = openBusy(1);
        Caller<Integer> interrupted = Callers.virtual(() -> pool.submitCo(() -> 42));
        Callers.until("it is queued", () -> pool.stats().queued() == 1);
        List<Caller<Integer>> callers = waitInLine(pool, 1, 2);
        interrupted.thread.interrupt();
        assertThat(interrupted.failure()).isInstanceOf(InterruptedException.class);
        Callers.until("one has got the place", () -> pool.stats().queued() == 1);
        assertThat(pool.stats().waiting()).isEqualTo(1);
        gate.open();
        assertThat(callers.get(1).result()).isEqualTo(2);
        assertThat(started).containsExactly(1, 2);
    }

    @Test
    void aCallerThatLeavesTheLineKeepsTheOrderOfTheOthers() throws Exception {
        ThreadPool pool = openFull(1);
        List<Caller<Integer>> callers = waitInLine(pool, 1, 5);
        for (int leaving : List.of(0, 2, 4)) {
            callers.get(leaving).thread.interrupt();
            assertThat(callers.get(leaving).failure()).isInstanceOf(InterruptedException.class);
        }
        assertThat(pool.stats().waiting()).isEqualTo(2);
        Caller<Integer> last = waitInLine(pool, 6);
        gate.open();
        assertThat(last.result()).isEqualTo(6);
        assertThat(started).containsExactly(2, 4, 6);
    }

    @Test
    void aCallerThatIsInterruptedInLineCountsAsSubmittedAndCanceled() throws Exception {
        ThreadPool pool = openFull(1);
        Caller<Integer> caller = waitInLine(pool, 1);
        caller.thread.interrupt();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        ThreadPoolStats stats = pool.stats();
        assertThat(stats.waiting()).isZero();
        assertThat(stats.submitted()).isEqualTo(3);
        assertThat(stats.canceled()).isEqualTo(1);
        assertThat(stats.timedOut()).isZero();
        InvariantChecker.assertBalanced(stats);
        gate.open();
        pool.close();
        assertThat(started).isEmpty();
    }

    @Test
    void startWithinExpiresInLine() throws Exception {
        ThreadPool pool = openFull(1);
        Caller<Integer> timed = Callers.virtual(() -> pool.submitCo(() -> 42, Duration.ofMillis(5)));
        assertThat(timed.failure()).isInstanceOf(TimeoutException.class).hasMessageContaining(pool.name());
        ThreadPoolStats stats = pool.stats();
        assertThat(stats.waiting()).isZero();
        assertThat(stats.queued()).isEqualTo(1);
        assertThat(stats.canceled()).isEqualTo(1);
        assertThat(stats.timedOut()).isEqualTo(1);
        InvariantChecker.assertBalanced(stats);
        gate.open();
    }

    @Test
    void startWithinZeroDoesNotWaitInLine() throws Exception {
        ThreadPool pool = openFull(1);
        Caller<Integer> timed = Callers.virtual(() -> pool.submitCo(() -> 42, Duration.ZERO));
        assertThat(timed.failure()).isInstanceOf(TimeoutException.class);
        assertThat(pool.stats().timedOut()).isEqualTo(1);
        gate.open();
    }

    @Test
    void aRefusedStartWithinZeroGivesItsPlaceBack() throws Exception {
        ThreadPool pool = openBusy(1);
        Caller<Integer> timed = Callers.virtual(() -> pool.submitCo(() -> 42, Duration.ZERO));
        assertThat(timed.failure()).isInstanceOf(TimeoutException.class);
        pool.submit(() -> {});
        assertThat(pool.stats().queued()).isEqualTo(1);
        gate.open();
    }

    @Test
    void aRejectedCallerLeavesThePlacesAsTheyWere() throws Exception {
        ThreadPool pool = openFull(1);
        for (int i = 0; i < 5; i++) {
            assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> pool.submit(() -> {}));
        }
        gate.open();
        Callers.until("the queue is empty", () -> pool.stats().completed() == 2);
        pool.submit(() -> {});
        Callers.until("it is served", () -> pool.stats().completed() == 3);
        assertThat(pool.stats().rejected()).isEqualTo(5);
    }

    @Test
    void noMoreThanTheBoundAreEverQueuedOrActive() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2).maxQueued(2));
        AtomicBoolean ended = new AtomicBoolean();
        Caller<Integer> sampler = Callers.platform(() -> {
            int samples = 0;
            for (; !ended.get(); samples++) {
                ThreadPoolStats stats = pool.stats();
                InvariantChecker.assertPlausible(stats);
                assertThat(stats.queued() + stats.active()).as("%s", stats).isLessThanOrEqualTo(4);
                assertThat(stats.waiting()).as("%s", stats).isLessThanOrEqualTo(20);
            }
            return samples;
        });
        AtomicInteger ran = new AtomicInteger();
        List<Caller<Void>> callers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            callers.add(Callers.virtual(() -> {
                for (int n = 0; n < 40; n++) {
                    pool.submitCo(ran::incrementAndGet);
                }
                return null;
            }));
        }
        for (Caller<Void> caller : callers) {
            caller.result();
        }
        ended.set(true);
        assertThat(sampler.result()).isPositive();
        assertThat(ran.get()).isEqualTo(800);
    }

    @Test
    @Tag("slow")
    void aPoolThatIsIdleHasAllItsPlacesFree() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).maxQueued(0));
        for (int round = 0; round < 20_000; round++) {
            pool.submit(() -> {}); // not rejected
            assertThat(pool.awaitIdle(Duration.ofSeconds(30))).isTrue();
        }
        assertThat(pool.stats().completed()).isEqualTo(20_000);
    }
}
