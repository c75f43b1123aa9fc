package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A worker's thread cannot be started: nothing is lost, one warning is logged, and the start is retried. */
class StartFailureTest {
    enum Failure implements ThreadFactory {
        THROWS_AN_EXCEPTION {
            @Override
            public Thread newThread(Runnable worker) {
                throw new IllegalStateException("no thread today");
            }
        },
        THROWS_AN_ERROR {
            @Override
            public Thread newThread(Runnable worker) {
                throw new LinkageError("no thread today");
            }
        },
        RUNS_OUT_OF_MEMORY {
            @Override
            public Thread newThread(Runnable worker) {
                return FailingFactory.outOfMemory(worker);
            }
        },
        RETURNS_NULL {
            @Override
            public Thread newThread(Runnable worker) {
                return null;
            }
        },
        RETURNS_A_VIRTUAL_THREAD {
            @Override
            public Thread newThread(Runnable worker) {
                return Thread.ofVirtual().unstarted(worker);
            }
        },
        RETURNS_A_STARTED_THREAD {
            @Override
            public Thread newThread(Runnable worker) {
                Thread started = new Thread(worker);
                started.start();
                return started;
            }
        },
        RETURNS_A_THREAD_THAT_HAS_ENDED {
            @Override
            public Thread newThread(Runnable worker) {
                Thread ended = new Thread(worker);
                ended.start();
                try {
                    ended.join();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                return ended;
            }
        },
        RETURNS_THE_CALLING_THREAD {
            @Override
            public Thread newThread(Runnable worker) {
                return Thread.currentThread();
            }
        },
        RETURNS_A_THREAD_WHOSE_START_THROWS {
            @Override
            public Thread newThread(Runnable worker) {
                return new Thread(worker) {
                    @Override
                    public void start() {
                        FailingFactory.outOfMemory(this);
                    }
                };
            }
        }
    }

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Log log = new Log();
    private final FailingFactory factory = new FailingFactory();

    @AfterEach
    void heal() {
        factory.heal();
        log.close();
    }

    private List<LogRecord> warnings(ThreadPool pool) {
        return log.records().stream()
                .filter(record -> record.getLevel() == Level.WARNING)
                .filter(record -> record.getMessage().startsWith(pool.name() + " "))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void aStartThatFailsOnceIsCountedAndLosesNothing(Failure failure) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory.failNext(failure)));
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        ThreadPoolStats stats = pool.stats();
        assertThat(stats.spawnFailures()).isEqualTo(1);
        assertThat(stats.curThreads()).isEqualTo(1);
        assertThat(stats.newThreads()).isZero();
        assertThat(stats.pendingThreads()).isZero();
        assertThat(factory.calls()).isEqualTo(2);
    }

    @ParameterizedTest
    @EnumSource
    void aBurstWhoseStartsFailForAWhileIsServedAfterThat(Failure failure) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory.fail(failure)));
        Gate gate = new Gate();
        for (int i = 0; i < 8; i++) {
            pool.submit(gate::pass);
        }
        Callers.until("three have failed", () -> pool.stats().spawnFailures() >= 3);
        assertThat(pool.stats().queued()).isEqualTo(8);
        factory.heal();
        gate.awaitArrived(8);
        // a worker that saw two requests waiting may start two others, which then find nothing
        assertThat(pool.stats().curThreads()).isBetween(8, 10);
        gate.open();
    }

    @ParameterizedTest
    @EnumSource
    void aBurstOfFailuresIsLoggedOnceWithItsCause(Failure failure) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory.fail(failure)));
        for (int i = 0; i < 4; i++) {
            pool.submit(() -> {});
        }
        Callers.until("three have failed", () -> pool.stats().spawnFailures() >= 3);
        Callers.until("it is logged", () -> !warnings(pool).isEmpty());
        assertThat(warnings(pool)).singleElement().satisfies(warning -> {
            assertThat(warning.getMessage()).contains("could not start a worker");
            assertThat(warning.getThrown()).isNotNull();
        });
        factory.heal();
        pool.close();
        assertThat(warnings(pool)).hasSize(1);
    }

    @Test
    void theNextBurstIsLoggedAgain() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory));
        Gate gate = new Gate();
        for (int burst = 1; burst <= 3; burst++) {
            factory.failNext(FailingFactory::outOfMemory, FailingFactory::outOfMemory);
            pool.submit(gate::pass);
            gate.awaitArrived(1);
            int logged = burst;
            Callers.until("it is logged", () -> warnings(pool).size() >= logged);
        }
        assertThat(warnings(pool)).hasSize(3);
        assertThat(pool.stats().spawnFailures()).isEqualTo(6);
        gate.open();
    }

    @Test
    void aThreadThatTheFactoryStartedItselfNeverServes() throws Exception {
        Gate ended = new Gate();
        ended.open();
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory.failNext(worker -> {
            Thread started = new Thread(() -> {
                worker.run();
                ended.passUninterruptibly();
            });
            started.start();
            return started;
        })));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        ended.awaitArrived(1);
        gate.awaitArrived(1);
        assertThat(pool.stats().curThreads()).isEqualTo(1);
        assertThat(pool.stats().spawnFailures()).isEqualTo(1);
        gate.open();
    }

    @Test
    void aThreadWhoseStartThrowsAfterItHasStartedItIsNotLostAndServesNothingTwice() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory.failNext(worker -> new Thread(worker) {
            @Override
            public void start() {
                super.start();
                throw new IllegalStateException("too late");
            }
        })));
        AtomicInteger runs = new AtomicInteger();
        for (int i = 0; i < 3; i++) {
            assertThat(Callers.onVirtual(() -> pool.submitCo(runs::incrementAndGet)))
                    .isEqualTo(i + 1);
        }
        pool.close();
        assertThat(runs.get()).isEqualTo(3);
    }

    @Test
    void workersThatLiveServeWhatIsQueued() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().minThreads(1).maxThreads(4).threadFactory(factory));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        factory.fail(FailingFactory::outOfMemory);
        Callers.Caller<Thread> first = Callers.virtual(() -> pool.submitCo(Thread::currentThread));
        Callers.Caller<Thread> second = Callers.virtual(() -> pool.submitCo(Thread::currentThread));
        Callers.until("starts fail", () -> pool.stats().spawnFailures() > 0);
        gate.open();
        assertThat(first.result()).isSameAs(second.result());
        Callers.until("it is the only one", () -> pool.stats().curThreads() == 1);
    }

    @Test
    void startWithinExpiresAlsoWhereNoWorkerCanBeStarted() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(factory.fail(FailingFactory::outOfMemory)));
        Callers.onVirtual(() -> {
            assertThatThrownBy(() -> pool.submitCo(() -> 42, Duration.ofMillis(5)))
                    .isInstanceOf(TimeoutException.class);
            return null;
        });
        assertThat(pool.stats().timedOut()).isEqualTo(1);
        assertThat(pool.stats().queued()).isZero();
    }
}
