package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Spinning before parking. */
class SpinTest {
    private static final int PATIENCE = 64;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @BeforeEach
    void needsTwoProcessors() {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "nothing spins on one processor");
    }

    @Test
    void aPoolThatDoesNotSpinServesAllTheSame() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().spin(false).idleTimeout(Duration.ZERO));
        for (int i = 0; i < 100; i++) {
            int call = i;
            assertThat(Callers.onVirtual(() -> pool.submitCo(() -> call))).isEqualTo(call);
        }
    }

    @Test
    void aWorkerThatSpinsIsToldToExit() throws Exception {
        for (int i = 0; i < 200; i++) {
            ThreadPool pool = pools.open(ThreadPool.builder());
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
            pool.close();
            assertThat(pool.stats().curThreads()).isZero();
        }
    }
}
