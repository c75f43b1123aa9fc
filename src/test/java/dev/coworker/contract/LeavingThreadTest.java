package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pool is closed while the thread of an ended worker still runs code of its factory. */
class LeavingThreadTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private ThreadPool pool;

    @BeforeEach
    void openAndLeave() throws Exception {
        pool = pools.open(ThreadPool.builder()
                .maxThreads(1)
                .idleTimeout(Duration.ZERO)
                .threadFactory(worker -> new Thread(() -> {
                    worker.run();
                    gate.passUninterruptibly();
                })));
        pool.submit(() -> {});
        gate.awaitArrived(1);
        assertThat(pool.stats().curThreads()).isZero();
    }

    private Caller<Boolean> closer(boolean within) {
        return Callers.platform(() -> {
            if (within) {
                assertThat(pool.close(Duration.ofMinutes(10))).isTrue();
            } else {
                pool.close();
            }
            return Thread.interrupted();
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closeParksUntilItHasEnded(boolean within) throws Exception {
        Caller<Boolean> closer = closer(within);
        Await.parked(closer.thread);
        assertThat(closer.isDone()).isFalse();
        gate.open();
        assertThat(closer.result()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptDoesNotEndThatWaitAndIsKept(boolean within) throws Exception {
        Caller<Boolean> closer = closer(within);
        Await.parked(closer.thread);
        closer.thread.interrupt();
        Await.parked(closer.thread);
        assertThat(closer.isDone()).isFalse();
        gate.open();
        assertThat(closer.result()).isTrue();
    }

    @Tag("slow")
    @Test
    void closeWithADurationGivesUpOnItAndSaysSo() {
        assertThat(pool.close(Duration.ZERO)).isFalse();
        assertThat(pool.toString()).contains("Closing");
        gate.open();
        assertThat(pool.close(Duration.ZERO)).isTrue();
        assertThat(pool.toString()).contains("Closed");
    }
}
