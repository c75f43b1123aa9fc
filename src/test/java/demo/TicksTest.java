package demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TicksTest {
    @Test
    void everyTickOfEveryThreadIsCounted() throws Exception {
        Ticks ticks = Ticks.start(7, Duration.ofMillis(23));
        ticks.join();

        assertThat(ticks.lateness(0, 1, 1).ticks()).isEqualTo(7 * 23);
    }

    @Test
    void thePartsOfTheTimeMakeUpTheWhole() throws Exception {
        Ticks ticks = Ticks.start(3, Duration.ofMillis(20));
        ticks.join();

        List<Lateness> parts = ticks.lateness(6);
        assertThat(parts).hasSize(6);
        assertThat(parts.stream().mapToInt(Lateness::ticks).sum()).isEqualTo(3 * 20);
        assertThat(parts.stream().mapToDouble(Lateness::max).max())
                .hasValue(ticks.lateness(0, 1, 1).max());
    }

    @Test
    void theColdStartAndTheRestMakeUpTheWhole() throws Exception {
        Ticks ticks = Ticks.start(3, Duration.ofMillis(20));
        ticks.join();

        assertThat(ticks.lateness(0, 1, 5).ticks()).isEqualTo(3 * 4);
        assertThat(ticks.lateness(1, 5, 5).ticks()).isEqualTo(3 * 16);
    }

    @Test
    void noTickIsEarly() {
        int[] lateMicros = new int[15];
        long start = System.nanoTime();
        Ticks.tick(start, lateMicros);

        assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(15));
        assertThat(Arrays.stream(lateMicros)).allMatch(late -> late >= 0);
    }

    @Test
    void missedTicksAreMadeUpForAndAsLateAsTheyAre() {
        int[] lateMicros = new int[5];

        Ticks.tick(System.nanoTime() - TimeUnit.SECONDS.toNanos(1), lateMicros);

        for (int i = 0; i < lateMicros.length; i++) {
            assertThat(lateMicros[i]).isGreaterThanOrEqualTo(1_000_000 - 1_000 * (i + 1));
        }
    }
}
