package metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Fills the queue of an example, and waits until that shows. */
final class Flood {
    private Flood() {}

    /** More than the workers can serve in a second, besides the load that the example makes. */
    static void over(MetricsExample example) {
        for (int i = 0; i < 400; i++) {
            example.pool().submit(() -> TimeUnit.MILLISECONDS.sleep(20));
        }
    }

    static void until(String what, BooleanSupplier condition) {
        until(what, condition, () -> "");
    }

    private static void until(String what, BooleanSupplier condition, Supplier<Object> seen) {
        long since = System.nanoTime();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - since)
                    .as(() -> "never came true: " + what + " " + seen.get())
                    .isLessThan(TimeUnit.SECONDS.toNanos(30));
            LockSupport.parkNanos(1_000_000);
        }
    }

    static void untilRead(MetricsExample example, String what, Predicate<History.Reading> condition) {
        until(
                what,
                () -> example.history().readings().stream().anyMatch(condition),
                () -> example.history().readings());
    }
}
