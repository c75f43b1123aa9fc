package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.contract.Callers;
import dev.coworker.contract.FailingFactory;
import dev.coworker.contract.Gate;
import dev.coworker.contract.Log;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which thread starts which worker while no time passes: the loop the first, a fresh worker the next. */
class WorkerStartTest {
    @RegisterExtension
    final TimedPool timed = new TimedPool();

    private final List<Thread> starters = Collections.synchronizedList(new ArrayList<>());
    private final List<Thread> workers = Collections.synchronizedList(new ArrayList<>());
    private final Gate gate = new Gate();
    private final FailingFactory failing = new FailingFactory();
    private final ThreadFactory recording = worker -> {
        Thread thread = new Thread(worker);
        starters.add(Thread.currentThread());
        workers.add(thread);
        return thread;
    };

    private Object pass() throws InterruptedException {
        gate.pass();
        return null;
    }

    private void assertWorkers(int cur, int fresh, int pending, int idle) {
        Pool.Counters now = timed.counters();
        assertThat(List.of(now.curThreads(), now.newThreads(), now.pendingThreads(), now.idleThreads()))
                .as("cur, new, pending, idle")
                .containsExactly(cur, fresh, pending, idle);
    }

    @Test
    void aWorkerIsNewThenPendingThenBusyThenIdle() throws Exception {
        Gate inThread = new Gate();
        timed.open(
                0,
                4,
                worker -> new Thread(() -> {
                    inThread.passUninterruptibly();
                    worker.run();
                }));

        timed.submit(this::pass);
        assertWorkers(1, 1, 0, 0);
        assertThat(timed.counters().queued()).isOne();

        timed.loop.poll(false);
        inThread.awaitArrived(1);
        assertWorkers(1, 0, 1, 0);
        assertThat(timed.counters().queued()).isOne();

        inThread.open();
        gate.awaitArrived(1);
        assertWorkers(1, 0, 0, 0);
        assertThat(timed.counters().queued()).isZero();
        assertThat(timed.counters().active()).isOne();

        gate.open();
        timed.until("it idles", now -> now.idleThreads() == 1);
        assertWorkers(1, 0, 0, 1);
        assertThat(timed.counters().active()).isZero();
    }

    @Test
    void aReservationAboveALoweredMaxIsRolledBack() {
        Pool pool = timed.open(4, 8, null);
        assertThat(timed.counters().newThreads()).isEqualTo(4);
        pool.resize(0, 1);
        assertThat(timed.counters().newThreads()).isOne();
        timed.loop.poll(false);
        timed.until("it idles", now -> now.idleThreads() == 1);
        assertThat(timed.counters().curThreads()).isOne();
    }

    @Test
    void aBurstCostsTheLoopOneBottomHalf() throws Exception {
        timed.open(0, 64, null);
        for (int i = 0; i < 8; i++) {
            timed.submit(this::pass);
        }
        assertThat(timed.counters().active()).isZero();
        assertThat(timed.loop.poll(false)).isTrue();
        gate.awaitArrived(8);
        assertThat(timed.loop.poll(false)).isFalse();
        gate.open();
    }

    @Test
    void minWorkersCostTheLoopOneBottomHalf() {
        timed.open(3, 64, null);
        assertThat(timed.counters().newThreads()).isEqualTo(3);
        assertThat(timed.loop.poll(false)).isTrue();
        timed.until("three idle", now -> now.idleThreads() == 3);
        assertThat(timed.loop.poll(false)).isFalse();
    }

    @Test
    void theFirstWorkerIsStartedOnTheLoopThread() throws Exception {
        timed.open(0, 64, recording);
        Callers.platform(() -> {
                    timed.submit(this::pass);
                    return null;
                })
                .result();
        timed.loop.poll(true);
        gate.awaitArrived(1);
        gate.open();
        assertThat(starters).containsExactly(Thread.currentThread());
    }

    @Test
    void workersOfABurstAreStartedByOneAnother() throws Exception {
        timed.open(0, 64, recording);
        for (int i = 0; i < 4; i++) {
            timed.submit(this::pass);
        }
        timed.loop.poll(false);
        gate.awaitArrived(4);
        gate.open();
        assertThat(starters).hasSize(4).startsWith(Thread.currentThread());
        assertThat(workers).containsAll(starters.subList(1, 4));
    }

    @Test
    void aWorkerThatHasIdledLeavesTheStartingToTheLoop() throws Exception {
        timed.open(1, 64, recording);
        timed.loop.poll(false);
        timed.until("it idles", now -> now.idleThreads() == 1);
        starters.clear();
        timed.submit(this::pass);
        timed.submit(this::pass);
        gate.awaitArrived(1);
        Callers.until("the other is started", () -> {
            timed.loop.poll(false);
            return starters.size() == 1;
        });
        gate.awaitArrived(1);
        gate.open();
        assertThat(starters).containsExactly(Thread.currentThread());
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 9})
    void aFreshWorkerHoldsNoRequestUpWhileItMakesAnother(int requests) throws Exception {
        AtomicInteger threads = new AtomicInteger();
        Gate second = new Gate();
        timed.open(0, 64, worker -> {
            if (threads.incrementAndGet() == 2) {
                second.passUninterruptibly();
            }
            return new Thread(worker);
        });
        for (int i = 0; i < requests; i++) {
            timed.submit(this::pass);
        }
        timed.loop.poll(false);
        second.awaitArrived(1);
        Pool.Counters now = timed.counters();
        assertThat(now.newThreads() + now.pendingThreads()).as("%s", now).isOne();
        assertThat(now.queued()).isEqualTo(requests);
        second.open();
        gate.awaitArrived(requests);
        gate.open();
    }

    @Test
    void aFailedStartDoesNotDisturbTheRequestOfTheWorkerThatTriedIt() throws Exception {
        timed.open(0, 64, failing.failNext(Thread::new, FailingFactory::outOfMemory));
        timed.submit(this::pass);
        timed.submit(this::pass);
        timed.loop.poll(false);
        gate.awaitArrived(1);
        assertThat(failing.calls()).isEqualTo(2);
        assertThat(timed.counters().curThreads()).isOne();
        assertThat(timed.counters().active()).isOne();
        assertThat(timed.counters().queued()).isOne();
        timed.timer.advance(TimedPool.OVERDUE);
        timed.loop.poll(false);
        gate.awaitArrived(1);
        gate.open();
    }

    @Test
    void anIdleWorkerIsWokenThoughAStartIsPendingWhichFails() throws Exception {
        Gate busy = new Gate();
        AtomicReference<Thread> other = new AtomicReference<>();
        AtomicReference<Thread> server = new AtomicReference<>();
        timed.open(0, 2, failing);
        timed.submit(() -> {
            other.set(Thread.currentThread());
            busy.pass();
            return null;
        });
        timed.loop.poll(true);
        busy.awaitArrived(1);
        failing.failNext(worker -> {
            busy.open();
            timed.until(
                    "the other worker sleeps",
                    now -> now.idleThreads() == 1 && other.get().getState() == Thread.State.TIMED_WAITING);
            timed.submit(() -> {
                server.set(Thread.currentThread());
                return null;
            });
            Callers.until("it is served", () -> server.get() != null);
            return FailingFactory.outOfMemory(worker);
        });
        timed.submit(() -> null);
        timed.loop.poll(false);
        assertThat(server.get()).isSameAs(other.get());
        assertThat(timed.counters().spawnFailures()).isOne();
    }

    /** The listener stands for a fault in the pool's own code. */
    @Test
    void aWorkerThatDiesIsReplacedAndMinIsKept() throws Exception {
        AtomicInteger started = new AtomicInteger();
        timed.onWorkerStarted = () -> {
            if (started.getAndIncrement() == 0) {
                throw new IllegalStateException("planted");
            }
        };
        timed.open(2, 4, recording);
        timed.submit(this::pass);
        timed.submit(this::pass);
        timed.loop.poll(false);
        gate.awaitArrived(1);
        Callers.until("others come", () -> {
            timed.loop.poll(false);
            return timed.counters().active() == 2;
        });
        assertWorkers(2, 0, 0, 0);
        assertThat(started).hasValue(3);
        gate.open();
        timed.until("two idle", now -> now.idleThreads() == 2);
    }

    @Test
    void theTimerStartsWhatTheLoopHasNotStartedWithinTenMilliseconds() throws Exception {
        timed.open(0, 64, recording);
        timed.submit(this::pass);
        timed.timer.advance(TimedPool.OVERDUE.minusNanos(1));
        assertThat(starters).isEmpty();
        Callers.until("it is overdue", () -> {
            timed.timer.advance(TimedPool.OVERDUE);
            return !starters.isEmpty();
        });
        gate.awaitArrived(1);
        gate.open();
        assertThat(starters).containsExactly(Thread.currentThread());
    }

    @Test
    void workersThatStartOneAnotherStopAtMax() throws Exception {
        timed.open(0, 2, recording);
        for (int i = 0; i < 4; i++) {
            timed.submit(this::pass);
        }
        timed.loop.poll(false);
        gate.awaitArrived(2);
        assertThat(workers).hasSize(2);
        gate.open();
    }

    /** The listener stands for a fault in the pool's own code. */
    @Test
    void theRequestOfAWorkerThatDiesGetsAnotherAndItsDeathIsLogged() {
        AtomicInteger started = new AtomicInteger();
        timed.onWorkerStarted = () -> {
            if (started.getAndIncrement() == 0) {
                throw new IllegalStateException("planted");
            }
        };
        timed.open(0, 1, recording);
        try (Log log = new Log()) {
            timed.submit(() -> null);
            Callers.until("it is served", () -> {
                timed.loop.poll(false);
                return timed.counters().completed() == 1;
            });
            assertThat(log.records()).singleElement().satisfies(record -> {
                assertThat(record.getMessage()).isEqualTo("a worker of timed died");
                assertThat(record.getThrown()).hasMessage("planted");
            });
        }
        assertThat(started).hasValue(2);
    }

    @Test
    void workersThatHaveEndedAreForgotten() {
        timed.idleTimeout = Duration.ZERO;
        Pool pool = timed.open(0, 1, recording);
        for (int i = 1; i <= 20; i++) {
            int served = i;
            timed.submit(() -> null);
            timed.loop.poll(false);
            timed.until("its worker has left", now -> now.completed() == served && now.curThreads() == 0);
        }
        assertThat(pool.workers.starter.started()).hasSizeLessThan(20);
    }

    @Test
    void anIdleWorkerLeavesBesideOneThatIsOnItsWayWhenMinFalls() throws Exception {
        Gate inThread = new Gate();
        timed.idleTimeout = Duration.ZERO;
        Pool pool = timed.open(
                1,
                2,
                worker -> new Thread(() -> {
                    if (!workers.isEmpty()) {
                        inThread.passUninterruptibly();
                    }
                    workers.add(Thread.currentThread());
                    worker.run();
                }));
        timed.loop.poll(false);
        timed.until("it idles", now -> now.idleThreads() == 1);
        pool.resize(2, 2);
        timed.loop.poll(false);
        inThread.awaitArrived(1);
        pool.resize(0, 2);
        timed.until("it has left", now -> now.curThreads() == 1);
        assertWorkers(1, 0, 1, 0);
        inThread.open();
        timed.until("the other has found nothing", now -> now.curThreads() == 0);
    }

    @Test
    void minIsReachedThoughTheTimerHadNoThreadForTheRetry() throws Exception {
        timed.open(2, 4, failing.failNext(FailingFactory::outOfMemory));
        timed.timer.refuse(true);
        timed.loop.poll(false);
        assertWorkers(0, 0, 0, 0);
        timed.submit(this::pass);
        timed.loop.poll(false);
        gate.awaitArrived(1);
        timed.until("another one came", now -> now.curThreads() == 2);
        gate.open();
    }

    @Test
    void aWorkerThatArrivesLateReservesNoneWhileARetryIsPending() throws Exception {
        Gate inThread = new Gate();
        timed.open(
                2,
                2,
                failing.failNext(
                        worker -> new Thread(() -> {
                            inThread.passUninterruptibly();
                            worker.run();
                        }),
                        FailingFactory::outOfMemory));
        timed.loop.poll(false);
        inThread.awaitArrived(1);
        Callers.until("the timer has tried the second", () -> {
            timed.timer.advance(Duration.ofNanos(500_000)); // the retry comes after 1 ms
            return failing.calls() == 2;
        });
        inThread.open();
        timed.until("the first idles", now -> now.idleThreads() == 1);
        assertWorkers(1, 0, 0, 1);
        timed.timer.advance(TimedPool.OVERDUE);
        timed.until("the retry made the other", now -> now.idleThreads() == 2);
    }
}
