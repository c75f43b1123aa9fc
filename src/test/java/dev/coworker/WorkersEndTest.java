package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Callers.Caller;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many workers are meant to exist, and how they end: resize, stop, and what they leave behind. */
class WorkersEndTest {
    @RegisterExtension
    final HandDriven pool = new HandDriven();

    @Test
    void minWorkersAreReservedAtOnceAndOneStartIsAskedFor() {
        Workers workers = pool.open(2, 3);
        assertThat(workers.counts()).containsExactly(2, 0, 2, 0, 2, 3);
        assertThat(workers.max()).isEqualTo(3);
        assertThat(pool.poll()).isTrue();
        pool.assertCurIdleNewPending(2, 0, 1, 1);
        assertThat(pool.poll()).as("the fresh worker is to start the other").isFalse();
        workers.arrived(pool.started.get(0));
        workers.startOthers();
        pool.assertCurIdleNewPending(2, 0, 0, 1);
    }

    @Test
    void noMinNoReservation() {
        pool.open(0, 3);
        pool.assertCurIdleNewPending(0, 0, 0, 0);
        assertThat(pool.poll()).isFalse();
    }

    @Test
    void aRaisedMinReservesWhatItLacks() {
        Workers workers = pool.open(1, 1);
        pool.busy();
        workers.resize(3, 4);
        assertThat(workers.counts()).containsExactly(3, 0, 2, 0, 3, 4);
        workers.resize(3, 3);
        pool.assertCurIdleNewPending(3, 0, 2, 0);
    }

    @Test
    void aRaisedMaxIsUsedForWhatWaits() {
        Workers workers = pool.open(1, 1);
        pool.busy();
        pool.offered();
        workers.resize(1, 2);
        pool.assertCurIdleNewPending(2, 0, 1, 0);
    }

    @Test
    void aRaisedMaxStartsNobodyWhereNothingWaits() {
        Workers workers = pool.open(1, 1);
        pool.busy();
        workers.resize(1, 2);
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }

    @Test
    void aLoweredMaxEndsTheIdleThenTheReservedAndNoMore() throws Exception {
        Workers workers = pool.open(6, 6);
        pool.busy();
        pool.pending();
        Caller<Boolean> first = pool.idle(pool.searching(), true);
        Caller<Boolean> second = pool.idle(pool.searching(), true);
        workers.resize(0, 5);
        assertThat(second.result()).isFalse();
        pool.assertCurIdleNewPending(5, 1, 2, 1);
        assertThat(first.isDone()).isFalse();
        workers.resize(0, 3);
        assertThat(first.result()).isFalse();
        pool.assertCurIdleNewPending(3, 0, 1, 1);
        workers.resize(0, 1);
        pool.assertCurIdleNewPending(2, 0, 0, 1);
        assertThat(workers.shrinking).isTrue();
    }

    @Test
    void aBusyWorkerThatIsOneTooManyRetiresBetweenTwoRequests() {
        Workers workers = pool.open(2, 2);
        pool.busy();
        pool.busy();
        assertThat(workers.shrinking).as("as many as max").isFalse();
        workers.resize(0, 1);
        assertThat(workers.shrinking).isTrue();
        assertThat(workers.retire(false)).isTrue();
        assertThat(workers.shrinking).as("as many as max again").isFalse();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
        assertThat(workers.retire(false)).isFalse();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }

    @Test
    void aWorkerThatRetiresSearchesNoMore() {
        Workers workers = pool.open(2, 2);
        pool.busy();
        pool.searching();
        workers.resize(0, 1);
        assertThat(workers.isAttended()).isTrue();
        assertThat(workers.retire(true)).isTrue();
        assertThat(workers.isAttended()).isFalse();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }

    @Test
    void aWorkerThatStaysSendsNobodyForWhatWaits() {
        Workers workers = pool.open(1, 2);
        pool.busy();
        pool.offered();
        assertThat(workers.retire(false)).isFalse();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }

    @Test
    void aWorkerThatFindsNothingAndIsOneTooManyGoes() {
        Workers workers = pool.open(2, 2);
        pool.busy();
        Worker surplus = pool.busy();
        workers.resize(1, 1);
        assertThat(workers.awaitRequest(surplus, false)).isFalse();
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }

    @Test
    void stopRollsBackWhatIsReservedAndNobodyStartsIt() {
        Workers workers = pool.open(3, 3);
        pool.pending();
        workers.stop();
        pool.assertCurIdleNewPending(1, 0, 0, 1);
        assertThat(pool.poll()).as("the context is to start one").isFalse();
        assertThat(pool.started).isEmpty();
    }

    @Test
    void stopEndsEveryIdleWorker() throws Exception {
        Workers workers = pool.open(2, 2);
        Worker worker = pool.searching();
        Caller<Boolean> first = pool.idle(worker, true);
        Caller<Boolean> second = pool.idle(pool.searching(), true);
        workers.stop();
        assertThat(first.result()).isFalse();
        assertThat(second.result()).isFalse();
        assertThat(worker.below).isNull();
        pool.assertCurIdleNewPending(0, 0, 0, 0);
    }

    @Test
    void afterStopNobodyIsReservedAndWhoFindsNothingGoes() {
        Workers workers = pool.open(1, 2);
        Worker worker = pool.searching();
        workers.stop();
        workers.resize(2, 3);
        assertThat(workers.counts()).containsExactly(1, 0, 0, 0, 1, 2);
        assertThat(workers.awaitRequest(worker, true)).isFalse();
        workers.requestQueued();
        workers.startMin();
        pool.assertCurIdleNewPending(0, 0, 0, 0);
    }

    @Test
    void aWorkerExistsFromBeforeItsStartToItsEnd() {
        Workers workers = pool.open(0, 1, 0, false);
        Thread self = Thread.currentThread();
        assertThat(workers.isEmpty()).isTrue();
        assertThat(workers.isWorker(self)).isFalse();
        workers.requestQueued();
        assertThat(workers.isEmpty()).as("reserved").isFalse();
        Worker worker = pool.searching();
        assertThat(workers.isWorker(self)).isTrue();
        assertThat(workers.isWorker(new Thread())).isFalse();
        assertThat(workers.awaitRequest(worker, true)).isFalse();
        assertThat(workers.isEmpty()).as("on its way out").isFalse();
        assertThat(workers.leaving()).isNull();
        workers.ended(worker, false, false);
        assertThat(workers.isEmpty()).isTrue();
        assertThat(workers.isWorker(self)).isFalse();
        assertThat(workers.leaving()).isSameAs(self);
    }

    @Test
    void threadsThatAreLeavingAreRememberedWhileTheyLive() throws Exception {
        Workers workers = pool.open(2, 2);
        Gate gate = new Gate();
        Caller<Void> slow = Callers.platform(() -> {
            workers.ended(pool.searching(), true, true);
            gate.pass();
            return null;
        });
        gate.awaitArrived(1);
        Caller<Void> quick = Callers.platform(() -> {
            workers.ended(pool.searching(), true, true);
            return null;
        });
        quick.thread.join();
        assertThat(workers.leaving()).isSameAs(slow.thread);
        gate.open();
        slow.thread.join();
        assertThat(workers.leaving()).isNull();
    }

    @Test
    void whoeverWaitsForAWorkersEndIsTold() throws Exception {
        Workers workers = pool.open(1, 1);
        Worker worker = pool.searching();
        Caller<Boolean> closer =
                Callers.platform(() -> pool.dispatcher.waiters.await(null, workers::isEmpty, Long.MAX_VALUE));
        Await.parked(closer.thread);
        workers.ended(worker, true, true);
        assertThat(closer.result()).isTrue();
    }

    @Test
    void aWorkerThatDiedCountsNoMoreWhetherItSearchedOrWasBusy() {
        Workers workers = pool.open(2, 2);
        Worker busy = pool.busy();
        Worker searching = pool.searching();
        workers.ended(searching, true, true);
        pool.assertCurIdleNewPending(1, 0, 0, 0);
        assertThat(workers.isAttended()).isFalse();
        workers.ended(busy, true, false);
        pool.assertCurIdleNewPending(0, 0, 0, 0);
        assertThat(workers.isEmpty()).isTrue();
    }

    @Test
    void whatWaitsWhenAWorkerDiesHasAnotherSent() {
        Workers workers = pool.open(1, 1);
        Worker worker = pool.searching();
        pool.offered();
        workers.ended(worker, true, true);
        pool.assertCurIdleNewPending(1, 0, 1, 0);
    }

    @Test
    void aWorkerThatDiesOrEndsWithNothingLeftToDoHasNobodySent() {
        Workers workers = pool.open(0, 1, 0, false);
        workers.requestQueued();
        workers.ended(pool.searching(), true, true);
        pool.assertCurIdleNewPending(0, 0, 0, 0);
        workers.requestQueued();
        Worker ending = pool.busy();
        assertThat(workers.awaitRequest(ending, false)).isFalse();
        pool.offered(); // whoever offers tells
        workers.ended(ending, false, false);
        pool.assertCurIdleNewPending(0, 0, 0, 0);
    }

    @Test
    void minIsRestoredByTheNextThatArrives() {
        Workers workers = pool.open(2, 2);
        Worker dying = pool.searching();
        Worker next = pool.pending();
        workers.ended(dying, true, true);
        pool.assertCurIdleNewPending(1, 0, 0, 1);
        workers.arrived(next);
        pool.assertCurIdleNewPending(2, 0, 1, 0);
    }

    @Test
    void minIsNotRestoredAfterStop() {
        Workers workers = pool.open(2, 2);
        Worker worker = pool.pending();
        workers.stop();
        workers.arrived(worker);
        pool.assertCurIdleNewPending(1, 0, 0, 0);
    }
}
