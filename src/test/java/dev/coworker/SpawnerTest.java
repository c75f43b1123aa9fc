package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the timer starts in the context's place, and how a thread is missed that never runs its worker. */
class SpawnerTest {
    private static final long OVERDUE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    @RegisterExtension
    final HandDriven pool = new HandDriven();

    private final Log log = new Log();

    @AfterEach
    void closeLog() {
        log.close();
    }

    /** The next thread is this one; those after it are as ever. */
    private void startNext(Thread thread) {
        pool.factory = worker -> {
            pool.factory = pool::newThread;
            return thread;
        };
    }

    private void assertMissed() {
        Callers.until("it is missed", () -> pool.workers.spawnFailures() == 1);
        Callers.until("it is replaced", () -> pool.started.size() == 1);
    }

    @Test
    void theContextStartsWhatIsReserved() {
        pool.open(1, 1);
        assertThat(pool.poll()).isTrue();
        assertThat(pool.started).hasSize(1);
        assertThat(pool.started.get(0).thread().isAlive()).isTrue();
        pool.assertCurIdleNewPending(1, 0, 0, 1);
    }

    @Test
    void theTimerStartsWhatTheContextDoesNot() {
        pool.open(1, 1);
        pool.timer.close();
        Callers.until("it is started", () -> pool.started.size() == 1);
    }

    @Test
    void theTimerStartsNothingBeforeTheContextHasHadTimeForIt() {
        AtomicLong startedAt = new AtomicLong();
        Workers workers = pool.open(0, 2);
        workers.requestQueued();
        long since = System.nanoTime();
        pool.busy();
        Callers.until("the timer's look is due", () -> System.nanoTime() - since > OVERDUE_NANOS);
        pool.factory = worker -> {
            startedAt.set(System.nanoTime());
            return pool.newThread(worker);
        };
        workers.requestQueued();
        long reservedAt = workers.reservedAtNanos();
        pool.timer.close();
        Callers.until("it is started", () -> pool.started.size() == 1);
        assertThat(startedAt.get() - reservedAt).isGreaterThanOrEqualTo(OVERDUE_NANOS);
    }

    @Test
    void aThreadThatHasEndedWithoutRunningItsWorkerIsMissed() {
        pool.open(1, 1);
        startNext(new Thread(() -> {}));
        pool.poll();
        pool.timer.close();
        assertMissed();
    }

    @Test
    void aThreadThatEndsLaterWithoutRunningItsWorkerIsMissedToo() throws Exception {
        pool.open(1, 1);
        Gate gate = new Gate();
        startNext(new Thread(gate::passUninterruptibly));
        pool.poll();
        pool.timer.close();
        HeldTimer.pass(OVERDUE_NANOS); // a look, for which it is early
        gate.open();
        assertMissed();
    }

    @Test
    void aThreadThatAFreshWorkerStartsIsMissedAsWell() throws Exception {
        Workers workers = pool.open(1, 2);
        pool.searching();
        pool.timer.close();
        HeldTimer.pass(OVERDUE_NANOS); // nothing is left to look for
        startNext(new Thread(() -> {}));
        pool.offered();
        workers.handOn(true);
        assertMissed();
    }

    @Test
    void aLookThatLacksMemoryIsRepeated() {
        pool.open(1, 1);
        Thread test = Thread.currentThread();
        AtomicBoolean lacking = new AtomicBoolean(true);
        startNext(new Thread(() -> {}) {
            @Override
            public State getState() {
                if (Thread.currentThread() != test && lacking.getAndSet(false)) {
                    throw new OutOfMemoryError("says the test");
                }
                return super.getState();
            }
        });
        pool.poll();
        pool.timer.close();
        assertMissed();
    }

    @Test
    void whatTheContextIsToStartIsForgottenWhenThePoolStops() {
        Workers workers = pool.open(1, 1);
        workers.stop();
        assertThat(pool.poll()).isFalse();
        workers.startOthers();
        assertThat(pool.started).isEmpty();
    }
}
