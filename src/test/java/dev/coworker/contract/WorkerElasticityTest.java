package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many workers there are, and when. */
class WorkerElasticityTest {
    private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @Test
    void aFreshPoolHasNoWorkers() {
        assertThat(pools.open().stats().curThreads()).isZero();
    }

    @Test
    void requestsThatBlockBringUpTo64WorkersByDefault() throws Exception {
        ThreadPool pool = pools.open();
        Gate gate = new Gate();
        for (int i = 0; i < 70; i++) {
            pool.submit(gate::pass);
        }
        gate.awaitArrived(64);
        ThreadPoolStats stats = pool.stats();
        assertThat(stats.curThreads()).isEqualTo(64);
        assertThat(stats.active()).isEqualTo(64);
        assertThat(stats.queued()).isEqualTo(6);
        gate.open();
        gate.awaitArrived(6);
    }

    @Test
    void anIdleWorkerIsWokenBeforeAnotherIsStarted() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().idleTimeout(FOREVER));
        Thread first = Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
        Callers.until("the worker idles", () -> pool.stats().idleThreads() == 1);
        Thread second = Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
        assertThat(second).isSameAs(first);
        assertThat(pool.stats().curThreads()).isEqualTo(1);
    }

    @Test
    void theWorkerThatWentIdleLastIsWokenFirst() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(2).maxThreads(2));
        Gate first = new Gate();
        Gate last = new Gate();
        Thread[] worker = new Thread[2];
        pool.submit(() -> {
            worker[0] = Thread.currentThread();
            first.pass();
        });
        pool.submit(() -> {
            worker[1] = Thread.currentThread();
            last.pass();
        });
        first.awaitArrived(1);
        last.awaitArrived(1);
        first.open();
        Callers.until("one idles", () -> pool.stats().idleThreads() == 1);
        Await.parked(worker[0]);
        last.open();
        Callers.until("both idle", () -> pool.stats().idleThreads() == 2);
        Await.parked(worker[1]);
        assertThat(Callers.onVirtual(() -> pool.submitCo(Thread::currentThread)))
                .isSameAs(worker[1]);
    }

    @Test
    void aRequestBehindAllButOneBlockedWorkersGetsTheLastWorker() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        for (int round = 0; round < 10; round++) {
            Gate gate = new Gate();
            CountDownLatch ran = new CountDownLatch(1);
            for (int i = 0; i < 3; i++) {
                pool.submit(gate::pass);
            }
            pool.submit(ran::countDown);
            assertThat(ran.await(30, TimeUnit.SECONDS))
                    .as("round %s: %s", round, pool)
                    .isTrue();
            gate.open();
        }
    }

    @Test
    void eachOfManyRequestsThatBlockForOneAnotherGetsItsWorker() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(16));
        for (int round = 0; round < 10; round++) {
            CountDownLatch together = new CountDownLatch(16);
            for (int i = 0; i < 16; i++) {
                pool.submit(() -> {
                    together.countDown();
                    together.await();
                });
            }
            assertThat(together.await(30, TimeUnit.SECONDS))
                    .as("round %s: %s", round, pool)
                    .isTrue();
        }
    }

    @Test
    void requestsAreStartedInTheOrderOfTheirSubmission() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        List<Integer> started = Collections.synchronizedList(new ArrayList<>());
        Gate gate = new Gate();
        pool.submit(gate::pass);
        for (int i = 0; i < 100; i++) {
            int number = i;
            if (i % 2 == 0) {
                pool.submit(() -> started.add(number));
            } else {
                pool.submitAio(() -> started.add(number), (value, failure) -> {});
            }
        }
        gate.open();
        pool.close();
        assertThat(started).isEqualTo(IntStream.range(0, 100).boxed().toList());
    }

    @Test
    void aWorkerThatIdlesBeyondTheTimeoutEnds() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().idleTimeout(Duration.ofMillis(1)));
        Thread worker = Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
        worker.join(30_000);
        assertThat(worker.isAlive()).isFalse();
        assertThat(pool.stats().curThreads()).isZero();
    }

    @Test
    @Tag("slow")
    void aWorkerOfADefaultPoolIdlesForTenSeconds() throws Exception {
        ThreadPool pool = pools.open();
        Thread worker = Callers.onVirtual(() -> pool.submitCo(Thread::currentThread));
        long start = System.nanoTime();
        worker.join(30_000);
        assertThat(worker.isAlive()).isFalse();
        // the worker may have begun to idle before this thread read the clock
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofSeconds(9));
    }

    @Test
    void noRequestIsLostToAnIdleExit() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().idleTimeout(Duration.ZERO));
        int sum = Callers.onVirtual(() -> {
            int served = 0;
            for (int i = 0; i < 100; i++) {
                served += pool.submitCo(() -> 1);
            }
            return served;
        });
        assertThat(sum).isEqualTo(100);
    }

    @Test
    void minWorkersAreStartedWhenThePoolIsBuilt() {
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(3));
        Callers.until("three idle", () -> pool.stats().idleThreads() == 3);
        assertThat(pool.stats().curThreads()).isEqualTo(3);
    }

    @Test
    void minWorkersIdleWithoutATimeout() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().minThreads(1).maxThreads(3).idleTimeout(Duration.ofMillis(1)));
        List<Thread> workers = Collections.synchronizedList(new ArrayList<>());
        Gate gate = new Gate();
        for (int i = 0; i < 3; i++) {
            pool.submit(() -> {
                workers.add(Thread.currentThread());
                gate.pass();
            });
        }
        gate.awaitArrived(3);
        gate.open();
        Callers.until(
                "two end, and one waits for ever",
                () -> workers.stream().filter(Thread::isAlive).count() == 1
                        && workers.stream().anyMatch(worker -> worker.getState() == Thread.State.WAITING));
        assertThat(pool.stats().curThreads()).isEqualTo(1);
        assertThat(pool.stats().idleThreads()).isEqualTo(1);
        assertThat(Callers.onVirtual(() -> pool.submitCo(Thread::currentThread)))
                .isSameAs(workers.stream().filter(Thread::isAlive).findFirst().orElseThrow());
    }

    @Test
    void thereAreNeverMoreWorkersThanMax() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(3).idleTimeout(Duration.ofNanos(10_000)));
        AtomicBoolean ended = new AtomicBoolean();
        Callers.Caller<Integer> sampler = Callers.platform(() -> {
            int samples = 0;
            for (; !ended.get(); samples++) {
                ThreadPoolStats stats = pool.stats();
                InvariantChecker.assertPlausible(stats);
                assertThat(stats.curThreads()).as("%s", stats).isBetween(0, 3);
            }
            return samples;
        });
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        List<Callers.Caller<Void>> submitters = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            submitters.add(Callers.virtual(() -> {
                for (int n = 0; n < 50; n++) {
                    pool.submitCo(() -> {
                        most.accumulateAndGet(running.incrementAndGet(), Math::max);
                        Thread.yield();
                        running.decrementAndGet();
                    });
                }
                return null;
            }));
        }
        for (Callers.Caller<Void> submitter : submitters) {
            submitter.result();
        }
        ended.set(true);
        assertThat(sampler.result()).isPositive();
        assertThat(most.get()).isBetween(1, 3);
        assertThat(pool.stats().completed()).isEqualTo(400);
    }
}
