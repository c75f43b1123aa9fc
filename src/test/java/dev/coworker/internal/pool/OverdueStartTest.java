package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.contract.Callers;
import dev.coworker.contract.Callers.Caller;
import dev.coworker.contract.FailingFactory;
import dev.coworker.contract.Gate;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When the timer looks after starts, and what it finds. */
class OverdueStartTest {
    private static final Duration UNPOLLED =
            Duration.ofMillis(500); // later comes the look at a loop that is not polled

    @RegisterExtension
    final TimedPool timed = new TimedPool();

    private final Gate gate = new Gate();
    private final FailingFactory failing = new FailingFactory();
    private Pool pool;

    private Object pass() throws InterruptedException {
        gate.pass();
        return null;
    }

    /** The starter reads the real clock, and this thread may lose its processor between two readings. */
    @Test
    void aLookThatComesTooEarlyComesAgainWhenTheTimeIsOver() {
        for (boolean early = false; !early; ) {
            pool = timed.open(0, 4, failing);
            int calls = failing.calls();
            long since = System.nanoTime();
            timed.submit(() -> null);
            timed.timer.advance(TimedPool.OVERDUE);
            early = System.nanoTime() - since < TimedPool.OVERDUE.toNanos();
            if (early) {
                assertThat(failing.calls()).isEqualTo(calls);
                assertThat(timed.timer.delays())
                        .filteredOn(delay -> delay.compareTo(UNPOLLED) < 0)
                        .singleElement()
                        .satisfies(delay -> assertThat(delay).isBetween(Duration.ofNanos(1), TimedPool.OVERDUE));
            }
            timed.loop.poll(false);
            timed.until("it is served", now -> now.completed() == 1 && now.idleThreads() == 1);
            pool.close(null);
        }
    }

    @Test
    void aPoolWhoseWorkersHaveAllArrivedHasNoTicks() throws Exception {
        timed.open(0, 2, failing);
        timed.submit(this::pass);
        timed.loop.poll(false);
        gate.awaitArrived(1);
        timed.timer.advance(TimedPool.OVERDUE);
        assertThat(timed.timer.delays()).isEmpty();
        gate.open();
        timed.until("it idles", now -> now.idleThreads() == 1);
        timed.timer.advance(TimedPool.OVERDUE);
        assertThat(timed.timer.delays()).isEmpty();
    }

    @Test
    void aThreadThatEndedWithoutRunningTheWorkerIsAFailedStart() {
        AtomicInteger threads = new AtomicInteger();
        timed.open(0, 1, worker -> threads.getAndIncrement() == 0 ? new Thread(() -> {}) : new Thread(worker));
        timed.submit(() -> null);
        timed.loop.poll(false);
        Callers.until("the timer finds out", () -> {
            timed.timer.advance(TimedPool.OVERDUE);
            return timed.counters().spawnFailures() == 1;
        });
        Callers.until("another one serves", () -> {
            timed.timer.advance(TimedPool.OVERDUE);
            timed.loop.poll(false);
            return timed.counters().completed() == 1;
        });
        assertThat(timed.counters().pendingThreads()).isZero();
    }

    @Test
    void aWorkersThreadIsTheOneThatRunsIt() {
        AtomicReference<Thread> ran = new AtomicReference<>();
        pool = timed.open(0, 1, worker -> new Thread(() -> new Thread(worker).start()));
        timed.submit(() -> {
            ran.set(Thread.currentThread());
            return null;
        });
        timed.loop.poll(false);
        timed.until("it has run", now -> now.completed() == 1);
        assertThat(pool.workers.starter.started())
                .singleElement()
                .satisfies(worker -> assertThat(worker.thread()).isSameAs(ran.get()));
    }

    @Test
    void whoClosesMeanwhileIsToldOfAStartThatFails() throws Exception {
        AtomicReference<Caller<Object>> closer = new AtomicReference<>();
        AtomicReference<Thread> closing = new AtomicReference<>();
        pool = timed.open(1, 1, failing.failNext(worker -> {
            closer.set(Callers.platform(() -> {
                closing.set(Thread.currentThread());
                pool.close(null);
                return null;
            }));
            Callers.until(
                    "the closer waits",
                    () -> closing.get() != null && closing.get().getState() == Thread.State.WAITING);
            return FailingFactory.outOfMemory(worker);
        }));
        timed.loop.poll(false);
        closer.get().result();
        assertThat(timed.counters().curThreads()).isZero();
    }

    @Test
    void aClosedPoolLeavesNothingToPollThoughWorkersWereReserved() {
        pool = timed.open(3, 4, failing);
        assertThat(timed.counters().newThreads()).isEqualTo(3);
        pool.close(null);
        assertThat(timed.counters().newThreads()).isZero();
        assertThat(timed.loop.poll(false)).isFalse();
        timed.timer.advance(TimedPool.OVERDUE);
        assertThat(failing.calls()).isZero();
    }

    @Test
    void aThreadThatHasRunAWorkerIsNoneAnyMore() throws Exception {
        BlockingQueue<Boolean> isWorker = new LinkedBlockingQueue<>();
        timed.idleTimeout = Duration.ZERO;
        timed.open(
                0,
                1,
                worker -> new Thread(() -> {
                    worker.run();
                    isWorker.add(Pool.isAnyWorker());
                }));
        timed.submit(() -> isWorker.add(Pool.isAnyWorker()));
        timed.loop.poll(false);
        assertThat(isWorker.poll(30, TimeUnit.SECONDS)).isTrue();
        assertThat(isWorker.poll(30, TimeUnit.SECONDS)).isFalse();
    }
}
