package demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class PlotTest {
    @Test
    void aColumnHasAPointForItsMedianAndOneForItsLatestTick() {
        Measurement first = Runs.run("first", 5, 1, late(0.05, 0.2), late(0.1, 12), late(4, 10));
        Measurement second = Runs.run("second", 5, 1, late(0, 0), late(0.3, 0.3), late(1, 3));

        assertThat(Plot.draw(List.of(first, second)))
                .containsExactly(
                        " 10 ms | xx|",
                        "  3 ms |  o|  x",
                        "  1 ms |   |  o",
                        "0.3 ms |   | *",
                        "0.1 ms |xo |",
                        "  less |o  |*",
                        "       +---+---",
                        "        first second");
    }

    @Test
    void rowsAboveTheLatestTickAreLeftOut() {
        assertThat(Plot.draw(List.of(Runs.steady("calm", 0.2, 2))))
                .containsExactly("0.1 ms |**", "  less |", "       +--", "        calm");
    }

    @Test
    void twoRunsFitIntoEightyColumns() {
        List<String> plot = Plot.draw(
                List.of(Runs.steady("inline", 50_000, Plot.COLUMNS), Runs.steady("submitCo", 50_000, Plot.COLUMNS)));

        assertThat(plot).hasSize(15).allMatch(line -> line.length() <= 80);
    }

    private static Lateness late(double median, double latest) {
        return new Lateness(10, median, latest, latest);
    }
}
