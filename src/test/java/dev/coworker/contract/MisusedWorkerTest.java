package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A thread factory that misuses the Runnable that it is given. */
class MisusedWorkerTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Log log = new Log();

    @AfterEach
    void closeLog() {
        log.close();
    }

    @Test
    void aRunWithinTheFactoryReturnsAtOnceAndServesNothing() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(worker -> {
            worker.run();
            return new Thread(worker);
        }));
        for (int i = 0; i < 3; i++) {
            assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        }
        assertThat(pool.stats().spawnFailures()).isZero();
    }

    @Test
    void aWorkerRunsOnceHoweverOftenItsThreadRunsIt() throws Exception {
        Gate ended = new Gate();
        ended.open();
        ThreadPool pool = pools.open(ThreadPool.builder()
                .idleTimeout(Duration.ZERO)
                .threadFactory(worker -> new Thread(() -> {
                    worker.run();
                    worker.run();
                    worker.run();
                    ended.passUninterruptibly();
                })));
        for (int i = 0; i < 5; i++) {
            assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
            ended.awaitArrived(1);
            assertThat(pool.stats().curThreads()).isZero();
        }
    }

    @Test
    void aRunFromAnotherThreadReturnsAtOnceAndTheWorkerIsStillWoken() throws Exception {
        AtomicReference<Runnable> worker = new AtomicReference<>();
        ThreadPool pool = pools.open(ThreadPool.builder()
                .minThreads(1)
                .maxThreads(1)
                .idleTimeout(Duration.ZERO)
                .threadFactory(given -> {
                    worker.set(given);
                    return new Thread(given);
                }));
        Thread thread = Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
        Callers.until("it waits for ever", () -> thread.getState() == Thread.State.WAITING);
        Callers.platform(() -> {
                    worker.get().run();
                    return null;
                })
                .result();
        assertThat(Callers.onVirtual(() -> pool.submitCo(Thread::currentThread)))
                .isSameAs(thread);
    }

    @Test
    void aRunFromAWorkReturnsAtOnce() throws Exception {
        AtomicReference<Runnable> worker = new AtomicReference<>();
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).threadFactory(given -> {
            worker.set(given);
            return new Thread(given);
        }));
        Callers.onVirtual(() -> {
            pool.submitCo(() -> worker.get().run());
            return null;
        });
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        assertThat(pool.stats().completed()).isEqualTo(2);
    }

    @Test
    void aWorkerMayRunOnAnotherThreadThanTheOneThatWasStarted() throws Exception {
        AtomicReference<Thread> other = new AtomicReference<>();
        ThreadPool pool = pools.open(ThreadPool.builder()
                .maxThreads(1)
                .threadFactory(worker -> new Thread(() -> {
                    Thread thread = new Thread(worker);
                    other.set(thread);
                    thread.start();
                })));
        for (int i = 0; i < 3; i++) {
            assertThat(Callers.onVirtual(() -> pool.submitCo(Thread::currentThread)))
                    .isSameAs(other.get());
        }
        pool.close();
        assertThat(other.get().isAlive()).isFalse();
    }

    @Test
    void aThreadThatEndsWithoutRunningTheWorkerIsAFailedStart() throws Exception {
        FailingFactory factory = new FailingFactory().failNext(worker -> new Thread(() -> {}));
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory));
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        assertThat(pool.stats().spawnFailures()).isEqualTo(1);
        assertThat(pool.stats().pendingThreads()).isZero();
    }

    @Test
    void aThreadThatEndsLaterWithoutRunningTheWorkerIsAFailedStartToo() throws Exception {
        Gate gate = new Gate();
        FailingFactory factory = new FailingFactory().failNext(worker -> new Thread(gate::passUninterruptibly));
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory));
        Callers.Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 42));
        gate.awaitArrived(1);
        Await.timer(Duration.ofMillis(30)); // it has been looked for, and it was early
        gate.open();
        assertThat(caller.result()).isEqualTo(42);
        assertThat(pool.stats().spawnFailures()).isEqualTo(1);
    }

    @Test
    void aThreadOfABurstThatEndsWithoutRunningItsWorkerIsReplaced() throws Exception {
        FailingFactory factory = new FailingFactory().failNext(Thread::new, worker -> new Thread(() -> {}));
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory));
        Gate gate = new Gate();
        for (int i = 0; i < 3; i++) {
            pool.submit(gate::pass);
        }
        gate.awaitArrived(3);
        gate.open();
        assertThat(pool.stats().spawnFailures()).isEqualTo(1);
    }

    @Test
    void aThreadWhoseStartDoesNothingIsAFailedStart() throws Exception {
        FailingFactory factory = new FailingFactory().failNext(worker -> new Thread(worker) {
            @Override
            public void start() {}
        });
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory));
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        assertThat(pool.stats().spawnFailures()).isEqualTo(1);
        assertThat(pool.stats().pendingThreads()).isZero();
    }
}
