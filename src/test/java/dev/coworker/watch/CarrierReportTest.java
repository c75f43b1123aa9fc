package dev.coworker.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(300)
class CarrierReportTest {
    private static final WatchConfig CONFIG = WatchConfig.defaults().skip("org.sqlite");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"default", "profile"})
    @Tag("slow")
    void namesEachCallThatHoldsACarrierAndHowLong(String settings) throws Exception {
        Repeat.untilPassed(4, () -> {
            Path recording = recording();
            Map<String, Load.Truth> truths =
                    Recordings.record(settings, recording, "3", "readFifo", "querySqlite", "sleepInNative");

            CarrierReport report = CarrierReport.of(recording, CONFIG);

            Map<String, Long> seen = truths.keySet().stream()
                    .collect(Collectors.toMap(
                            name -> name,
                            name -> Recordings.in(report, name).stream()
                                    .mapToLong(site -> site.held().toNanos())
                                    .max()
                                    .orElse(0)));
            truths.forEach((name, truth) -> assertThat(seen.get(name))
                    .as(name + " in %n%s", report)
                    .isCloseTo(truth.nanos(), Percentage.withPercentage(20)));
        });
    }

    /** Where others take the processors, a thread that computes is rarely sampled: then it is only seen briefly. */
    @ParameterizedTest
    @ValueSource(strings = {"default", "profile"})
    @Tag("slow")
    void namesComputationAndPageFaults(String settings) throws Exception {
        Repeat.untilPassed(3, () -> {
            Path recording = recording();
            Recordings.record(settings, recording, "6", "hashPassword", "touchPages");

            CarrierReport report = CarrierReport.of(recording, CONFIG);

            boolean quiet = Recordings.processor(recording) > 0.35; // 0.4 with the load alone, on two processors
            for (String guilty : List.of("hashPassword", "touch")) {
                assertThat(report.sites())
                        .as(report.toString())
                        .filteredOn(site -> site.isAt(Load.class.getName() + "." + guilty))
                        .filteredOn(site -> !quiet || site.holds() > 0)
                        .isNotEmpty();
            }
        });
    }

    @Test
    void namesTheClassWhoseInitializerIsWaitedFor() throws Exception {
        Path recording = recording();
        Map<String, Load.Truth> truths = Recordings.record("default", recording, "1", "waitForInitializer");

        CarrierReport report = CarrierReport.of(recording, CONFIG);

        if (report.toString().contains("on JDK 21")) { // of the JVM that was recorded
            assertThat(report.toString()).contains("Not seen:").contains("waits for a class to be initialized");
        } else {
            CarrierSite site = Recordings.siteIn(report, "initialize");
            assertThat(site.reason()).contains("Load$Slow");
            assertThat(site.advice()).startsWith("initialize the class");
            long truth = truths.get("waitForInitializer").nanos(); // a busy machine adds to it, before and after
            assertThat(site.held().toNanos()).isBetween(truth / 2, truth + 1_000_000);
        }
    }

    @Test
    void saysThatWhatWasNotRecordedIsNotSeen() {
        CarrierReport report =
                new CarrierReport(List.of(), Duration.ofSeconds(1), 25, Duration.ZERO, Duration.ZERO, null);

        assertThat(report.toString()).contains("Not seen: native calls; Java.");
    }

    @Test
    void saysWhatItIsOfAForeignFile() throws IOException {
        Path foreign = Files.writeString(directory.resolve("app.jfr"), "This is no recording.");

        assertThatThrownBy(() -> CarrierReport.of(foreign, CONFIG))
                .isInstanceOf(IOException.class)
                .hasMessage(foreign + " is not a recording of the flight recorder.");
    }

    @Test
    void saysWhereARecordingIsCutOff() throws Exception {
        Path whole = recording();
        Recordings.record("default", whole, "1", "sleepInNative");
        byte[] bytes = Files.readAllBytes(whole);
        Path half = Files.write(directory.resolve("half.jfr"), Arrays.copyOf(bytes, bytes.length / 2));

        assertThatThrownBy(() -> CarrierReport.of(half, CONFIG))
                .isInstanceOf(IOException.class)
                .hasMessage(half + " is cut off at byte " + bytes.length / 2
                        + ": it is still being written, or was not copied whole.");
    }

    @Test
    void saysThatARecordingIsDamaged() throws Exception {
        Path recording = recording();
        Recordings.record("default", recording, "1", "sleepInNative");
        byte[] bytes = Files.readAllBytes(recording);
        Arrays.fill(bytes, bytes.length / 4, bytes.length, (byte) 77);
        Path damaged = Files.write(directory.resolve("damaged.jfr"), bytes);

        assertThatThrownBy(() -> CarrierReport.of(damaged, CONFIG))
                .isInstanceOf(IOException.class)
                .hasMessageStartingWith(damaged + " is damaged: ");
    }

    @Test
    void saysThatADirectoryIsNoFile() {
        assertThatThrownBy(() -> CarrierReport.of(directory, CONFIG))
                .isInstanceOf(IOException.class)
                .hasMessage(directory + " is not a file.");
    }

    private Path recording() {
        return directory.resolve("recording-" + System.nanoTime() + ".jfr");
    }
}
