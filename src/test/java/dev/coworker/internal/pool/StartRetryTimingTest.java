package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.contract.Callers;
import dev.coworker.contract.FailingFactory;
import dev.coworker.contract.Gate;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When a failed start is tried again. */
class StartRetryTimingTest {
    @RegisterExtension
    final TimedPool timed = new TimedPool();

    private final FailingFactory factory = new FailingFactory();
    private final Gate gate = new Gate();

    @AfterEach
    void heal() {
        factory.heal();
    }

    private Object pass() throws InterruptedException {
        gate.pass();
        return null;
    }

    /** In QEMU, pending_threads stays above zero after a failed start, and no worker is created ever after. */
    @Test
    void aFailedStartLeavesNothingPendingAndWorkersAreCreatedAgain() throws Exception {
        timed.open(0, 64, factory.failNext(FailingFactory::outOfMemory));
        for (int i = 0; i < 4; i++) {
            timed.submit(this::pass);
        }
        timed.loop.poll(false);
        Pool.Counters wedged = timed.counters();
        assertThat(wedged.spawnFailures()).isOne();
        assertThat(wedged.pendingThreads()).isZero();
        assertThat(wedged.newThreads()).isZero();
        assertThat(wedged.curThreads()).isZero();
        assertThat(wedged.queued()).isEqualTo(4);
        timed.timer.advance(Duration.ofMillis(1));
        gate.awaitArrived(4);
        gate.open();
    }

    @Test
    void aFailedStartLeavesNothingReservedOfItsBurst() {
        timed.open(3, 64, factory.failNext(Thread::new, FailingFactory::outOfMemory));
        timed.loop.poll(false);
        Callers.until("the retry is scheduled", () -> !timed.retries.isEmpty());
        assertThat(timed.counters().curThreads()).isOne();
        assertThat(timed.counters().newThreads()).isZero();
        timed.timer.advance(Duration.ofMillis(1));
        timed.until("three idle", now -> now.idleThreads() == 3);
    }

    @Test
    void theDelayDoublesFromAMillisecondToASecond() {
        timed.open(0, 64, factory.fail(FailingFactory::outOfMemory));
        timed.submit(() -> null);
        timed.loop.poll(false);
        for (int failures = 1; failures < 12; failures++) {
            Duration delay = timed.retries.get(failures - 1);
            timed.timer.advance(delay.minusNanos(1));
            assertThat(factory.calls()).isEqualTo(failures);
            timed.timer.advance(Duration.ofNanos(1));
            assertThat(factory.calls()).isEqualTo(failures + 1);
        }
        assertThat(timed.retries)
                .containsExactlyElementsOf(Stream.of(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 1000)
                        .map(Duration::ofMillis)
                        .toList());
    }

    @Test
    void aNewSubmitResetsTheDelay() {
        timed.open(0, 64, factory.fail(FailingFactory::outOfMemory));
        timed.submit(() -> null);
        timed.loop.poll(false);
        timed.timer.advance(Duration.ofMillis(127));
        assertThat(factory.calls()).isEqualTo(8); // the next retry is 128 ms away
        timed.submit(() -> null);
        timed.timer.advance(Duration.ofMillis(1));
        assertThat(factory.calls()).isEqualTo(9);
        assertThat(timed.retries).last().isEqualTo(Duration.ofMillis(2));
    }

    @Test
    void aFailedStartIsTriedAgainThoughAFloorSharesTheQueue() throws Exception {
        Pool pool = timed.open(0, 4, factory.failNext(FailingFactory::outOfMemory));
        pool.openLane("kept", 1, 1, Pool.UNBOUNDED);
        timed.submit(this::pass);
        timed.loop.poll(false);
        assertThat(timed.retries).hasSize(1); // the counters would look into the inbox
        timed.timer.advance(Duration.ofMillis(1));
        gate.awaitArrived(1);
        gate.open();
    }

    @Test
    void nothingIsTriedAgainAfterClose() {
        Pool pool = timed.open(2, 4, factory.fail(FailingFactory::outOfMemory));
        timed.loop.poll(false);
        assertThat(factory.calls()).isOne();
        pool.close(null);
        assertThat(timed.timer.delays()).doesNotContain(Duration.ofMillis(1));
        timed.timer.advance(Duration.ofMinutes(1));
        assertThat(factory.calls()).isOne();
    }
}
