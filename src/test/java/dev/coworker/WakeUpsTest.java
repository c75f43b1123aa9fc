package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Callers whose outcome is there, and who are resumed with others. */
class WakeUpsTest {
    private static final boolean MANY_QUEUED = true;

    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

    private final List<JvmTimer.Alarm> alarms = new ArrayList<>(); // none of which rings by itself
    private final WakeUps wakeUps = new WakeUps(true, alarms::add);
    private long now = System.nanoTime();

    @BeforeEach
    void atPace() {
        wakeUps.beat(now);
        beatAfter(WakeUps.PACE_NANOS - 1);
    }

    @Test
    void aCallerIsPutOffUntilItsBatchIsFull() {
        Parked first = putOff();
        Parked second = putOff();
        beatAfter(1);
        first.isResumed();
        second.isResumed();
        assertThat(wakeUps.isAnyPutOff()).isFalse();
    }

    @Test
    void whereFewAreQueuedItIsResumedAtOnceAndSoAreThoseBeforeIt() {
        Parked before = putOff();
        Parked caller = new Parked();
        wakeUps.settled(caller.request, !MANY_QUEUED);
        caller.isResumed();
        before.isResumed();
    }

    @Test
    void whereOutcomesAreSlowItIsResumedAtOnce() {
        beatAfter(WakeUps.PACE_NANOS);
        resumesAtOnce();
        beatAfter(WakeUps.PACE_NANOS - 1);
        putOff();
    }

    @Test
    void aPoolThatWasUnusedIsNotAtPace() {
        WakeUps unused = new WakeUps(true, alarms::add);
        unused.beat();
        Parked caller = new Parked();
        unused.settled(caller.request, MANY_QUEUED);
        caller.isResumed();
    }

    @Test
    void theClockTellsThePace() {
        WakeUps fast = new WakeUps(true, alarms::add);
        Callers.until("two beats in half a millisecond", () -> {
            fast.beat();
            fast.beat();
            fast.settled(new Parked().request, MANY_QUEUED);
            return fast.isAnyPutOff();
        });
    }

    @Test
    void whoHasNotComeToParkNeedsNoWakeUp() {
        wakeUps.settled(new CoRequest((Action<RuntimeException>) () -> {}), MANY_QUEUED);
        assertThat(wakeUps.isAnyPutOff()).isFalse();
        assertThat(alarms).isEmpty();
    }

    @Test
    void theAlarmResumesWhomNobodyElseDoes() {
        Parked first = putOff();
        Parked second = putOff();
        assertThat(alarms).as("one for both").hasSize(1);
        wakeUps.ring(now);
        first.isResumed();
        second.isResumed();
    }

    @Test
    void whoeverComesAfterTheAlarmHasAnother() {
        putOff();
        wakeUps.ring(now);
        Parked next = putOff();
        assertThat(alarms).hasSize(2);
        wakeUps.ring(now);
        next.isResumed();
    }

    @Test
    void afterAnAlarmWithoutABeatNobodyIsPutOff() {
        putOff();
        wakeUps.ring(now + WakeUps.PACE_NANOS - 1);
        putOff();
        wakeUps.ring(now + WakeUps.PACE_NANOS);
        resumesAtOnce();
    }

    @Test
    void switchedOffNobodyIsPutOff() {
        WakeUps off = new WakeUps(false, alarms::add);
        for (int i = 0; i < 100; i++) { // some of them within half a millisecond
            off.beat();
        }
        Parked caller = new Parked();
        off.settled(caller.request, MANY_QUEUED);
        caller.isResumed();
    }

    @Test
    void theTimerOfTheJvmRings() {
        WakeUps timed = new WakeUps(true);
        timed.beat(now);
        timed.beat(now);
        Parked caller = new Parked();
        timed.settled(caller.request, MANY_QUEUED);
        caller.isResumed();
    }

    /** The last of them are put off, and the worker does not come back to them. */
    @Test
    void nobodyWaitsForTheWorkThatWasQueuedBehind() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Gate first = new Gate();
        Gate behind = new Gate();
        pool.submit(first::pass);
        first.awaitArrived(1);
        List<Callers.Caller<Integer>> callers = call(pool, 5 * WakeUps.BATCH + WakeUps.BATCH / 2, () -> 1);
        pool.submit(behind::pass);
        List<Callers.Caller<Integer>> rest = call(pool, 2 * WakeUps.BATCH, () -> 1);
        first.open();
        behind.awaitArrived(1);
        for (Callers.Caller<Integer> caller : callers) {
            assertThat(caller.result()).isEqualTo(1);
        }
        behind.open();
        for (Callers.Caller<Integer> caller : rest) {
            assertThat(caller.result()).isEqualTo(1);
        }
    }

    /** Those at the end fail, so that no batch becomes full any more. */
    @Test
    void whenTheQueueRunsDryNobodyWaitsForTheTimer() throws Exception {
        pools.closeAfterwards(new HeldTimer());
        AtomicBoolean timerWentOn = new AtomicBoolean();
        JvmTimer.after(0, () -> timerWentOn.set(true));
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(1).maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        List<Callers.Caller<Integer>> callers = call(pool, 4 * WakeUps.BATCH + WakeUps.BATCH / 2, () -> 1);
        List<Callers.Caller<Integer>> failing = call(pool, 2 * WakeUps.BATCH, () -> {
            throw new IOException();
        });
        gate.open();
        for (Callers.Caller<Integer> caller : callers) {
            assertThat(caller.result()).isEqualTo(1);
        }
        for (Callers.Caller<Integer> caller : failing) {
            assertThat(caller.failure()).isInstanceOf(IOException.class);
        }
        assertThat(timerWentOn).isFalse();
    }

    /** Returns when all of them have parked. */
    private static List<Callers.Caller<Integer>> call(ThreadPool pool, int count, Work<Integer, ?> work) {
        List<Callers.Caller<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            callers.add(Callers.virtual(() -> pool.submitCo(work)));
        }
        callers.forEach(caller -> Await.parked(caller.thread));
        return callers;
    }

    private void beatAfter(long nanos) {
        now += nanos;
        wakeUps.beat(now);
    }

    private Parked putOff() {
        Parked caller = new Parked();
        wakeUps.settled(caller.request, MANY_QUEUED);
        assertThat(wakeUps.isAnyPutOff()).isTrue();
        assertThat(caller.thread.getState()).isEqualTo(Thread.State.WAITING);
        return caller;
    }

    private void resumesAtOnce() {
        Parked caller = new Parked();
        wakeUps.settled(caller.request, MANY_QUEUED);
        caller.isResumed();
    }

    /** A caller that waits for its outcome; resumed, it ends. */
    private static final class Parked {
        final CoRequest request = new CoRequest((Action<RuntimeException>) () -> {});
        final Thread thread = Thread.startVirtualThread(() -> {
            request.announceWaiter();
            LockSupport.park();
        });

        Parked() {
            Await.parked(thread);
        }

        void isResumed() {
            Callers.until("resumed", () -> !thread.isAlive());
        }
    }
}
