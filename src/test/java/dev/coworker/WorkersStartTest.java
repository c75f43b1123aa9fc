package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Callers.Caller;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Reservations and what becomes of them, above all where a thread cannot be started. Retries are numbered from 1. */
class WorkersStartTest {
    @RegisterExtension
    final HandDriven pool = new HandDriven();

    private final Log log = new Log();
    private final OutOfMemoryError cause = new OutOfMemoryError("says the test");

    @AfterEach
    void closeLog() {
        log.close();
    }

    /** The start of a min worker fails, and so do the retries, until there are so many failures. */
    private void fail(int times) {
        pool.factory = worker -> {
            throw cause;
        };
        assertThat(pool.poll()).isTrue();
        for (int retry = 1; retry < times; retry++) {
            pool.workers.retry(retry);
        }
        assertThat(pool.workers.spawnFailures()).isEqualTo(times);
        pool.factory = pool::newThread;
    }

    @Test
    void theOldestReservationIsTheOneThatIsTimed() {
        long before = System.nanoTime();
        Workers workers = pool.open(2, 4);
        long after = System.nanoTime();
        assertThat(workers.reservedAtNanos()).isBetween(before, after);
        workers.resize(3, 4);
        assertThat(workers.reservedAtNanos()).isBetween(before, after);
        pool.pending();
        pool.pending();
        assertThat(workers.reservedAtNanos()).isBetween(before, after);
        pool.pending();
        assertThat(workers.reservedAtNanos()).isNull();
        long later = System.nanoTime();
        workers.resize(4, 4);
        assertThat(workers.reservedAtNanos()).isGreaterThanOrEqualTo(later);
    }

    @Test
    void aWorkerIsPendingFromItsStartUntilItArrives() {
        Workers workers = pool.open(1, 1);
        assertThat(workers.hasPending()).as("reserved").isFalse();
        Worker worker = pool.pending();
        assertThat(workers.hasPending()).isTrue();
        workers.arrived(worker);
        assertThat(workers.hasPending()).isFalse();
    }

    @Test
    void aPendingWorkerWhoseThreadHasEndedIsFound() throws Exception {
        Workers workers = pool.open(5, 5);
        Thread ended = new Thread(() -> {});
        ended.start();
        ended.join();
        pool.pending();
        pool.pending().setThread(new Thread());
        pool.pending().setThread(Thread.currentThread());
        assertThat(workers.pendingWithoutThread()).isEmpty();
        Worker missed = pool.pending();
        missed.setThread(ended);
        Worker late = pool.pending();
        workers.arrived(late);
        late.setThread(ended);
        assertThat(workers.pendingWithoutThread()).containsExactly(missed);
        workers.arrived(missed);
        assertThat(workers.pendingWithoutThread()).isEmpty();
    }

    @Test
    void aFailedStartLeavesNobodyAndNothingReservedOfItsBurst() {
        Workers workers = pool.open(3, 3);
        Worker worker = pool.pending();
        workers.startFailed(worker, cause);
        pool.assertCurIdleNewPending(0, 0, 0, 0);
        assertThat(workers.isEmpty()).isTrue();
        assertThat(workers.spawnFailures()).isEqualTo(1);
        assertThat(workers.arrived(worker)).isFalse();
        workers.startFailed(worker, cause);
        assertThat(workers.spawnFailures()).as("told twice").isEqualTo(1);
    }

    @Test
    void aStartThatFailsBeforeThereIsAWorkerCounts() {
        Workers workers = pool.open(1, 1);
        workers.beginStart();
        workers.startFailed(null, cause);
        pool.assertCurIdleNewPending(0, 0, 0, 0);
        assertThat(workers.spawnFailures()).isEqualTo(1);
    }

    @Test
    void aWorkerThatRunsAlthoughItsStartThrewIsLeftAlone() {
        Workers workers = pool.open(1, 1);
        workers.startFailed(pool.searching(), cause);
        pool.assertCurIdleNewPending(1, 0, 0, 0);
        assertThat(workers.spawnFailures()).isZero();
        assertThat(workers.isEmpty()).isFalse();
    }

    @Test
    void othersThatArePendingAreNotRolledBack() {
        Workers workers = pool.open(3, 3);
        Worker other = pool.pending();
        workers.startFailed(pool.pending(), cause);
        pool.assertCurIdleNewPending(1, 0, 0, 1);
        workers.arrived(other);
        pool.assertCurIdleNewPending(1, 0, 0, 0);
        workers.retry(1);
        assertThat(pool.started).hasSize(1);
        pool.assertCurIdleNewPending(3, 0, 1, 1);
    }

    @Test
    void untilTheRetryNobodyIsReserved() {
        Workers workers = pool.open(1, 4);
        workers.startFailed(pool.pending(), cause);
        workers.requestQueued();
        workers.resize(2, 4);
        pool.assertCurIdleNewPending(0, 0, 0, 0);
    }

    @Test
    void theRetryStartsAWorkerForWhatWaitsAndOnlyOnce() {
        Workers workers = pool.open(0, 4);
        workers.requestQueued();
        workers.startFailed(pool.pending(), cause);
        pool.offered();
        workers.retry(1);
        assertThat(pool.started).hasSize(1);
        pool.assertCurIdleNewPending(1, 0, 0, 1);
        workers.arrived(pool.started.get(0));
        workers.handOn(false);
        pool.assertCurIdleNewPending(2, 0, 1, 0);
        workers.retry(1);
        pool.assertCurIdleNewPending(2, 0, 1, 0);
    }

    @Test
    void theRetryReservesNobodyWhereNothingNeedsAWorker() {
        Workers workers = pool.open(0, 4);
        workers.requestQueued();
        workers.startFailed(pool.pending(), cause);
        workers.retry(1);
        pool.assertCurIdleNewPending(0, 0, 0, 0);
        workers.requestQueued();
        pool.assertCurIdleNewPending(1, 0, 1, 0);
    }

    @Test
    void aRetryThatCouldNotBeScheduledIsDoneAsTheLatestOne() {
        Workers workers = pool.open(1, 4);
        fail(3);
        workers.retryNow();
        assertThat(pool.started).hasSize(1);
        pool.assertCurIdleNewPending(1, 0, 0, 1);
    }

    @Test
    void afterStopARetryStartsNobody() {
        Workers workers = pool.open(1, 4);
        workers.startFailed(pool.pending(), cause);
        pool.offered();
        workers.stop();
        workers.retry(1);
        pool.assertCurIdleNewPending(0, 0, 0, 0);
        assertThat(pool.started).isEmpty();
    }

    @Test
    void anIdleWorkerIsWokenForWhatWaitsWhenAStartFails() throws Exception {
        Workers workers = pool.open(2, 4);
        Caller<Boolean> idle = pool.idle(pool.searching(), true);
        Worker worker = pool.pending();
        pool.offered();
        workers.startFailed(worker, cause);
        assertThat(idle.result()).isTrue();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }

    @Test
    void anIdleWorkerSleepsOnWhereNothingWaitsWhenAStartFails() {
        Workers workers = pool.open(2, 4);
        pool.idle(pool.searching(), true);
        workers.startFailed(pool.pending(), cause);
        pool.assertCurIdleNewPending(1, 1, 0, 0);
    }

    @Test
    void whoeverWaitsForTheEndOfAWorkerIsToldThatItWasNeverStarted() throws Exception {
        Workers workers = pool.open(1, 1);
        Worker worker = pool.pending();
        Caller<Boolean> closer =
                Callers.platform(() -> pool.dispatcher.waiters.await(null, workers::isEmpty, Long.MAX_VALUE));
        Await.parked(closer.thread);
        workers.startFailed(worker, cause);
        assertThat(closer.result()).isTrue();
    }

    @Test
    void theDelayDoublesFromAMillisecondToASecond() throws Exception {
        try (Recorded recorded = new Recorded()) {
            pool.open(1, 1);
            fail(12);
            List<RecordedEvent> failures = recorded.of("SpawnFailure", "driven");
            assertThat(failures)
                    .extracting(failure -> failure.getDuration("retryAfter"))
                    .containsExactlyElementsOf(LongStream.of(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000)
                            .mapToObj(Duration::ofMillis)
                            .toList());
        }
    }

    @Test
    void anArrivalResetsTheDelay() {
        Workers workers = pool.open(2, 2);
        Worker arriving = pool.pending();
        workers.startFailed(pool.pending(), cause);
        workers.arrived(arriving);
        workers.retry(1);
        workers.startFailed(pool.started.get(0), cause);
        workers.requestQueued();
        workers.retry(2);
        assertThat(pool.started)
                .as("the retry after 1 ms, which a request leaves as it is")
                .hasSize(2);
    }

    @Test
    void aRequestLeavesAShortRetryAsItIs() {
        Workers workers = pool.open(1, 1);
        fail(1);
        workers.requestQueued();
        workers.retry(1);
        assertThat(pool.started).hasSize(1);
    }

    @Test
    void aRequestReplacesALongRetryByAShortOneOnce() {
        Workers workers = pool.open(1, 1);
        fail(2);
        workers.requestQueued();
        workers.requestQueued();
        workers.retry(1);
        workers.retry(2);
        assertThat(pool.started).as("by those that count no more").isEmpty();
        workers.retry(3);
        assertThat(pool.started).hasSize(1);
    }

    @Test
    void theTimerMakesTheRetry() {
        pool.open(1, 1);
        fail(1);
        pool.timer.close();
        Callers.until("a worker is started", () -> pool.started.size() == 1);
    }

    @Test
    void theTimerMakesTheShortRetryThatReplacesALongOne() {
        Workers workers = pool.open(1, 1);
        fail(2);
        workers.requestQueued();
        pool.timer.close();
        Callers.until("a worker is started", () -> pool.started.size() == 1);
    }

    @Test
    void aBurstOfFailuresIsLoggedOnceUntilAWorkerArrives() {
        Workers workers = pool.open(1, 1);
        fail(3);
        assertThat(log.of(cause)).hasSize(1);
        workers.retry(3);
        workers.ended(arrived(pool.started.get(0)), true, true);
        workers.requestQueued();
        workers.startFailed(pool.pending(), cause);
        assertThat(log.of(cause)).hasSize(2);
    }

    private Worker arrived(Worker worker) {
        assertThat(pool.workers.arrived(worker)).isTrue();
        return worker;
    }

    @Test
    void submittersTakeNoLockWhileARetryHasAWorkerOnItsWay() throws Exception {
        Workers workers = pool.open(1, 2);
        workers.startFailed(pool.pending(), cause);
        workers.retry(1);
        pool.assertSubmittersTakeNoLock();
    }
}
