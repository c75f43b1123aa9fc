package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Foreign code blocks the thread on which the JDK runs the dependents of {@code orTimeout}. */
class BlockedJdkTimerTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate blocked = new Gate();
    private final Log log = new Log();

    @BeforeEach
    void block() throws Exception {
        new CompletableFuture<Void>().orTimeout(1, TimeUnit.MILLISECONDS).exceptionally(timeout -> {
            blocked.passUninterruptibly();
            return null;
        });
        blocked.awaitArrived(1);
    }

    @AfterEach
    void unblock() {
        blocked.open();
        log.close();
    }

    /** The best of several, since the machine may be busy. */
    @Test
    void aFailedStartIsRetriedWithinAHundredMillisecondsAllTheSame() throws Exception {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 10; i++) {
            FailingFactory factory = new FailingFactory().failNext(FailingFactory::outOfMemory);
            ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory));
            Gate ran = new Gate();
            ran.open();
            long since = System.nanoTime();
            pool.submit(ran::pass);
            ran.awaitArrived(1);
            best = Math.min(best, System.nanoTime() - since);
            assertThat(pool.stats().spawnFailures()).isOne();
        }
        assertThat(best).isLessThan(TimeUnit.MILLISECONDS.toNanos(100));
    }

    @Test
    void aDeadlineForTheStartIsKeptAllTheSame() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Gate busy = new Gate();
        pool.submit(busy::pass);
        busy.awaitArrived(1);
        assertThat(Callers.virtual(() -> pool.submitCo(() -> 42, Duration.ofMillis(5)))
                        .failure())
                .isInstanceOf(TimeoutException.class);
        busy.open();
    }
}
