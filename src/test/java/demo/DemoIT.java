package demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoIT {
    private static final int TICKERS = 10;

    @TempDir
    Path directory;

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Test
    void itRunsBothWaysAndReportsWhatItMeasured() throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[10_000]);
        Path csv = directory.resolve("ticks.csv");
        Path svg = directory.resolve("ticks.svg");

        int millis = 250;
        List<Measurement> both = run(file, csv, svg, millis);
        while (!both.stream().allMatch(run -> run.reads() > 0 && run.hashes() > 0)) { // a slow machine needs longer
            millis *= 2;
            written.reset();
            both = run(file, csv, svg, millis);
        }

        assertThat(both).extracting(Measurement::name).containsExactly("inline", "submitCo");
        for (Measurement run : both) {
            assertThat(run.coldStart().ticks() + run.lateness().ticks()).isEqualTo(TICKERS * millis);
            assertThat(run.coldStart().ticks()).isEqualTo(TICKERS * (millis * Plot.COLD_COLUMNS / Plot.COLUMNS));
            assertThat(run.overTime().stream().mapToInt(Lateness::ticks).sum()).isEqualTo(TICKERS * millis);
            assertThat(run.lateness().p50()).isBetween(0.0, run.lateness().p99());
            assertThat(run.lateness().p99()).isLessThanOrEqualTo(run.lateness().max());
        }
        assertThat(written.toString(US_ASCII))
                .contains(file + ", 10,000 bytes")
                .contains(row(
                        "tick max",
                        both.get(0).lateness().max(),
                        both.get(1).lateness().max()))
                .contains(row(
                        "reads per second",
                        both.get(0).readsPerSecond(),
                        both.get(1).readsPerSecond()))
                .contains(row(
                        "hashes per second",
                        both.get(0).hashesPerSecond(),
                        both.get(1).hashesPerSecond()))
                .contains(Report.verdict(both.get(0), both.get(1)) + System.lineSeparator())
                .contains("Watch, inline: ")
                .contains("Watch, submitCo: ");
        assertThat(csv).content(US_ASCII).isEqualTo(String.join("\n", Csv.lines(both)) + "\n");
        assertThat(svg).content(US_ASCII).isEqualTo(Svg.draw(both));
    }

    private List<Measurement> run(Path file, Path csv, Path svg, int millis) throws Exception {
        Settings settings = new Settings(
                file.toString(),
                csv.toString(),
                svg.toString(),
                Duration.ofMillis(millis),
                TICKERS,
                4,
                Duration.ofMillis(1),
                2,
                1_000,
                Disks.JAVA);
        return Demo.run(settings, new PrintStream(written, true, US_ASCII), false);
    }

    private static String row(String label, double inline, double submitCo) {
        return String.format(Locale.ROOT, "%-28s%,14.1f%,14.1f%n", label, inline, submitCo);
    }

    @Test
    void anUnusableFileEndsTheProgramWithAMessageAndAFailure() throws Exception {
        Path missing = directory.resolve("missing");
        Process process = new ProcessBuilder(
                        Disks.JAVA.toString(),
                        "-Dfile=" + missing,
                        "-cp",
                        home(Demo.class) + File.pathSeparator + home(ThreadPool.class),
                        Demo.class.getName())
                .redirectErrorStream(true)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), US_ASCII);

        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(said).isEqualToIgnoringNewLines("demo: " + missing + ": no such file");
        assertThat(process.exitValue()).isEqualTo(1);
    }

    private static Path home(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    }
}
