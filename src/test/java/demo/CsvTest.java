package demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CsvTest {
    @Test
    void eachPartOfEachRunIsALine() {
        Measurement inline =
                Runs.run("inline", 1, 1, new Lateness(50, 1, 2, 3.5), new Lateness(50, 0.25, 1_000, 2_000));
        Measurement submitCo = Runs.run("submitCo", 1, 1, new Lateness(100, 0, 0, 0));

        assertThat(Csv.lines(List.of(inline, submitCo)))
                .containsExactly(
                        "run,from_seconds,to_seconds,ticks,p50_ms,p99_ms,max_ms",
                        "inline,0.000,5.000,50,1.000,2.000,3.500",
                        "inline,5.000,10.000,50,0.250,1000.000,2000.000",
                        "submitCo,0.000,10.000,100,0.000,0.000,0.000");
    }
}
