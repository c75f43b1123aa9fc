package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When a start that failed is tried again, and what becomes of min, resize and close meanwhile. */
class StartRetryTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Log log = new Log();
    private final FailingFactory factory = new FailingFactory();

    @AfterEach
    void heal() {
        factory.heal();
        log.close();
    }

    private ThreadPool openFailing() {
        return pools.open(ThreadPool.builder().threadFactory(factory.fail(FailingFactory::outOfMemory)));
    }

    private static void untilFailed(ThreadPool pool, long times) {
        Callers.until(times + " starts failed", () -> pool.stats().spawnFailures() >= times);
    }

    @Test
    void theDelayDoublesFromOneMillisecond() throws Exception {
        ThreadPool pool = openFailing();
        long since = System.nanoTime();
        pool.submit(() -> {});
        untilFailed(pool, 7);
        // 1 + 2 + 4 + 8 + 16 + 32 ms lie between the first and the seventh
        assertThat(System.nanoTime() - since).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(63));
    }

    @Test
    void aSuccessResetsTheDelay() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory));
        for (int i = 0; i < 8; i++) {
            factory.failNext(FailingFactory::outOfMemory);
        }
        factory.failNext(Thread::new, FailingFactory::outOfMemory);
        Gate gate = new Gate();
        pool.submit(gate::pass);
        pool.submit(gate::pass);
        Callers.until(
                "the second burst is logged",
                () -> log.records().stream()
                                .filter(record -> record.getMessage().startsWith(pool.name() + " could not start"))
                                .count()
                        == 2);
        Callers.until("it is tried again", () -> factory.calls() == 11);
        gate.awaitArrived(2);
        gate.open();
    }

    @Test
    void aFailedStartOfMinWorkersIsTriedAgain() {
        factory.failNext(FailingFactory::outOfMemory, Thread::new, FailingFactory::outOfMemory);
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(3).threadFactory(factory));
        Callers.until("three idle", () -> pool.stats().idleThreads() == 3);
        assertThat(pool.stats().spawnFailures()).isEqualTo(2);
        assertThat(pool.stats().curThreads()).isEqualTo(3);
    }

    @Test
    void aFailedStartOfARaisedMinIsTriedAgain() {
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory));
        factory.failNext(FailingFactory::outOfMemory, FailingFactory::outOfMemory);
        pool.resize(2, 2);
        Callers.until("two idle", () -> pool.stats().idleThreads() == 2);
        assertThat(pool.stats().spawnFailures()).isEqualTo(2);
    }

    @Test
    void nothingIsTriedAgainWhenNothingNeedsAWorker() throws Exception {
        ThreadPool pool = openFailing();
        AioRequest<Object> request = pool.submitAio(() -> null, (value, failure) -> {});
        untilFailed(pool, 1);
        assertThat(request.cancel()).isTrue();
        Await.timer(Duration.ZERO);
        long before = pool.stats().spawnFailures();
        Await.timer(Duration.ofMillis(40));
        assertThat(pool.stats().spawnFailures()).isEqualTo(before);
        factory.heal();
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
    }

    @Test
    void closeTriesAgainUntilWhatIsQueuedIsServed() throws Exception {
        ThreadPool pool = openFailing();
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 5; i++) {
            pool.submit(ran::incrementAndGet);
        }
        untilFailed(pool, 1);
        Callers.Caller<Void> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Callers.until("it closes", () -> pool.toString().contains("Closing"));
        untilFailed(pool, pool.stats().spawnFailures() + 3);
        assertThat(closer.isDone()).isFalse();
        factory.heal();
        closer.result();
        assertThat(ran.get()).isEqualTo(5);
        InvariantChecker.assertClosed(pool);
    }

    @Test
    void closeWithADurationCancelsWhatNoWorkerCanBeStartedFor() throws Exception {
        ThreadPool pool = openFailing();
        Outcome<Object> outcome = new Outcome<>();
        pool.submitAio(() -> null, outcome);
        Callers.Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 42));
        Callers.until("both queued", () -> pool.stats().queued() == 2);
        untilFailed(pool, 1);
        Callers.until("it ends", () -> pool.close(Duration.ofMillis(5)));
        assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
        assertThat(caller.failure()).isInstanceOf(CancellationException.class);
        InvariantChecker.assertClosed(pool);
    }

    @Test
    void aClosedPoolTriesNothingAgain() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().minThreads(2).threadFactory(factory.fail(FailingFactory::outOfMemory)));
        untilFailed(pool, 2);
        pool.close();
        long before = pool.stats().spawnFailures();
        factory.heal();
        Await.timer(Duration.ofMillis(20));
        assertThat(pool.stats().spawnFailures()).isEqualTo(before);
        InvariantChecker.assertClosed(pool);
    }

    @Test
    void minWorkersThatCannotBeStartedDoNotKeepAPoolFromClosing() {
        ThreadPool pool =
                pools.open(ThreadPool.builder().minThreads(2).threadFactory(factory.fail(FailingFactory::outOfMemory)));
        untilFailed(pool, 1);
        pool.close();
        InvariantChecker.assertClosed(pool);
    }
}
