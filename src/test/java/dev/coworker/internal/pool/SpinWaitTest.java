package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The wait without parking: how long it is, for whom, and when it is not tried. */
@Timeout(30)
class SpinWaitTest {
    private static final int PATIENCE = 64;
    private static final long SPIN_NANOS = TimeUnit.MICROSECONDS.toNanos(5);

    private final Spin spin = new Spin(true);

    @BeforeEach
    void needsTwoProcessors() {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "nothing spins on one processor");
    }

    private void miss(int times) {
        for (int i = 0; i < times; i++) {
            assertThat(spin.begin()).as("after %d misses", i).isTrue();
            spin.end(false);
        }
    }

    @Test
    void itEndsAtTheFirstLookThatFindsTheTarget() {
        AtomicInteger looks = new AtomicInteger();
        assertThat(Spin.until(() -> looks.incrementAndGet() == 3)).isTrue();
        assertThat(looks).hasValue(3);
        assertThat(Spin.untilOutcome(() -> looks.incrementAndGet() == 5)).isTrue();
        assertThat(looks).hasValue(5);
    }

    @Test
    void itLastsFiveMicrosecondsIfTheTargetIsNotReached() {
        long shortest = Long.MAX_VALUE;
        for (int i = 0; i < 100; i++) {
            long since = System.nanoTime();
            assertThat(i % 2 == 0 ? Spin.until(() -> false) : Spin.untilOutcome(() -> false))
                    .isFalse();
            shortest = Math.min(shortest, System.nanoTime() - since);
        }
        assertThat(shortest).isBetween(SPIN_NANOS, 100 * SPIN_NANOS);
    }

    @Test
    void aTargetThatIsReachedWhenTheTimeIsOverCounts() {
        AtomicInteger looks = new AtomicInteger();
        BooleanSupplier lateTarget = () -> {
            if (looks.incrementAndGet() == 4) {
                LockSupport.parkNanos(10 * SPIN_NANOS); // the clock is read after the fourth look
            }
            return looks.get() > 4;
        };
        assertThat(Spin.until(lateTarget)).isTrue();
    }

    @Test
    void oneThreadSpinsAtATime() {
        assertThat(spin.begin()).isTrue();
        assertThat(spin.begin()).isFalse();
        spin.end(true);
        assertThat(spin.begin()).isTrue();
    }

    @Test
    void whereItIsTurnedOffNoneDoes() {
        assertThat(new Spin(false).begin()).isFalse();
    }

    @Test
    void afterManyMissesItIsTriedInOneMillisecondOfSixteen() {
        miss(PATIENCE);
        int tried = 0;
        int leftOut = 0;
        while (tried < 100 || leftOut < 100) {
            long before = slot();
            boolean begun = spin.begin();
            if (begun) {
                spin.end(false);
            }
            if (before == slot()) {
                assertThat(begun).isEqualTo(before % 16 == 0);
                tried += begun ? 1 : 0;
                leftOut += begun ? 0 : 1;
            }
        }
    }

    /** 2^20 ns, about a millisecond. */
    private static long slot() {
        return System.nanoTime() >>> 20;
    }

    @Test
    void oneHitMakesItPatientAgain() {
        miss(PATIENCE);
        while (!spin.begin()) {
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos() / 4);
        }
        spin.end(true);
        miss(PATIENCE);
    }

    @Test
    void aHitStartsTheCountOfMissesAnew() {
        miss(PATIENCE - 1);
        assertThat(spin.begin()).isTrue();
        spin.end(true);
        miss(PATIENCE);
    }
}
