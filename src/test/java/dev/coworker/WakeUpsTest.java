package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Callers whose outcome is there, and who are resumed with others. */
class WakeUpsTest {
    private static final boolean MANY_QUEUED = true;

    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

    private int alarms; // set, none of which rings by itself
    private final WakeUps wakeUps = new WakeUps(true, this::count);
    private long now = System.nanoTime();

    @AfterEach
    void nobodyStaysPutOff() {
        wakeUps.resumeAll();
    }

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
        WakeUps unused = new WakeUps(true, this::count);
        unused.beat();
        Parked caller = new Parked();
        unused.settled(caller.request, MANY_QUEUED);
        caller.isResumed();
    }

    @Test
    void theClockTellsThePace() {
        WakeUps fast = new WakeUps(true, this::count);
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
        assertThat(alarms).isZero();
    }

    @Test
    void theAlarmResumesWhomNobodyElseDoes() {
        Parked first = putOff();
        Parked second = putOff();
        assertThat(alarms).as("one for both").isEqualTo(1);
        wakeUps.ring(now);
        first.isResumed();
        second.isResumed();
    }

    @Test
    void whoeverComesAfterTheAlarmHasAnother() {
        putOff();
        wakeUps.ring(now);
        Parked next = putOff();
        assertThat(alarms).isEqualTo(2);
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
    void withoutAClockTheyAreResumedAtOnceAndNobodyElseIsPutOff() {
        Parked caller = putOff();
        wakeUps.callOff();
        caller.isResumed();
        resumesAtOnce();
        beatAfter(1);
        putOff();
        assertThat(alarms).isEqualTo(2);
    }

    @Test
    void switchedOffNobodyIsPutOff() {
        WakeUps off = new WakeUps(false, this::count);
        for (int i = 0; i < 100; i++) { // some of them within half a millisecond
            off.beat();
        }
        Parked caller = new Parked();
        off.settled(caller.request, MANY_QUEUED);
        caller.isResumed();
    }

    /** In one round or another, callers are put off when the worker comes to it. */
    @Test
    void nobodyWaitsForTheWorkThatWasQueuedBehind() throws Exception {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "nobody is put off on one processor");
        boolean wasAnyPutOff = false;
        for (int round = 0; round < 200 && !(wasAnyPutOff && round >= 3); round++) {
            ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
            Gate first = new Gate();
            Gate behind = new Gate();
            AtomicBoolean put = new AtomicBoolean();
            pool.submit(first::pass);
            first.awaitArrived(1);
            List<Callers.Caller<Integer>> callers = call(pool, 5 * WakeUps.BATCH + WakeUps.BATCH / 2);
            pool.submit(() -> {
                put.set(pool.dispatcher.wakeUps.isAnyPutOff());
                behind.pass();
            });
            List<Callers.Caller<Integer>> rest = call(pool, 2 * WakeUps.BATCH);
            first.open();
            behind.awaitArrived(1);
            assertAllReturn(callers);
            wasAnyPutOff |= put.get();
            behind.open();
            assertAllReturn(rest);
            pool.close();
        }
        assertThat(wasAnyPutOff).isTrue();
    }

    /** Returns when all of them have parked. */
    private static List<Callers.Caller<Integer>> call(ThreadPool pool, int count) {
        List<Callers.Caller<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            callers.add(Callers.virtual(() -> pool.submitCo(() -> 1)));
        }
        callers.forEach(caller -> Await.parked(caller.thread));
        return callers;
    }

    private static void assertAllReturn(List<Callers.Caller<Integer>> callers) throws Exception {
        for (Callers.Caller<Integer> caller : callers) {
            assertThat(caller.result()).isEqualTo(1);
        }
    }

    private void count(WakeUps set) {
        assertThat(set.nextAlarm).isNull();
        alarms++;
    }

    private void beatAfter(long nanos) {
        now += nanos;
        wakeUps.beat(now);
    }

    private Parked putOff() {
        Parked caller = new Parked();
        wakeUps.settled(caller.request, MANY_QUEUED);
        assertThat(wakeUps.isAnyPutOff()).isTrue();
        caller.isWaiting();
        return caller;
    }

    private void resumesAtOnce() {
        Parked caller = new Parked();
        wakeUps.settled(caller.request, MANY_QUEUED);
        caller.isResumed();
    }
}
