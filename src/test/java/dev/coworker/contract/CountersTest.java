package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A request is counted before its state, its outcome or its callback can be seen. */
class CountersTest {
    private static final int ROUNDS = 300;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();

    private static void throwIo() throws IOException {
        throw new IOException("failed");
    }

    @Test
    void workThatRunsIsCountedAsSubmittedAndActive() throws Exception {
        ThreadPool pool = pools.open();
        for (int i = 1; i <= ROUNDS; i++) {
            ThreadPoolStats co = Callers.onVirtual(() -> pool.submitCo(pool::stats));
            assertThat(co.active()).isPositive();
            assertThat(co.queued()).isZero();
            assertThat(co.submitted()).isGreaterThan(co.completed());
        }
        Outcome<ThreadPoolStats> aio = new Outcome<>();
        pool.submitAio(pool::stats, aio);
        assertThat(aio.value().active()).isOne();
        Outcome<ThreadPoolStats> plain = new Outcome<>();
        pool.submit(() -> plain.accept(pool.stats(), null));
        assertThat(plain.value().active()).isOne();
    }

    @Test
    void aValueIsCountedBeforeItsCallerHasIt() throws Exception {
        ThreadPool pool = pools.open();
        Callers.onVirtual(() -> {
            for (int i = 1; i <= ROUNDS; i++) {
                pool.submitCo(() -> null);
                ThreadPoolStats stats = pool.stats();
                assertThat(stats.completed()).isEqualTo(i);
                assertThat(stats.active()).isZero();
            }
            return null;
        });
    }

    @Test
    void aFailureIsCountedBeforeItsCallerHasIt() throws Exception {
        ThreadPool pool = pools.open();
        Callers.onVirtual(() -> {
            for (int i = 1; i <= ROUNDS; i++) {
                try {
                    pool.submitCo(CountersTest::throwIo);
                } catch (IOException e) {
                    assertThat(pool.stats().failed()).isEqualTo(i);
                    assertThat(pool.stats().active()).isZero();
                }
            }
            return null;
        });
        assertThat(pool.stats().failed()).isEqualTo(ROUNDS);
    }

    @Test
    void anOutcomeIsCountedBeforeTheStateShowsIt() {
        ThreadPool pool = pools.open();
        for (int i = 1; i <= ROUNDS; i++) {
            AioRequest<String> request = pool.submitAio(() -> "done", (value, failure) -> {});
            while (request.state() != State.DONE) {
                Thread.onSpinWait();
            }
            assertThat(pool.stats().completed()).isEqualTo(i);
        }
    }

    @Test
    void anOutcomeIsCountedBeforeTheCallback() throws Exception {
        ThreadPool pool = pools.open();
        Outcome<ThreadPoolStats> completed = new Outcome<>();
        pool.submitAio(() -> "done", (value, failure) -> completed.accept(pool.stats(), failure));
        assertThat(completed.value().completed()).isOne();
        assertThat(completed.value().active()).isZero();
        Outcome<ThreadPoolStats> failed = new Outcome<>();
        pool.submitAio(
                () -> {
                    throw new IOException("failed");
                },
                (value, failure) -> failed.accept(pool.stats(), failure));
        assertThat(failed.value().failed()).isOne();
        assertThat(failed.value().active()).isZero();
    }

    @Test
    void aCancellationIsCountedBeforeTheStateAndTheCallback() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        AtomicReference<AioRequest<String>> current = new AtomicReference<>();
        AtomicBoolean over = new AtomicBoolean();
        Caller<Integer> watcher = Callers.platform(() -> {
            int sightings = 0;
            while (!over.get()) {
                AioRequest<String> request = current.get();
                if (request != null && request.state() == State.CANCELED) {
                    assertThat(pool.stats().canceled()).isGreaterThan(sightings);
                    assertThat(pool.stats().queued()).isZero();
                    current.set(null);
                    sightings++;
                }
            }
            return sightings;
        });
        for (int i = 1; i <= ROUNDS; i++) {
            Outcome<Long> counted = new Outcome<>();
            AioRequest<String> request = pool.submitAio(
                    () -> "never",
                    (value, failure) -> counted.accept(pool.stats().canceled(), failure));
            current.set(request);
            request.cancel();
            assertThat(counted.value()).isEqualTo(i);
            Callers.until("seen", () -> current.get() == null || watcher.isDone());
        }
        over.set(true);
        assertThat(watcher.result()).isEqualTo(ROUNDS);
        gate.open();
    }

    @Test
    void aTimeoutIsCountedBeforeItsCallerHasIt() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Callers.onVirtual(() -> {
            for (int i = 1; i <= ROUNDS; i++) {
                try {
                    pool.submitCo(() -> null, Duration.ofNanos(i % 2));
                } catch (TimeoutException e) {
                    ThreadPoolStats stats = pool.stats();
                    assertThat(stats.timedOut()).isEqualTo(i);
                    assertThat(stats.canceled()).isEqualTo(i);
                    assertThat(stats.submitted()).isEqualTo(i + 1);
                }
            }
            return null;
        });
        assertThat(pool.stats().timedOut()).isEqualTo(ROUNDS);
        gate.open();
    }

    @Test
    void aReadingBalancesAndNeverShowsMoreActiveThanWorkers() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(3).uncaughtExceptionHandler((thread, e) -> {}));
        AtomicBoolean over = new AtomicBoolean();
        Caller<ThreadPoolStats> watcher = Callers.platform(() -> {
            ThreadPoolStats stats;
            do {
                stats = pool.stats();
                InvariantChecker.assertPlausible(stats);
                assertThat(stats.active()).as("%s", stats).isLessThanOrEqualTo(3);
                assertThat(stats.completed() + stats.failed() + stats.canceled() + stats.queued() + stats.active())
                        .as("%s", stats)
                        .isEqualTo(stats.submitted());
            } while (!over.get());
            return stats;
        });
        for (int i = 0; i < 5_000; i++) {
            if (i % 3 == 0) {
                pool.submit(CountersTest::throwIo);
            } else {
                AioRequest<String> request = pool.submitAio(() -> "done", (value, failure) -> {});
                if (i % 3 == 1) {
                    request.cancelAsync();
                }
            }
        }
        over.set(true);
        watcher.result();
        pool.close();
        InvariantChecker.assertBalanced(pool.stats());
        assertThat(pool.stats().submitted()).isEqualTo(5_000);
    }
}
