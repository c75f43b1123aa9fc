package dev.coworker.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a recording of somebody else, or another JVM, may say: names are arbitrary text, and times are any numbers. */
class ForeignTextTest {
    private static final String CLEAR_SCREEN = "\u001b[2J";
    private static final String FORGED_LINE = "\n::add-mask::x\u0085\u009b2J";

    @Test
    void namesCannotForgeLinesOfAReportNorSteerATerminal() {
        String text = report(sites("com.acme." + CLEAR_SCREEN + FORGED_LINE), Duration.ofSeconds(1))
                .toString();

        assertThat(text.lines().map(String::strip))
                .noneMatch(line -> line.startsWith("::"))
                .anyMatch(line -> line.endsWith("com.acme.?[2J?::add-mask::x??2J"))
                .contains("calls java.?[2J?::add-mask::x??2J")
                .contains("because ?[2J?::add-mask::x??2J")
                .contains("called by org.?[2J?::add-mask::x??2J");
        assertThat(text.replace(System.lineSeparator(), "")).doesNotContainPattern("\\p{Cc}");
    }

    @Test
    void jsonEscapesAllControlCharacters() {
        String json = report(sites("com.acme." + CLEAR_SCREEN + FORGED_LINE), Duration.ofSeconds(1))
                .toJson();

        assertThat(json).contains("\"com.acme.\\u001b[2J\\u000a::add-mask::x\\u0085\\u009b2J\"");
        assertThat(json.replace("\n", "")).doesNotContainPattern("\\p{Cc}");
    }

    @Test
    void timesBeyond292YearsArePrintedAsThat() {
        Duration years584 = Duration.ofNanos(Long.MAX_VALUE).multipliedBy(2);

        CarrierReport report = report(List.of(), years584);

        assertThat(report.toString()).startsWith("No carrier was held in 18446744073.7 s");
        assertThat(report.toJson()).contains("\"spanNanos\": " + Long.MAX_VALUE);
    }

    @Test
    void errorsCannotSteerATerminal() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();

        int status = WatchCommand.run(
                List.of("watch", CLEAR_SCREEN + FORGED_LINE),
                new PrintStream(new ByteArrayOutputStream(), true),
                new PrintStream(err, true, StandardCharsets.UTF_8));

        assertThat(status).isEqualTo(1);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("?[2J?::add-mask::x??2J is not a file." + System.lineSeparator());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "java.net.InetAddress.getByName",
                "sun.nio.ch.UnixFileDispatcherImpl.force0",
                "sun.nio.ch.FileChannelImpl.force",
                "com.acme.Blobs$AFile.force"
            })
    void theJdkMakesUpForForceAndNameLookUps(String operation) {
        assertThat(HoldAnalyzer.COMPENSATED_EVER.matcher(operation).matches()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"java.nio.MappedByteBuffer.force", "a.FileChannelImpl$Sub.force", "a.FileA.b.force"})
    void theJdkDoesNotMakeUpForOtherCallsOfThatName(String operation) {
        assertThat(HoldAnalyzer.COMPENSATED_EVER.matcher(operation).matches()).isFalse();
    }

    /** A pattern that looked at each part of a name again and again took half a minute for 64,000 characters. */
    @ParameterizedTest
    @ValueSource(strings = {"File", "File.", "File$", "File\n"})
    @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aNameTakesTimeInProportionToItsLength(String part) {
        String name = part.repeat(1 << 15);

        assertThat(HoldAnalyzer.COMPENSATED_EVER.matcher(name).matches()).isFalse();
    }

    private static List<CarrierSite> sites(String method) {
        Sites sites = new Sites(Duration.ZERO);
        String rest = method.substring("com.acme.".length());
        Stack stack = new Stack(
                List.of(new Stack.Frame("org." + rest, 0), new Stack.Frame(method, 0)), "java." + rest, false);
        sites.hold(stack, HoldKind.PINNED, 1_000_000, "because " + rest, false);
        return sites.list();
    }

    private static CarrierReport report(List<CarrierSite> sites, Duration span) {
        return new CarrierReport(sites, span, 25, Duration.ZERO, Duration.ZERO, null);
    }
}
