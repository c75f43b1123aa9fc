package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class StatsTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @Test
    void theBoundsAreThoseOfTheBuilder() {
        ThreadPoolStats stats =
                pools.open(ThreadPool.builder().minThreads(2).maxThreads(5)).stats();
        assertThat(stats.minThreads()).isEqualTo(2);
        assertThat(stats.maxThreads()).isEqualTo(5);
    }

    @Test
    void everyRequestIsCountedUnderItsOneOutcome() throws Exception {
        ThreadPool pool = pools.open(
                ThreadPool.builder().maxThreads(1).maxQueued(2).uncaughtExceptionHandler((thread, failure) -> {}));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        AioRequest<Object> request = pool.submitAio(() -> null, (value, failure) -> {});
        assertThat(request.cancel()).isTrue();
        Callers.onVirtual(() -> {
            assertThatThrownBy(() -> pool.submitCo(() -> {}, Duration.ofNanos(1)))
                    .isInstanceOf(TimeoutException.class);
            return null;
        });
        pool.submit(() -> {
            throw new IllegalStateException("on purpose");
        });
        pool.submit(() -> {});
        assertThatThrownBy(() -> pool.submit(() -> {})).isInstanceOf(RejectedExecutionException.class);
        Callers.Caller<Integer> waiting = Callers.virtual(() -> pool.submitCo(() -> 42));
        Callers.until("it waits", () -> pool.stats().waiting() == 1);
        ThreadPoolStats before = pool.stats();
        assertThat(before.submitted()).isEqualTo(5);
        assertThat(before.active()).isEqualTo(1);
        assertThat(before.queued()).isEqualTo(2);
        assertThat(before.canceled()).isEqualTo(2);
        assertThat(before.timedOut()).isEqualTo(1);
        assertThat(before.rejected()).isEqualTo(1);
        InvariantChecker.assertBalanced(before);
        gate.open();
        assertThat(waiting.result()).isEqualTo(42);
        ThreadPoolStats after = pool.stats();
        assertThat(after.submitted()).isEqualTo(6);
        assertThat(after.completed()).isEqualTo(3);
        assertThat(after.failed()).isEqualTo(1);
        assertThat(after.canceled()).isEqualTo(2);
        assertThat(after.waiting()).isZero();
        assertThat(after.spawnFailures()).isZero();
        InvariantChecker.assertBalanced(after);
    }

    @Test
    void aRequestIsActiveBeforeItsWorkRuns() throws Exception {
        ThreadPool pool = pools.open();
        ThreadPoolStats within = Callers.onVirtual(() -> pool.submitCo(pool::stats));
        assertThat(within.active()).isEqualTo(1);
        assertThat(within.queued()).isZero();
        assertThat(within.completed()).isZero();
    }

    @Test
    void anOutcomeIsCountedBeforeItsCallerSeesIt() throws Exception {
        ThreadPool pool = pools.open();
        Callers.onVirtual(() -> {
            for (int i = 1; i <= 200; i++) {
                pool.submitCo(() -> {});
                assertThat(pool.stats().completed()).isEqualTo(i);
                assertThat(pool.stats().active()).isZero();
            }
            return null;
        });
    }

    @Test
    void anOutcomeIsCountedBeforeItsCallbackSeesIt() throws Exception {
        ThreadPool pool = pools.open();
        Outcome<ThreadPoolStats> outcome = new Outcome<>();
        pool.submitAio(
                () -> {
                    throw new IllegalStateException("on purpose");
                },
                (value, failure) -> outcome.accept(pool.stats(), failure));
        assertThat(outcome.value().failed()).isEqualTo(1);
        assertThat(outcome.value().active()).isZero();
    }

    @Test
    void anOutcomeIsCountedBeforeItsStateShowsIt() {
        ThreadPool pool = pools.open();
        for (int i = 1; i <= 50; i++) {
            AioRequest<Object> request = pool.submitAio(() -> null, (value, failure) -> {});
            while (request.state() != AioRequest.State.DONE) {
                Thread.yield();
            }
            assertThat(pool.stats().completed()).isEqualTo(i);
        }
    }

    @Test
    void nothingIsCountedForWhatIsRefused() throws Exception {
        ThreadPool pool = pools.open();
        assertThatThrownBy(() -> pool.submit(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> pool.submitAio(null, (value, failure) -> {})).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> pool.submitAio(() -> null, null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> pool.submitCo(() -> {})).isInstanceOf(WrongThreadException.class);
        assertThat(pool.stats().submitted()).isZero();
        assertThat(pool.stats().rejected()).isZero();
    }

    @Test
    void theCountersStayReadableAfterClose() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, failure) -> {}));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Outcome<Object> outcome = new Outcome<>();
        pool.submitAio(() -> null, outcome);
        Callers.until("it ends", () -> pool.close(Duration.ZERO));
        assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
        assertThat(pool.stats().submitted()).isEqualTo(2);
        assertThat(pool.stats().failed()).isEqualTo(1);
        assertThat(pool.stats().canceled()).isEqualTo(1);
        assertThatThrownBy(() -> pool.submit(() -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThat(pool.stats().rejected()).isEqualTo(1);
    }

    @Test
    void everyReadingIsPlausibleWhileRequestsMove() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().maxThreads(4).uncaughtExceptionHandler((thread, failure) -> {}));
        AtomicBoolean ended = new AtomicBoolean();
        Callers.Caller<Integer> sampler = Callers.platform(() -> {
            int samples = 0;
            for (; !ended.get(); samples++) {
                ThreadPoolStats stats = pool.stats();
                InvariantChecker.assertPlausible(stats);
                assertThat(stats.active()).as("%s", stats).isBetween(0, 4);
            }
            return samples;
        });
        for (int i = 0; i < 3_000; i++) {
            boolean fails = i % 3 == 0;
            pool.submit(() -> {
                if (fails) {
                    throw new IllegalStateException("on purpose");
                }
            });
            if (i % 4 == 0) {
                pool.submitAio(() -> null, (value, failure) -> {}).cancelAsync();
            }
        }
        pool.close();
        ended.set(true);
        assertThat(sampler.result()).isPositive();
        assertThat(pool.stats().failed()).isEqualTo(1_000);
    }
}
