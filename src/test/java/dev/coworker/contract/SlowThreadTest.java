package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Threads of a factory that are started, and do not arrive for long. */
class SlowThreadTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate slow = new Gate();
    private final AtomicInteger threads = new AtomicInteger();

    private ThreadPool openWithSlowThreads(int count, int maxThreads) {
        return pools.open(ThreadPool.builder()
                .maxThreads(maxThreads)
                .threadFactory(worker -> new Thread(() -> {
                    if (threads.incrementAndGet() <= count) {
                        runLate(worker);
                    } else {
                        worker.run();
                    }
                })));
    }

    @Test
    void othersAreStartedInItsPlace() throws Exception {
        ThreadPool pool = openWithSlowThreads(1, 64);
        Gate gate = new Gate();
        for (int i = 0; i < 10; i++) {
            pool.submit(gate::pass);
        }
        gate.awaitArrived(10);
        assertThat(pool.stats().pendingThreads()).isEqualTo(1);
        assertThat(pool.stats().spawnFailures()).isZero();
        gate.open();
        slow.open();
        Callers.until("it arrives after all", () -> pool.stats().pendingThreads() == 0);
    }

    @Test
    void severalAreReplacedOneAfterTheOther() throws Exception {
        ThreadPool pool = openWithSlowThreads(3, 64);
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        assertThat(threads).hasValue(4);
        slow.open();
    }

    @Test
    void theyCountAgainstTheMaximumAndServeWhenTheyArrive() throws Exception {
        ThreadPool pool = openWithSlowThreads(2, 2);
        Callers.Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 42));
        slow.awaitArrived(2); // the second in place of the first
        assertThat(pool.stats().curThreads()).isEqualTo(2);
        slow.open();
        assertThat(caller.result()).isEqualTo(42);
        assertThat(threads).hasValue(2);
    }

    /** The timer starts the second worker, since the first one has not come to do it. */
    @Test
    void itIsReplacedAlsoAfterTheTimerHasFailedToStartAnother() throws Exception {
        CompletableFuture<ThreadPool> opened = new CompletableFuture<>();
        ThreadPool pool =
                pools.open(ThreadPool.builder().minThreads(2).maxThreads(4).threadFactory(worker -> {
                    int number = threads.incrementAndGet();
                    if (number == 2) {
                        opened.join().resize(0, 4); // so the retry has nothing to start
                        throw new OutOfMemoryError("no thread");
                    }
                    return number == 1 ? new Thread(() -> runLate(worker)) : new Thread(worker);
                }));
        opened.complete(pool);
        Callers.until("the second start fails", () -> pool.stats().spawnFailures() == 1);
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        assertThat(pool.stats().pendingThreads()).isOne();
        slow.open();
    }

    @Test
    void oneThatWasReplacedAndEndsWithoutRunningTheWorkerHasFailed() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder()
                .threadFactory(worker ->
                        threads.incrementAndGet() == 1 ? new Thread(slow::passUninterruptibly) : new Thread(worker)));
        assertThat(Callers.<Integer>onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        assertThat(pool.stats().pendingThreads()).isOne();
        slow.open();
        Callers.until("the timer finds out", () -> pool.stats().spawnFailures() == 1);
        assertThat(pool.stats().pendingThreads()).isZero();
        assertThat(Callers.<Integer>onVirtual(() -> pool.submitCo(() -> 43))).isEqualTo(43);
    }

    private void runLate(Runnable worker) {
        slow.passUninterruptibly();
        worker.run();
    }

    /** The timer takes it for slow. When it looks at the thread, that has served and ended. */
    @Test
    void aThreadThatEndsWhileTheTimerLooksAtItHasNotFailed() throws Exception {
        CountDownLatch looked = new CountDownLatch(1);
        ThreadPool pool =
                pools.open(ThreadPool.builder().idleTimeout(Duration.ZERO).threadFactory(worker -> new Thread(worker) {
                    @Override
                    public void run() {
                        try {
                            looked.await();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                        super.run();
                    }

                    @Override
                    public State getState() {
                        if (Thread.currentThread().getName().startsWith("coworker-timer")) {
                            looked.countDown();
                            try {
                                join();
                            } catch (InterruptedException e) {
                                throw new AssertionError(e);
                            }
                        }
                        return super.getState();
                    }
                }));
        for (int i = 0; i < 3; i++) {
            assertThat(Callers.<Integer>onVirtual(() -> pool.submitCo(() -> 42)))
                    .isEqualTo(42);
        }
        assertThat(pool.close(Duration.ofSeconds(20))).isTrue();
        assertThat(looked.getCount()).isZero();
        assertThat(pool.stats().spawnFailures()).isZero();
        assertThat(pool.stats().pendingThreads()).isZero();
    }
}
