package demo;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    @Test
    void withoutATerminalEachQuarterIsALine() {
        show(false, 0, 10, 24, 25, 26, 49, 50, 80, 99, 103);

        assertThat(written.toString(US_ASCII).lines())
                .containsExactly(
                        "inline     25 % of 0.1 s",
                        "inline     50 % of 0.1 s", "inline     75 % of 0.1 s", "inline    100 % of 0.1 s");
    }

    @Test
    void onATerminalABarIsRedrawnInItsLineAndEndsIt() {
        show(true, 0, 50, 101);

        String[] drawn = written.toString(US_ASCII).split("\r");
        assertThat(drawn).hasSize(4);
        assertThat(drawn[1]).contains("[" + " ".repeat(48) + "]");
        assertThat(drawn[2])
                .contains("[" + "#".repeat(24) + " ".repeat(24) + "]")
                .hasSizeLessThan(80);
        assertThat(drawn[3]).contains("[" + "#".repeat(48) + "]").endsWith(System.lineSeparator());
    }

    private void show(boolean terminal, int... millis) {
        Progress progress =
                new Progress(new PrintStream(written, true, US_ASCII), terminal, "inline", Duration.ofMillis(100));
        for (int elapsed : millis) {
            progress.show(Duration.ofMillis(elapsed));
        }
    }
}
