package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.contract.Gate;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The watch for stuck work looks four times in {@code stuckAfter}, while work runs. */
class StuckWatchTicksTest {
    private static final Duration STUCK_AFTER = Duration.ofSeconds(4);
    private static final Duration PERIOD = STUCK_AFTER.dividedBy(4);

    @RegisterExtension
    final TimedPool timed = new TimedPool();

    private final Gate gate = new Gate();
    private Pool pool;

    @BeforeEach
    void runOne() throws Exception {
        timed.stuckAfter = STUCK_AFTER;
        pool = timed.open(0, 1, null);
        timed.submit(() -> {
            gate.pass();
            return null;
        });
        timed.loop.poll(false);
        gate.awaitArrived(1);
        timed.timer.advance(TimedPool.OVERDUE); // the look after the start
    }

    private void finish() {
        gate.open();
        timed.until("it idles", now -> now.idleThreads() == 1);
    }

    @Test
    void itLooksAgainAsLongAsWorkRuns() {
        for (int i = 0; i < 3; i++) {
            assertThat(timed.timer.delays())
                    .singleElement()
                    .satisfies(delay -> assertThat(delay).isBetween(PERIOD.minus(TimedPool.OVERDUE), PERIOD));
            timed.timer.advance(PERIOD);
        }
        finish();
    }

    @Test
    void anIdlePoolHasNoTicks() {
        finish();
        timed.timer.advance(PERIOD);
        assertThat(timed.timer.delays()).isEmpty();
    }

    @Test
    void norHasAClosedOne() {
        finish();
        assertThat(timed.timer.delays()).hasSize(1);
        pool.close(null);
        assertThat(timed.timer.delays()).isEmpty();
    }

    private void assertTheNextArmsIt() throws Exception {
        Gate next = new Gate();
        timed.submit(() -> {
            next.pass();
            return null;
        });
        next.awaitArrived(1);
        assertThat(timed.timer.delays()).containsExactly(PERIOD);
        next.open();
    }

    @Test
    void theNextRequestArmsItAgain() throws Exception {
        finish();
        timed.timer.advance(PERIOD);
        assertTheNextArmsIt();
    }

    @Test
    void whereTheTimerHasNoThreadTheNextRequestTriesAgain() throws Exception {
        finish();
        timed.timer.advance(PERIOD);
        timed.timer.refuse(true);
        timed.submit(() -> null);
        timed.until("it is served", now -> now.completed() == 2);
        timed.timer.refuse(false);
        assertTheNextArmsIt();
    }
}
