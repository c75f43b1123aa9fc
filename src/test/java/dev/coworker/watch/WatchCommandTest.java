package dev.coworker.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class WatchCommandTest {
    @TempDir
    static Path directory;

    private static Path recording;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeAll
    static void record() throws Exception {
        recording = directory.resolve("recording.jfr");
        Recordings.record("default", recording, "1", "readFifo");
    }

    @Test
    void printsTheSitesOfARecording() {
        assertThat(run("watch", recording.toString())).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("Carriers were held for ")
                .contains("file read")
                .contains("dev.coworker.watch.Load.readFifo:")
                .contains("Brief stays:")
                .contains("Not seen:");
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
    }

    @Test
    void printsJson() {
        assertThat(run("watch", recording.toString(), "--json")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .startsWith("{")
                .contains("\"site\": \"dev.coworker.watch.Load.readFifo:")
                .contains("\"seenAs\": [\"file read\"]");
    }

    @Test
    void exitsWith3IfACarrierWasHeldLonger() {
        assertThat(run("watch", recording.toString(), "--fail-over", "20ms")).isEqualTo(3);
        assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("A carrier was held for ");
    }

    @Test
    void exitsWith0IfNoCarrierWasHeldLonger() {
        assertThat(run("watch", recording.toString(), "--fail-over", "1h")).isZero();
    }

    @Test
    void leavesOutShorterHolds() {
        assertThat(run("watch", recording.toString(), "--min", "1h")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).startsWith("No carrier was held in ");
    }

    @Test
    void exitsWith1AndOneSentenceIfItCannotRead() {
        assertThat(run("watch", "absent.jfr")).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("absent.jfr is not a file." + System.lineSeparator());
    }

    @Test
    void exitsWith2OnWrongUsage() {
        assertThat(run()).isEqualTo(2);
        assertThat(run("watch")).isEqualTo(2);
        assertThat(run("watch", "a.jfr", "--for")).isEqualTo(2);
        assertThat(run("watch", "a.jfr", "--min", "soon")).isEqualTo(2);
        assertThat(run("watch", "a.jfr", "--min", "9999999999999999h")).isEqualTo(2);
        assertThat(run("watch", "a.jfr", "--for", "99999999999999999999s")).isEqualTo(2);
        assertThat(run("watch", "a.jfr", "--unknown")).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "The first argument must be \"watch\". See --help.",
                        "The recording or the process id is missing. See --help.",
                        "--for needs a value. See --help.",
                        "\"soon\" is no duration such as 20ms or 30s. See --help.",
                        "\"9999999999999999h\" is longer than 292 years. See --help.",
                        "\"99999999999999999999s\" is longer than 292 years. See --help.",
                        "\"--unknown\" is not understood. See --help.");
    }

    @Test
    void printsHelp() {
        assertThat(run("--help")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("--fail-over 20ms");
    }

    private int run(String... arguments) {
        return WatchCommand.run(List.of(arguments), new PrintStream(out, true), new PrintStream(err, true));
    }
}
