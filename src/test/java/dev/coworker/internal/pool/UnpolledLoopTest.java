package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.contract.Log;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A manual loop that is not polled is reported after a second, by the timer. */
class UnpolledLoopTest {
    private static final Duration PATIENCE = Duration.ofSeconds(1);

    @RegisterExtension
    final TimedPool timed = new TimedPool();

    private void untilDue(Pool pool, int callbacks) {
        pool.submit(new CallbackRequest(pool, null, () -> null, (value, failure) -> {}) {});
        if (callbacks == 1) {
            timed.loop.poll(false); // starts the worker
        }
        timed.until("callbacks are due", now -> now.completed() == callbacks && now.undelivered() == callbacks);
    }

    @Test
    void whereTheTimerHadNoThreadTheNextCallbackTriesAgain() {
        Pool pool = timed.open(0, 1, null);
        timed.timer.refuse(true);
        untilDue(pool, 1);
        timed.timer.refuse(false);
        untilDue(pool, 2);
        try (Log log = new Log()) {
            timed.timer.advance(PATIENCE);
            assertThat(log.records())
                    .singleElement()
                    .satisfies(record -> assertThat(record.getMessage())
                            .contains("has not been polled for a second", "callbacks wait for it"));
        }
    }
}
