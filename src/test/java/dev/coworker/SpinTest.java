package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The short wait without parking. */
class SpinTest {
    private static final int PATIENCE = 64;

    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

    @BeforeEach
    void needsTwoProcessors() {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "nothing spins on one processor");
    }

    @Test
    void oneThreadAtATimeHasTheTurn() {
        Spin spin = new Spin(true);
        assertThat(spin.begin()).isTrue();
        assertThat(spin.begin()).isFalse();
        spin.end(true);
        assertThat(spin.begin()).isTrue();
    }

    @Test
    void switchedOffNobodyHasTheTurn() {
        assertThat(new Spin(false).begin()).isFalse();
    }

    @Test
    void aTargetThatIsReachedEndsTheWait() {
        AtomicInteger looks = new AtomicInteger();
        assertThat(Spin.until(() -> looks.incrementAndGet() == 5)).isTrue();
        assertThat(looks).hasValue(5);
    }

    @Test
    void aTargetThatIsNeverReachedEndsItToo() {
        long since = System.nanoTime();
        assertThat(Spin.until(() -> false)).isFalse();
        assertThat(System.nanoTime() - since).isGreaterThanOrEqualTo(TimeUnit.MICROSECONDS.toNanos(5));
    }

    @Test
    void afterManyMissesItIsTriedInOneMillisecondOfSixteen() {
        Spin spin = new Spin(true);
        for (int miss = 0; miss < PATIENCE; miss++) {
            assertThat(spin.begin()).isTrue();
            spin.end(false);
        }
        int tried = 0;
        int refused = 0;
        long since = System.nanoTime();
        while (System.nanoTime() - since < TimeUnit.MILLISECONDS.toNanos(200)) {
            if (spin.begin()) {
                spin.end(false);
                tried++;
            } else {
                refused++;
            }
        }
        assertThat(tried).isPositive();
        assertThat(refused).isGreaterThan(tried);
    }

    @Test
    void aHitMakesItWorthTryingAgain() {
        Spin spin = new Spin(true);
        for (int miss = 0; miss < PATIENCE; miss++) {
            spin.begin();
            spin.end(false);
        }
        Callers.until("it is tried", spin::begin);
        spin.end(true);
        assertThat(spin.begin()).isTrue();
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
