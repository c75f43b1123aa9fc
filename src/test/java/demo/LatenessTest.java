package demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LatenessTest {
    @Test
    void quantilesAreThoseOfTheNearestRank() {
        IntStream micros = IntStream.rangeClosed(1, 200).map(i -> (201 - i) * 1_000);

        assertThat(Lateness.of(micros)).isEqualTo(new Lateness(200, 100, 198, 200));
    }

    @Test
    void oneTickIsAllQuantiles() {
        assertThat(Lateness.of(IntStream.of(1_500))).isEqualTo(new Lateness(1, 1.5, 1.5, 1.5));
    }

    @Test
    void noTicksAreNotLate() {
        assertThat(Lateness.of(IntStream.empty())).isEqualTo(new Lateness(0, 0, 0, 0));
    }
}
