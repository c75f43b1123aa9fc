package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.coworker.internal.base.Timer;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A request that has arrived counts, although it is still in the inbox: no worker is there to look. */
class InboxTest {
    @RegisterExtension
    final TimedPool timed = new TimedPool();

    private Pool pool;

    @BeforeEach
    void submit() {
        pool = timed.open(0, 1, null);
        timed.submit(() -> null);
    }

    @Test
    void aPoolIsNotIdleThen() {
        assertThat(pool.queue.isQuiescent()).isFalse();
    }

    @Test
    void noWorkerIsFreeThen() {
        BlockingRequest.Terms onlyIfFree = new BlockingRequest.Terms(0, Timer.NO_DEADLINE, null);
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> pool.call(new BlockingRequest(null, () -> 1), onlyIfFree))
                .withMessageContaining("no worker is free");
    }
}
