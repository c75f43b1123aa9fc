package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Callers.Caller;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who is awake, who is sent and who may sleep: the accounting of the workers, step by step. */
class WorkersTest {
    @RegisterExtension
    final HandDriven pool = new HandDriven();

    private static void needsTwoProcessors() {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "nothing spins on one processor");
    }

    @Test
    void aRequestThatFindsNobodyHasOneWorkerStartedWhichThenSearches() {
        Workers workers = pool.open(0, 2);
        pool.assertCurIdleNewPending(0, 0, 0, 0);
        workers.requestQueued();
        pool.assertCurIdleNewPending(1, 0, 1, 0);
        assertThat(workers.isAttended()).as("reserved").isFalse();
        assertThat(workers.beginStart()).isTrue();
        pool.assertCurIdleNewPending(1, 0, 0, 1);
        Worker worker = new Worker(pool.dispatcher, workers);
        workers.arm(worker);
        assertThat(workers.isAttended()).as("pending").isFalse();
        assertThat(workers.arrived(worker)).isTrue();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
        assertThat(workers.isAttended()).as("searching").isTrue();
        workers.handOn(true);
        pool.assertCurIdleNewPending(1, 0, 0, 0);
        assertThat(workers.isAttended()).as("busy").isFalse();
    }

    @Test
    void nobodyElseIsSentWhileAWorkerIsOnItsWay() {
        Workers workers = pool.open(0, 2);
        workers.requestQueued();
        workers.requestQueued();
        pool.assertCurIdleNewPending(1, 0, 1, 0);
        Worker worker = pool.pending();
        workers.requestQueued();
        pool.assertCurIdleNewPending(1, 0, 0, 1);
        workers.arrived(worker);
        workers.requestQueued();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }

    @Test
    void noReservationNoStart() {
        assertThat(pool.open(0, 2).beginStart()).isFalse();
        pool.assertCurIdleNewPending(0, 0, 0, 0);
    }

    @Test
    void aWorkerRunsOnceAndOnlyWhenItIsArmed() {
        Workers workers = pool.open(1, 1);
        Worker worker = new Worker(pool.dispatcher, workers);
        assertThat(workers.arrived(worker)).as("in the factory").isFalse();
        assertThat(workers.beginStart()).isTrue();
        workers.arm(worker);
        assertThat(workers.arrived(worker)).isTrue();
        assertThat(worker.isCaller()).isTrue();
        assertThat(workers.arrived(worker)).as("again").isFalse();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }

    @Test
    void whoTookTheLastRequestSendsNobody() {
        pool.open(1, 4);
        pool.busy();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }

    @Test
    void whoTookARequestSendsOneForOneThatWaits() {
        Workers workers = pool.open(1, 4);
        pool.searching();
        pool.offered();
        workers.handOn(false);
        pool.assertCurIdleNewPending(2, 0, 1, 0);
    }

    @Test
    void whoTookARequestSendsTwoForSeveralThatWait() {
        Workers workers = pool.open(1, 4);
        pool.searching();
        for (int i = 0; i < 5; i++) {
            pool.offered();
        }
        workers.handOn(false);
        pool.assertCurIdleNewPending(3, 0, 2, 0);
    }

    @Test
    void noMoreAreSentThanMaxAllows() {
        Workers workers = pool.open(1, 2);
        pool.searching();
        pool.offered();
        pool.offered();
        workers.handOn(false);
        pool.assertCurIdleNewPending(2, 0, 1, 0);
        pool.busy();
        pool.assertCurIdleNewPending(2, 0, 0, 0);
        workers.requestQueued();
        pool.assertCurIdleNewPending(2, 0, 0, 0);
    }

    @Test
    void aFreshWorkerStartsTheNextItselfAndAnyOtherAsksTheContext() {
        Workers workers = pool.open(1, 4);
        Worker worker = pool.searching();
        pool.poll(); // which min has asked for
        pool.offered();
        workers.handOn(true);
        pool.assertCurIdleNewPending(2, 0, 0, 1);
        assertThat(pool.poll()).isFalse();
        workers.arrived(pool.started.get(0));
        pool.offered();
        workers.handOn(false);
        pool.assertCurIdleNewPending(4, 0, 2, 0);
        assertThat(pool.poll()).isTrue();
        pool.assertCurIdleNewPending(4, 0, 1, 1);
    }

    @Test
    void anIdleWorkerIsWokenAndNobodyIsStarted() throws Exception {
        Workers workers = pool.open(1, 2);
        Caller<Boolean> idle = pool.idle(pool.searching(), true);
        pool.poll();
        pool.assertCurIdleNewPending(1, 1, 0, 0);
        assertThat(workers.isAttended()).isFalse();
        workers.requestQueued();
        assertThat(idle.result()).isTrue();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
        assertThat(workers.isAttended()).isTrue();
        assertThat(pool.poll()).as("asks for a start").isFalse();
    }

    @Test
    void theWorkerThatWentIdleLastIsWokenFirst() throws Exception {
        Workers workers = pool.open(2, 2);
        Worker first = pool.searching();
        Worker last = pool.searching();
        pool.idle(first, true);
        Caller<Boolean> woken = pool.idle(last, true);
        workers.requestQueued();
        assertThat(woken.result()).isTrue();
        assertThat(first.order).isEqualTo(Worker.Order.SLEEP);
        pool.assertCurIdleNewPending(2, 1, 0, 0);
    }

    @Test
    void twoIdleWorkersAreWokenForSeveralRequests() throws Exception {
        Workers workers = pool.open(4, 5);
        pool.searching();
        Worker asleep = pool.searching();
        pool.idle(asleep, true);
        Caller<Boolean> second = pool.idle(pool.searching(), true);
        Caller<Boolean> third = pool.idle(pool.searching(), true);
        pool.offered();
        pool.offered();
        pool.offered();
        workers.handOn(false);
        assertThat(second.result()).isTrue();
        assertThat(third.result()).isTrue();
        assertThat(asleep.order).isEqualTo(Worker.Order.SLEEP);
        pool.assertCurIdleNewPending(4, 1, 0, 0);
    }

    @Test
    void whereOneIdlesTheSecondIsStarted() throws Exception {
        Workers workers = pool.open(2, 4);
        pool.searching();
        Caller<Boolean> idle = pool.idle(pool.searching(), true);
        pool.offered();
        pool.offered();
        workers.handOn(false);
        assertThat(idle.result()).isTrue();
        pool.assertCurIdleNewPending(3, 0, 1, 0);
    }

    @Test
    void aWorkerThatIsAwakeLetsTheIdleSleep() {
        Workers workers = pool.open(3, 4);
        pool.searching();
        pool.searching();
        pool.idle(pool.searching(), true);
        pool.offered();
        workers.handOn(false);
        pool.assertCurIdleNewPending(3, 1, 0, 0);
    }

    @Test
    void aWorkerThatIsStillToArriveKeepsNoIdleWorkerAsleep() throws Exception {
        Workers workers = pool.open(2, 4);
        Worker first = pool.searching();
        pool.pending();
        Caller<Boolean> idle = pool.idle(first, true);
        workers.requestQueued();
        assertThat(idle.result()).isTrue();
        pool.assertCurIdleNewPending(2, 0, 0, 1);
    }

    @Test
    void whatWasQueuedWhileAWorkerWentIdleIsSeenByIt() {
        Workers workers = pool.open(0, 1, 0, false);
        workers.requestQueued();
        Worker worker = pool.searching();
        pool.offered();
        assertThat(workers.awaitRequest(worker, true)).isTrue();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
        assertThat(workers.isAttended()).isTrue();
    }

    @Test
    void anIdleWorkerOfMoreThanMinGoesWhenItsTimeIsOver() {
        Workers workers = pool.open(0, 2, 0, false);
        workers.requestQueued();
        Worker worker = pool.busy();
        assertThat(workers.awaitRequest(worker, false)).isFalse();
        pool.assertCurIdleNewPending(0, 0, 0, 0);
        workers.requestQueued();
        pool.assertCurIdleNewPending(1, 0, 1, 0);
    }

    @Test
    void anIdleWorkerOfMinStaysUntilMinIsLowered() throws Exception {
        Workers workers = pool.open(1, 2, 0, false);
        Caller<Boolean> idle = pool.idle(pool.searching(), true);
        pool.assertCurIdleNewPending(1, 1, 0, 0);
        workers.resize(0, 2);
        assertThat(idle.result()).isFalse();
        pool.assertCurIdleNewPending(0, 0, 0, 0);
    }

    @Test
    void anIdleWorkerOfMoreThanMinStaysWhileItsTimeIsNotOver() throws Exception {
        Workers workers = pool.open(0, 2, TimeUnit.HOURS.toNanos(1), false);
        workers.requestQueued();
        Caller<Boolean> idle = pool.idle(pool.searching(), true);
        pool.assertCurIdleNewPending(1, 1, 0, 0);
        assertThat(idle.isDone()).isFalse();
    }

    @Test
    void aBusyWorkerIsInterruptedAndAnIdleOneDropsIt() {
        Workers workers = pool.open(2, 2);
        pool.busy();
        Caller<Boolean> idle = pool.idle(pool.searching(), true);
        workers.interruptAll();
        assertThat(Thread.interrupted()).isTrue();
        Await.parked(idle.thread);
        pool.assertCurIdleNewPending(2, 1, 0, 0);
    }

    @Test
    void itSaysWhoThereIs() {
        Workers workers = pool.open(6, 8);
        pool.searching();
        pool.pending();
        pool.pending();
        pool.busy();
        pool.idle(pool.searching(), true);
        assertThat(workers).hasToString("new=1 pending=2 running=3 idle=1 searching=4 min=6 max=8");
    }

    @Test
    void submittersTakeNoLockWhileSomebodyIsOnItsWay() throws Exception {
        Workers workers = pool.open(0, 2);
        workers.requestQueued();
        pool.assertSubmittersTakeNoLock();
        Worker worker = pool.pending();
        pool.assertSubmittersTakeNoLock();
        workers.arrived(worker);
        pool.assertSubmittersTakeNoLock();
    }

    @Test
    void submittersTakeNoLockWhileAllAreBusy() throws Exception {
        pool.open(1, 1);
        pool.busy();
        pool.assertSubmittersTakeNoLock();
    }

    @Test
    void submittersTakeNoLockWhenTheIdleOneHasGoneAndAnotherIsOnItsWay() throws Exception {
        Workers workers = pool.open(2, 2, 0, false);
        Worker worker = pool.searching();
        pool.pending();
        workers.resize(0, 2);
        assertThat(workers.awaitRequest(worker, true)).isFalse();
        pool.assertSubmittersTakeNoLock();
    }

    @Test
    void aWorkerThatSpinsInVainIdles() {
        needsTwoProcessors();
        Workers workers = pool.open(0, 1, 0, true);
        workers.requestQueued();
        Worker worker = pool.busy();
        assertThat(workers.awaitRequest(worker, false)).isFalse();
        assertThat(worker.spins).isFalse();
        pool.assertCurIdleNewPending(0, 0, 0, 0);
    }

    @Test
    void aWorkerThatFindsARequestWhileItSpinsGoesOnSearching() {
        needsTwoProcessors();
        Workers workers = pool.open(0, 1, 0, true);
        workers.requestQueued();
        Worker worker = pool.busy();
        pool.offered();
        assertThat(workers.awaitRequest(worker, false)).isTrue();
        assertThat(worker.spins).isFalse();
        assertThat(workers.isAttended()).isTrue();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }

    @Test
    void aWorkerThatIsToSpinSearchesFromThenOn() {
        needsTwoProcessors();
        Workers workers = pool.open(1, 1, 0, true);
        Worker worker = pool.busy();
        assertThat(workers.beginSpin(worker, false)).isTrue();
        assertThat(worker.spins).isTrue();
        assertThat(workers.isAttended()).isTrue();
    }

    @Test
    void oneWorkerAtATimeSpins() {
        needsTwoProcessors();
        Workers workers = pool.open(2, 2, 0, true);
        Worker first = pool.searching();
        Worker second = pool.searching();
        assertThat(workers.beginSpin(first, true)).isTrue();
        assertThat(workers.beginSpin(second, true)).isFalse();
        assertThat(second.spins).isFalse();
        workers.endSpin(first, true);
        assertThat(first.spins).isFalse();
        assertThat(workers.beginSpin(second, true)).isTrue();
    }

    @Test
    void aWorkerThatEndsLeavesTheSpinToTheOthers() {
        needsTwoProcessors();
        Workers workers = pool.open(3, 3, 0, true);
        Worker dying = pool.searching();
        Worker spinning = pool.searching();
        Worker next = pool.searching();
        assertThat(workers.beginSpin(dying, true)).isTrue();
        workers.ended(dying, true, true);
        assertThat(workers.beginSpin(spinning, true)).isTrue();
        workers.ended(next, true, true);
        assertThat(workers.beginSpin(next, true)).isFalse();
    }

    @Test
    void aPoolThatDoesNotSpinHasNobodySpin() {
        Workers workers = pool.open(1, 1);
        Worker worker = pool.busy();
        assertThat(workers.beginSpin(worker, false)).isFalse();
        assertThat(workers.isAttended()).isFalse();
    }
}
