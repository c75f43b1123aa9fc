package dev.coworker.watch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jdk.jfr.EventType;
import jdk.jfr.consumer.EventStream;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/** Who held carriers in a recording, or since a watch began: sites, ranked by the time held. */
public final class CarrierReport {
    private static final Pattern DURATION = Pattern.compile("(\\d+) ?(ns|us|ms|s|m|h)");
    private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");
    private static final Duration LONGEST = Duration.ofNanos(Long.MAX_VALUE);
    private static final int BEFORE_KINDS = 9 + 1 + 7 + 1 + 9 + 2; // the width of the columns before
    private final List<CarrierSite> sites;
    private final Duration span;
    private final int feature;
    private final Duration nativeRound;
    private final Duration javaPeriod;
    private final @Nullable Duration fileThreshold;

    CarrierReport(
            List<CarrierSite> sites,
            Duration span,
            int feature,
            Duration nativeRound,
            Duration javaPeriod,
            @Nullable Duration fileThreshold) {
        this.sites = sites;
        this.span = span;
        this.feature = feature;
        this.nativeRound = nativeRound;
        this.javaPeriod = javaPeriod;
        this.fileThreshold = fileThreshold;
    }

    /**
     * Reads a recording of the flight recorder. The settings {@code default} and {@code profile} will do. The memory
     * that it takes does not grow with the recording.
     *
     * @param recording a {@code .jfr} file
     * @param config which packages to pass over, which holds to leave out; its hold listener is called
     * @return the report
     * @throws IOException if the file is not a whole recording; the message is one sentence that tells which and why
     */
    public static CarrierReport of(Path recording, WatchConfig config) throws IOException {
        checkChunks(recording);
        try {
            return read(recording, config);
        } catch (IOException | RuntimeException e) {
            throw new IOException(recording + " is damaged: " + e.getMessage(), e);
        }
    }

    private static CarrierReport read(Path recording, WatchConfig config) throws IOException {
        Map<Long, String> names = new HashMap<>();
        try (RecordingFile file = new RecordingFile(recording)) {
            for (EventType type : file.readEventTypes()) {
                names.put(type.getId(), type.getName());
            }
        }
        HoldAnalyzer analyzer = new HoldAnalyzer(config, names, 0, false);
        try (EventStream stream = EventStream.openFile(recording)) {
            analyzer.findJvm(stream);
        }
        AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
        try (EventStream stream = EventStream.openFile(recording)) {
            stream.onError(failure::set);
            analyzer.subscribe(stream);
            stream.start();
        }
        Throwable thrown = failure.get();
        if (thrown != null) {
            throw new IOException(thrown.toString(), thrown);
        }
        analyzer.finish();
        return analyzer.report();
    }

    /** Reads the header of each chunk: an event stream ends in silence where a chunk is cut off. */
    private static void checkChunks(Path recording) throws IOException {
        if (!Files.isRegularFile(recording)) {
            throw new IOException(recording + " is not a file.");
        }
        try (FileChannel channel = FileChannel.open(recording)) {
            long size = channel.size();
            for (long at = 0; at < size || at == 0; ) {
                ByteBuffer header = ByteBuffer.allocate(16);
                while (header.hasRemaining() && channel.read(header, at + header.position()) > 0) {}
                if (header.position() < 4 || header.getInt(0) != 0x464C5200) { // FLR\0
                    throw new IOException(
                            at == 0
                                    ? recording + " is not a recording of the flight recorder."
                                    : recording + " has no recording from byte " + at + " on; the file is damaged.");
                }
                long length = header.hasRemaining() ? 0 : header.getLong(8);
                if (length <= 0 || length > size - at) {
                    throw new IOException(recording + " is cut off at byte " + size
                            + ": it is still being written, or was not copied whole.");
                }
                at += length;
            }
        }
    }

    /**
     * Returns the sites, those with the longest time held first. Those of brief stays alone come last.
     *
     * @return the sites
     */
    public List<CarrierSite> sites() {
        return sites;
    }

    /**
     * Returns the time that was watched.
     *
     * @return the time from the first event to the last
     */
    public Duration span() {
        return span;
    }

    /**
     * Returns how long a native call must last to be seen for certain: two rounds of the sampler. It takes one native
     * thread a period, in turn, so a round takes the longer, the more threads are in native code.
     *
     * @return two rounds
     */
    public Duration nativeLimit() {
        return nativeRound.multipliedBy(2);
    }

    /**
     * Returns the longest hold.
     *
     * @return its duration; zero if there is none
     */
    public Duration longest() {
        return sites.stream().map(CarrierSite::longest).max(Duration::compareTo).orElse(Duration.ZERO);
    }

    /**
     * Returns the report as JSON, times in nanoseconds.
     *
     * @return one object with {@code sites}
     */
    public String toJson() {
        String list = sites.stream().map(CarrierReport::json).collect(Collectors.joining(",\n    "));
        return "{\n  \"jdk\": %d,\n  \"spanNanos\": %d,\n  \"nativeLimitNanos\": %d,\n  \"sites\": [\n    %s\n  ]\n}\n"
                .formatted(feature, nanos(span), nanos(nativeLimit()), list);
    }

    private static String json(CarrierSite site) {
        String kinds = site.kinds().stream().map(kind -> quote(kind.label())).collect(Collectors.joining(", "));
        String callers = site.callers().entrySet().stream()
                .map(caller -> quote(caller.getKey()) + ": " + caller.getValue())
                .collect(Collectors.joining(", "));
        return ("{\"site\": %s, \"seenAs\": [%s], \"operation\": %s, \"reason\": %s, \"heldNanos\": %d, \"holds\": %d, "
                        + "\"longestNanos\": %d, \"briefNanos\": %d, \"compensated\": %b, "
                        + "\"callers\": {%s}, \"advice\": %s}")
                .formatted(
                        quote(site.frame()),
                        kinds,
                        quote(site.operation()),
                        quote(site.reason()),
                        nanos(site.held()),
                        site.holds(),
                        nanos(site.longest()),
                        nanos(site.brief()),
                        site.compensated(),
                        callers,
                        quote(site.advice()));
    }

    private static String quote(@Nullable String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder quoted = new StringBuilder("\"");
        text.chars().forEach(c -> {
            if (Character.isISOControl(c)) {
                quoted.append("\\u%04x".formatted(c));
            } else {
                quoted.append(c == '"' || c == '\\' ? "\\" : "").append((char) c);
            }
        });
        return quoted.append('"').toString();
    }

    /** Returns the report as text: a table of the sites that held a carrier, and the sum of the brief stays. */
    @Override
    public String toString() {
        List<CarrierSite> held = sites.stream().filter(site -> site.holds() > 0).toList();
        StringBuilder text = new StringBuilder();
        Duration total = held.stream().map(CarrierSite::held).reduce(Duration.ZERO, Duration::plus);
        if (held.isEmpty()) {
            text.append("No carrier was held in %s%s.%n".formatted(show(span), jdk()));
        } else {
            text.append("Carriers were held for %s in %s%s, at %s:%n%n"
                    .formatted(show(total), show(span), jdk(), places(held)));
            int width =
                    held.stream().mapToInt(site -> kinds(site).length()).max().orElse(0);
            text.append(row("held", "holds", "longest", "seen as", Math.max(10, width), "where"));
            held.forEach(site -> append(text, site, Math.max(10, width)));
        }
        List<CarrierSite> brief =
                sites.stream().filter(site -> !site.brief().isZero()).toList();
        Duration briefly = brief.stream().map(CarrierSite::brief).reduce(Duration.ZERO, Duration::plus);
        text.append("%nBrief stays: %s in all, at %s; each shorter than can be proved to be a hold.%n"
                .formatted(show(briefly), places(brief)));
        text.append(limits());
        return text.toString();
    }

    private static void append(StringBuilder text, CarrierSite site, int width) {
        String kinds = kinds(site);
        String holds = Long.toString(site.holds());
        text.append(row(show(site.held()), holds, show(site.longest()), kinds, width, printable(site.frame())));
        String indent = " ".repeat(BEFORE_KINDS + width + 4);
        Consumer<String> detail =
                line -> text.append(indent).append(printable(line)).append(System.lineSeparator());
        if (!site.operation().equals(site.frame().replaceFirst(":\\d+$", ""))
                && !site.operation().equals(kinds)) {
            detail.accept("calls " + site.operation());
        }
        if (site.reason() != null) {
            detail.accept(site.reason());
        }
        site.callers()
                .forEach((caller, n) ->
                        detail.accept("called by " + caller + (site.callers().size() == 1 ? "" : ", " + n + " times")));
        detail.accept(site.advice());
    }

    private static String kinds(CarrierSite site) {
        return site.kinds().stream().map(HoldKind::label).collect(Collectors.joining(", "));
    }

    private static String row(String held, String holds, String longest, String kinds, int width, String where) {
        String padded = kinds + " ".repeat(Math.max(0, width - kinds.length()));
        return "%9s %7s %9s  %s  %s%n".formatted(held, holds, longest, padded, where);
    }

    private static String places(List<CarrierSite> sites) {
        return sites.size() == 1 ? "1 place" : sites.size() + " places";
    }

    private String jdk() {
        return feature == 0 ? "" : " on JDK " + feature;
    }

    private String limits() {
        StringBuilder text = new StringBuilder("Not seen:");
        if (fileThreshold != null && !fileThreshold.isZero()) {
            text.append(" file operations under ").append(show(fileThreshold)).append(';');
        }
        text.append(nativeRound.isZero() ? " native calls" : " native calls under " + show(nativeLimit()));
        text.append("; Java");
        text.append(javaPeriod.isZero() ? "" : " under " + show(javaPeriod.multipliedBy(3)));
        return text.append(feature > 0 && feature < 24 ? "; waits for a class to be initialized" : "")
                .append(".%n".formatted())
                .toString();
    }

    /** Replaces control characters: a name that comes from outside must neither forge a line nor steer a terminal. */
    static String printable(String text) {
        return CONTROL.matcher(text).replaceAll("?");
    }

    /** A duration in nanoseconds, saturated: a recording may hold any times. */
    private static long nanos(Duration time) {
        return TimeUnit.NANOSECONDS.convert(time);
    }

    static String show(Duration time) {
        double nanos = time.getSeconds() * 1e9 + time.getNano();
        if (nanos >= 10e9) {
            return String.format(Locale.ROOT, "%.1f s", nanos / 1e9);
        }
        if (nanos >= 1e9) {
            return String.format(Locale.ROOT, "%.2f s", nanos / 1e9);
        }
        return String.format(Locale.ROOT, nanos >= 10e6 || nanos == 0 ? "%.0f ms" : "%.2f ms", nanos / 1e6);
    }

    /**
     * Reads a duration with its unit.
     *
     * @param text a whole number and one of {@code ns us ms s m h}, such as {@code 20ms}
     * @return the duration, at most 292 years
     * @throws IllegalArgumentException if the text is none, or is longer
     */
    public static Duration parse(String text) {
        Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("\"" + text + "\" is no duration such as 20ms or 30s");
        }
        ChronoUnit unit = switch (matcher.group(2)) {
            case "ns" -> ChronoUnit.NANOS;
            case "us" -> ChronoUnit.MICROS;
            case "ms" -> ChronoUnit.MILLIS;
            case "s" -> ChronoUnit.SECONDS;
            case "m" -> ChronoUnit.MINUTES;
            default -> ChronoUnit.HOURS;
        };
        try {
            Duration duration = Duration.of(Long.parseLong(matcher.group(1)), unit);
            if (duration.compareTo(LONGEST) <= 0) {
                return duration;
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // reported below
        }
        throw new IllegalArgumentException("\"" + text + "\" is longer than 292 years");
    }
}
