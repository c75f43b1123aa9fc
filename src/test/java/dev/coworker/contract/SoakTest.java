package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Pools under everything at once, up to three at a time: see {@link Soak}. {@code -Dseed=N} replays the choices of a
 * run, which prints its seed.
 */
class SoakTest {
    private static final long GROWTH_BYTES = 8L << 20;

    @Test
    @Timeout(180)
    void twentySecondsOfEverythingLoseNothingAndLeaveNothing() throws Exception {
        soak(Duration.ofSeconds(20), Duration.ofSeconds(1));
    }

    @Test
    @Tag("soak")
    void minutesOfEverythingLoseNothingAndLeaveNothing() throws Exception {
        soak(Duration.ofMinutes(Long.getLong("soak.minutes")), Duration.ofSeconds(5));
    }

    private static void soak(Duration total, Duration each) throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("SoakTest: -Dseed=" + seed);
        Random random = new Random(seed);
        List<Long> used = new ArrayList<>();
        List<WeakReference<?>> left = new ArrayList<>();
        for (long end = System.nanoTime() + total.toNanos(); System.nanoTime() < end; ) {
            boolean dropping = used.size() % 8 == 4; // not more often, since it takes ten seconds
            left.addAll(Soak.run(random.nextLong(), dropping, each));
            System.gc();
            used.add(ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed());
        }
        System.out.println("SoakTest: " + Soak.REQUESTS.sum() + " requests, " + used.size() + " soaks");
        for (WeakReference<?> reference : left) {
            Await.unreachable("a pool that was closed, and the class loader of its callers", reference);
        }
        int third = used.size() / 3;
        assertThat(least(used.subList(used.size() - third, used.size())))
                .as("heap after each soak, bytes: %s", used)
                .isLessThan(least(used.subList(1, 1 + third)) + GROWTH_BYTES);
    }

    private static long least(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).min().orElseThrow();
    }
}
