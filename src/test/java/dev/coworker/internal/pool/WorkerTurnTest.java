package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.contract.Callers;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a worker does when it finds nothing, or is one too many. One thread stands for two workers, step by step. */
class WorkerTurnTest {
    @RegisterExtension
    final TimedPool timed = new TimedPool();

    private Pool pool;
    private Workers workers;
    private Worker first;
    private Worker second;

    private interface Turns {
        void take();
    }

    private Worker arrive() {
        Worker worker = new Worker(pool, workers);
        assertThat(workers.starter.beginStart()).isTrue();
        workers.starter.arm(worker);
        assertThat(workers.arrived(worker)).isTrue();
        return worker;
    }

    /** Both run, and neither searches. */
    private void play(Turns turns) throws Exception {
        timed.spin = true;
        pool = timed.open(2, 2, null);
        workers = pool.workers;
        Callers.platform(() -> {
                    first = arrive();
                    second = arrive();
                    pool.resize(0, 2);
                    workers.signalNext(first);
                    workers.signalNext(second);
                    turns.take();
                    return null;
                })
                .result();
    }

    private void end(Worker... ended) {
        for (Worker worker : ended) {
            workers.ended(worker, true);
        }
    }

    private static void needsTwoProcessors() {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "nothing spins on one processor");
    }

    private Request ready() {
        Request request = new Request.FireAndForget(null, () -> null, null);
        pool.queue.offer(request, false);
        return request;
    }

    @Test
    void oneWorkerSpinsAtATimeAndIsSeenToSearch() throws Exception {
        needsTwoProcessors();
        play(() -> {
            assertThat(workers.hasSearcher).isFalse();
            assertThat(workers.beginSpin(first)).isTrue();
            assertThat(first.spins).isTrue();
            assertThat(workers.hasSearcher).isTrue();
            assertThat(workers.beginSpin(second)).isFalse();
            assertThat(second.spins).isFalse();
            workers.endSpin(first, true);
            assertThat(first.spins).isFalse();
            assertThat(workers.beginSpin(second)).isTrue();
            end(first, second);
        });
    }

    @Test
    void aWorkerThatSpinsFindsARequestWithoutGoingIdle() throws Exception {
        needsTwoProcessors();
        play(() -> {
            workers.beginSpin(first);
            Request request = ready();
            assertThat(workers.awaitRequest(first)).isTrue();
            assertThat(first.spins).isFalse();
            assertThat(first.order).isEqualTo(Worker.Order.SEARCH);
            assertThat(workers.awaitRequest(second))
                    .as("it begins to spin here")
                    .isTrue();
            assertThat(second.searching).isTrue();
            assertThat(workers.beginSpin(first)).as("they have ended it").isTrue();
            pool.withdraw(request, RequestQueue.Reason.WITHDRAWN);
            end(first, second);
        });
    }

    @Test
    void aWorkerThatSpinsInVainGoesIdle() throws Exception {
        needsTwoProcessors();
        timed.idleTimeout = Duration.ZERO;
        play(() -> {
            assertThat(workers.awaitRequest(first)).isFalse();
            assertThat(timed.counters().curThreads()).isOne();
            assertThat(workers.beginSpin(second)).as("it has ended it").isTrue();
            workers.ended(first, false);
            end(second);
        });
    }

    @Test
    void aWorkerThatEndsDoesNotSpinAnyMore() throws Exception {
        needsTwoProcessors();
        play(() -> {
            workers.beginSpin(first);
            end(first);
            assertThat(workers.hasSearcher).isFalse();
            assertThat(workers.beginSpin(second)).isTrue();
            end(second);
        });
    }

    @Test
    void onlyThoseAboveMaxExit() throws Exception {
        play(() -> {
            assertThat(workers.mustExit(first)).isFalse();
            pool.resize(0, 1);
            assertThat(workers.shrinking).isTrue();
            assertThat(workers.mustExit(first)).isTrue();
            assertThat(workers.shrinking).isFalse();
            assertThat(workers.mustExit(second)).isFalse();
            assertThat(timed.counters().curThreads()).isOne();
            workers.ended(first, false);
            end(second);
        });
    }

    @Test
    void oneThatLeavesIsReplacedUpToMin() throws Exception {
        play(() -> {
            pool.resize(2, 2);
            workers.leave();
            assertThat(timed.counters().curThreads()).isEqualTo(2);
            workers.ended(first, false);
            end(second);
        });
    }

    @Test
    void oneThatLeavesIsReplacedForARequestThatWaits() throws Exception {
        play(() -> {
            ready();
            workers.leave();
            timed.until("another one has served", now -> now.completed() == 1);
            workers.ended(first, false);
            end(second);
        });
    }

    @Test
    void aThreadRunsNoWorkerThatWasGivenUp() throws Exception {
        play(() -> {
            Worker unknown = new Worker(pool, workers);
            assertThat(workers.arrived(unknown)).isFalse();
            assertThat(timed.counters().curThreads()).isEqualTo(2);
            end(first, second);
        });
    }

    @Test
    void aFailedAssertionTellsTheCounts() throws Exception {
        play(() -> {
            assertThat(workers).hasToString("new=0 pending=0 running=2 idle=0 searching=0 min=0 max=2");
            end(first, second);
        });
    }
}
