package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Callers.Caller;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a fresh worker does for others before it takes a request itself. */
class WorkersStarterTest {
    @RegisterExtension
    final HandDriven pool = new HandDriven();

    private final Log log = new Log();

    @AfterEach
    void closeLog() {
        log.close();
    }

    private Workers withFresh(int max, int waiting) {
        Workers workers = pool.open(0, max);
        for (int i = 0; i < waiting; i++) {
            pool.offered();
        }
        workers.requestQueued();
        pool.searching();
        return workers;
    }

    private void assertStarts(int others, Workers workers) {
        workers.startOthers();
        assertThat(pool.started).hasSize(others);
        pool.assertCurIdleNewPending(1 + others, 0, 0, others);
    }

    @Test
    void forARequestAloneItStartsNobody() {
        assertStarts(0, withFresh(9, 1));
    }

    @Test
    void forASecondRequestItStartsAnother() {
        assertStarts(1, withFresh(9, 2));
    }

    @Test
    void ofABurstItHasTwoOthersOnTheirWay() {
        assertStarts(2, withFresh(9, 3));
    }

    @Test
    void ofALongBurstNoMore() {
        assertStarts(2, withFresh(9, 8));
    }

    @Test
    void itGoesOnWhenOneOfThemHasTakenARequest() {
        Workers workers = withFresh(9, 8);
        workers.startOthers();
        workers.arrived(pool.started.get(0));
        workers.handOn(true);
        assertThat(pool.started).as("two are on their way").hasSize(2);
        workers.startOthers();
        assertThat(pool.started).hasSize(3);
        pool.assertCurIdleNewPending(4, 0, 0, 2);
    }

    @Test
    void oneThatArrivesMeanwhileLeavesTheStartingToIt() {
        Workers workers = withFresh(9, 8);
        workers.startOthers();
        workers.arrived(pool.started.get(0));
        workers.startOthers();
        assertThat(pool.started).hasSize(2);
    }

    @Test
    void handingOnItSendsOneWhereAnOlderWorkerSendsTwo() {
        Workers workers = withFresh(9, 8);
        workers.handOn(true);
        pool.assertCurIdleNewPending(2, 0, 0, 1);
        workers.arrived(pool.started.get(0));
        workers.handOn(false);
        pool.assertCurIdleNewPending(4, 0, 2, 0);
    }

    @Test
    void itStartsNoMoreThanMax() {
        assertStarts(1, withFresh(2, 8));
    }

    @Test
    void thoughNothingWaitsItStartsTheNextThatIsReserved() {
        Workers workers = pool.open(4, 4);
        pool.searching();
        workers.startOthers();
        pool.assertCurIdleNewPending(4, 0, 2, 1);
    }

    @Test
    void ofManyThatAreReservedItStartsOneAndGoesToWork() {
        Workers workers = pool.open(9, 9);
        pool.offered();
        pool.searching();
        workers.startOthers();
        pool.assertCurIdleNewPending(9, 0, 7, 1);
    }

    @Test
    void whatAnIdleWorkerCanDoNeedsNoNewOne() throws Exception {
        Workers workers = pool.open(2, 9);
        Caller<Boolean> idle = pool.idle(pool.searching(), true);
        pool.searching();
        pool.offered();
        pool.offered();
        workers.startOthers();
        assertThat(pool.started).isEmpty();
        workers.handOn(true);
        assertThat(idle.result()).isTrue();
    }

    @Test
    void aFailureEndsItUntilTheRetry() {
        Workers workers = withFresh(9, 8);
        pool.factory = worker -> {
            throw new OutOfMemoryError("says the test");
        };
        workers.startOthers();
        assertThat(workers.spawnFailures()).isEqualTo(1);
        pool.assertCurIdleNewPending(1, 0, 0, 0);
        workers.startOthers();
        assertThat(workers.spawnFailures()).isEqualTo(1);
    }

    @Test
    void afterStopItStartsNobody() {
        Workers workers = withFresh(9, 8);
        workers.stop();
        assertStarts(0, workers);
    }
}
