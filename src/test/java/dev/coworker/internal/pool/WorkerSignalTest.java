package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.contract.Gate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When a submission tells a worker, and when it costs nothing: neither a lock nor a run of the loop. */
class WorkerSignalTest {
    @RegisterExtension
    final TimedPool timed = new TimedPool();

    private final Gate gate = new Gate();

    private Object pass() throws InterruptedException {
        gate.pass();
        return null;
    }

    private void runOneMore() throws InterruptedException {
        timed.submit(this::pass);
        timed.loop.poll(false);
        gate.awaitArrived(1);
    }

    /** {@code open}: whether a submission takes the workers' lock. */
    @Test
    void oneIsToldIfItCanBeSentAndNoneIsOnItsWay() throws Exception {
        Workers workers = timed.open(0, 2, null).workers;
        assertThat(workers.open).as("one may be started").isTrue();
        timed.submit(this::pass);
        assertThat(workers.open).as("one is on its way").isFalse();
        timed.loop.poll(false);
        gate.awaitArrived(1);
        assertThat(workers.open).as("it is busy, and another may be started").isTrue();
        runOneMore();
        assertThat(workers.open).as("all are busy").isFalse();
        gate.open();
        timed.until("both idle", now -> now.idleThreads() == 2);
        assertThat(workers.open).as("they idle").isTrue();
    }

    @Test
    void aBusyWorkerBesideAnIdleOneLeavesThatToBeTold() throws Exception {
        Workers workers = timed.open(2, 2, null).workers;
        timed.loop.poll(false);
        timed.until("both idle", now -> now.idleThreads() == 2);
        runOneMore();
        assertThat(workers.open).isTrue();
        assertThat(workers.hasSearcher).isFalse();
        gate.open();
    }

    @Test
    void aFreshWorkerSearchesUntilItHasARequest() throws Exception {
        Gate fresh = new Gate();
        timed.onWorkerStarted = fresh::passUninterruptibly;
        Workers workers = timed.open(0, 2, null).workers;
        timed.submit(this::pass);
        assertThat(workers.hasSearcher).as("it has no thread yet").isFalse();
        timed.loop.poll(false);
        fresh.awaitArrived(1);
        assertThat(workers.hasSearcher).isTrue();
        assertThat(workers.open).isFalse();
        fresh.open();
        gate.awaitArrived(1);
        assertThat(workers.hasSearcher).isFalse();
        gate.open();
    }

    @Test
    void workersAboveALoweredMaxAreToldToLookUntilOneHasLeft() throws Exception {
        Pool pool = timed.open(0, 2, null);
        Gate other = new Gate();
        timed.submit(() -> {
            other.pass();
            return null;
        });
        timed.loop.poll(false);
        other.awaitArrived(1);
        runOneMore();
        assertThat(pool.workers.shrinking).isFalse();
        pool.resize(0, 1);
        assertThat(pool.workers.shrinking).isTrue();
        other.open();
        timed.until("one has left", now -> now.curThreads() == 1);
        assertThat(pool.workers.shrinking).isFalse();
        gate.open();
    }

    @Test
    void anIdleWorkerIsWokenWithoutTheLoop() {
        timed.open(1, 64, null);
        timed.loop.poll(false);
        timed.until("it idles", now -> now.idleThreads() == 1);
        timed.submit(() -> null);
        timed.until("it has served", now -> now.completed() == 1);
        assertThat(timed.loop.poll(false)).isFalse();
    }

    @Test
    void newBoundsThatNeedNoWorkerCostTheLoopNothing() {
        Pool pool = timed.open(1, 64, null);
        timed.loop.poll(false);
        timed.until("it idles", now -> now.idleThreads() == 1);
        pool.resize(1, 2);
        pool.resize(0, 1);
        assertThat(timed.loop.poll(false)).isFalse();
        assertThat(timed.counters().curThreads()).isOne();
    }

    @Test
    void aPoolWithoutMinNeedsNoLoopToOpen() {
        timed.open(0, 64, null);
        assertThat(timed.loop.poll(false)).isFalse();
    }
}
