package demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReportTest {
    @Test
    void fairnessIsClaimedWhereTicksGotClearlyEarlier() {
        assertThat(Report.verdict(Runs.run("inline", 1_234.5, 80), Runs.run("submitCo", 2.55, 40)))
                .isEqualTo("Shown: tick p99 1,235 -> 2.6 ms; hashes 8.0 -> 4.0/s: fairness, not CPU");
    }

    @Test
    void hashesThatGotFasterAreReportedAndNotExplainedAway() {
        assertThat(Report.verdict(Runs.run("inline", 500, 60), Runs.run("submitCo", 5, 90)))
                .isEqualTo("Shown: tick p99 500 -> 5.0 ms; hashes 6.0 -> 9.0/s");
    }

    @Test
    void nothingIsClaimedWhereTicksWereAboutAsLate() {
        assertThat(Report.verdict(Runs.run("inline", 9.9, 60), Runs.run("submitCo", 5, 60)))
                .startsWith("Not shown: tick p99 9.9 -> 5.0 ms");
    }

    @Test
    void theTableHoldsTheMeasurementsSideBySide() {
        String report = report(Runs.run("inline", 1_000, 61), Runs.run("submitCo", 2, 40));

        assertThat(report.lines())
                .contains(
                        "                                    inline      submitCo",
                        "tick p50, ms late                    500.0           1.0",
                        "tick p99                           1,000.0           2.0",
                        "tick max                           2,000.0           4.0",
                        "tick p99, first 1.2 s              3,000.0           6.0",
                        "reads per second                      10.0          10.0",
                        "hashes per second                      6.1           4.0",
                        "carriers held by reads                 1.3           1.3",
                        "carriers held by hashes                0.8           0.8",
                        "Counted: 1,000 ticks each; 100 and 100 blocks, each equal to the file's.");
    }

    @Test
    void itFitsIntoEightyColumnsOfAscii() {
        String report = report(Runs.steady("inline", 20_000, Plot.COLUMNS), Runs.steady("submitCo", 0.2, Plot.COLUMNS));

        assertThat(report).isASCII();
        assertThat(report.lines()).allMatch(line -> line.length() <= 80);
    }

    private static String report(Measurement inline, Measurement submitCo) {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        Report report = new Report(Settings.ofTheSystemProperties(), 1, new PrintStream(written, true, US_ASCII));
        report.introduce(new Target(Path.of("/tmp/coworker-demo-10839181356964761701.img"), 32 << 20, true));
        report.conclude(inline, submitCo);
        return written.toString(US_ASCII);
    }
}
