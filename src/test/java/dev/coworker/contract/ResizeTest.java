package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResizeTest {
    private static final Duration FOREVER = Duration.ofSeconds(Long.MAX_VALUE);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    /** A pool of so many workers, all of them idle. */
    private ThreadPool openIdle(int workers) throws InterruptedException {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(workers).idleTimeout(FOREVER));
        Gate gate = new Gate();
        for (int i = 0; i < workers; i++) {
            pool.submit(gate::pass);
        }
        gate.awaitArrived(workers);
        gate.open();
        Callers.until("all idle", () -> pool.stats().idleThreads() == workers);
        return pool;
    }

    @Test
    void queuedRequestsGetTheWorkersThatARaisedMaxAllows() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        for (int i = 0; i < 5; i++) {
            pool.submit(gate::pass);
        }
        gate.awaitArrived(1);
        pool.resize(0, 4);
        gate.awaitArrived(3);
        assertThat(pool.stats().curThreads()).isEqualTo(4);
        assertThat(pool.stats().queued()).isEqualTo(1);
        gate.open();
    }

    @Test
    void idleWorkersAboveALoweredMaxEndAtOnce() throws Exception {
        ThreadPool pool = openIdle(4);
        pool.resize(0, 1);
        assertThat(pool.stats().curThreads()).isEqualTo(1);
        assertThat(pool.stats().idleThreads()).isEqualTo(1);
        Callers.until(
                "three threads ended",
                () -> Thread.getAllStackTraces().keySet().stream()
                                .filter(thread -> thread.getName().startsWith(pool.name() + "-"))
                                .count()
                        == 1);
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
    }

    @Test
    void busyWorkersAboveALoweredMaxEndAfterTheirRequest() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(3).idleTimeout(FOREVER));
        Gate gate = new Gate();
        for (int i = 0; i < 3; i++) {
            pool.submit(gate::pass);
        }
        gate.awaitArrived(3);
        pool.resize(0, 1);
        assertThat(pool.stats().curThreads()).isEqualTo(3);
        assertThat(pool.stats().active()).isEqualTo(3);
        gate.open();
        Callers.until("one is left", () -> pool.stats().curThreads() == 1);
        Callers.until("all done", () -> pool.stats().completed() == 3);
    }

    @Test
    void busyWorkersAboveALoweredMaxTakeNoFurtherRequest() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(3).idleTimeout(FOREVER));
        Gate gate = new Gate();
        for (int i = 0; i < 3; i++) {
            pool.submit(gate::pass);
        }
        gate.awaitArrived(3);
        List<Thread> workers = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 10; i++) {
            pool.submit(() -> workers.add(Thread.currentThread()));
        }
        pool.resize(0, 1);
        gate.open();
        Callers.until("all done", () -> pool.stats().completed() == 13);
        assertThat(workers).hasSize(10);
        assertThat(workers).containsOnly(workers.get(0));
    }

    @Test
    void noRequestStartsBeforeEnoughWorkersAboveALoweredMaxAreGone() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(3));
        Gate two = new Gate();
        Gate one = new Gate();
        pool.submit(two::pass);
        pool.submit(two::pass);
        pool.submit(one::pass);
        two.awaitArrived(2);
        one.awaitArrived(1);
        pool.resize(0, 1);
        Gate queued = new Gate();
        queued.open();
        pool.submit(queued::pass);
        two.open();
        Callers.until("two are gone", () -> pool.stats().curThreads() == 1);
        assertThat(pool.stats().queued()).isEqualTo(1);
        one.open();
        queued.awaitArrived(1);
    }

    /** One worker is woken, and wakes the two others. */
    @Test
    void requestsThatBecomeReadyAtOnceWakeAsManyWorkersAsTheyAre() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().minThreads(4).maxThreads(4).idleTimeout(Duration.ofHours(1)));
        Slice slice = pool.slice("slice", 1);
        Gate gate = new Gate();
        Callers.until("all idle", () -> pool.stats().idleThreads() == 4);
        for (int i = 0; i < 4; i++) {
            slice.submit(gate::passUninterruptibly);
        }
        gate.awaitArrived(1);
        slice.resize(0, 4);
        gate.awaitArrived(3);
        gate.open();
    }

    @Test
    void aRaisedMinIsStarted() {
        ThreadPool pool = pools.open();
        pool.resize(3, 5);
        Callers.until("three idle", () -> pool.stats().idleThreads() == 3);
        assertThat(pool.stats().curThreads()).isEqualTo(3);
    }

    @Test
    void aRaisedMinCountsTheWorkersThatExist() throws Exception {
        ThreadPool pool = openIdle(2);
        pool.resize(3, 5);
        Callers.until("one more", () -> pool.stats().idleThreads() == 3);
        assertThat(pool.stats().curThreads()).isEqualTo(3);
    }

    @Test
    void workersBelowALoweredMinWhoseIdleTimeIsOverEnd() {
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(3).idleTimeout(Duration.ofMillis(1)));
        Callers.until(
                "all three wait for ever",
                () -> Thread.getAllStackTraces().keySet().stream()
                                .filter(thread -> thread.getName().startsWith(pool.name() + "-"))
                                .filter(thread -> thread.getState() == Thread.State.WAITING)
                                .count()
                        == 3);
        pool.resize(1, 3);
        Callers.until("two end", () -> pool.stats().curThreads() == 1);
    }

    @ParameterizedTest
    @CsvSource({"-1, 1, minThreads, -1", "0, 0, maxThreads, 0", "-7, -9, minThreads, -7", "3, 2, minThreads, 3 > 2"})
    void boundsOutOfRangeAreNamedAndChangeNothing(int min, int max, String parameter, String value) {
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(1).maxThreads(2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> pool.resize(min, max))
                .withMessageContaining(parameter)
                .withMessageContaining(value);
        assertThat(pool.stats().minThreads()).isEqualTo(1);
        assertThat(pool.stats().maxThreads()).isEqualTo(2);
    }

    @Test
    void aClosedPoolIsNotResized() {
        ThreadPool pool = pools.open();
        pool.close();
        pool.resize(2, 3);
        assertThat(pool.stats().curThreads()).isZero();
        assertThat(pool.stats().maxThreads()).isEqualTo(64);
    }

    @Test
    void noWorkerThatBecomesIdleStaysAboveALoweredMax() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().idleTimeout(FOREVER));
        for (int round = 0; round < 150; round++) {
            pool.resize(3, 3);
            for (int i = 0; i < 3; i++) {
                pool.submit(() -> {});
            }
            pool.resize(0, 1);
            Callers.until("all but one are gone", () -> pool.stats().curThreads() <= 1);
        }
    }

    @Test
    @Tag("slow")
    void aPoolThatTwoThreadsResizeAcceptsAsManyAsItHasWorkers() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).maxQueued(0));
        CyclicBarrier start = new CyclicBarrier(2);
        for (int round = 0; round < 2_000; round++) {
            Callers.Caller<Void> other = Callers.platform(() -> {
                start.await();
                pool.resize(0, 2);
                return null;
            });
            start.await();
            pool.resize(0, 1);
            other.result();

            Gate gate = new Gate();
            int accepted = 0;
            try {
                for (; ; accepted++) {
                    pool.submit(gate::pass);
                }
            } catch (RejectedExecutionException e) {
                assertThat(accepted)
                        .as("round %d", round)
                        .isEqualTo(pool.stats().maxThreads());
            }
            gate.open();
            pool.awaitIdle(FOREVER);
        }
    }

    @Test
    void bothBoundsChangeInOneStep() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(0).maxThreads(1));
        AtomicBoolean ended = new AtomicBoolean();
        Callers.Caller<Void> sampler = Callers.platform(() -> {
            while (!ended.get()) {
                ThreadPoolStats stats = pool.stats();
                InvariantChecker.assertPlausible(stats);
                assertThat(List.of(stats.minThreads(), stats.maxThreads())).isIn(List.of(0, 1), List.of(2, 3));
            }
            return null;
        });
        for (int i = 0; i < 100; i++) {
            pool.resize(2, 3);
            pool.resize(0, 1);
        }
        ended.set(true);
        sampler.result();
    }

    @Test
    void noRequestIsLostToAStormOfResizes() throws Exception {
        long seed = Long.getLong("test.seed", System.nanoTime());
        ThreadPool pool = pools.open(ThreadPool.builder().idleTimeout(Duration.ofNanos(50_000)));
        AtomicBoolean ended = new AtomicBoolean();
        Callers.Caller<Void> resizer = Callers.platform(() -> {
            Random random = new Random(seed);
            while (!ended.get()) {
                int max = 1 + random.nextInt(6);
                pool.resize(random.nextInt(max + 1), max);
                InvariantChecker.assertPlausible(pool.stats());
                Thread.yield();
            }
            return null;
        });
        AtomicInteger ran = new AtomicInteger();
        List<Callers.Caller<Void>> submitters = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            submitters.add(Callers.virtual(() -> {
                for (int n = 0; n < 50; n++) {
                    pool.submitCo(ran::incrementAndGet);
                }
                return null;
            }));
        }
        for (Callers.Caller<Void> submitter : submitters) {
            submitter.result();
        }
        ended.set(true);
        resizer.result();
        assertThat(ran.get()).as("seed %s", seed).isEqualTo(400);
    }
}
