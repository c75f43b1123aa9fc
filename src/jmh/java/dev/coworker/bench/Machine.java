package dev.coworker.bench;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kotlinx.coroutines.BuildersKt;
import org.openjdk.jmh.annotations.Benchmark;

/** What must be known of a measurement: when, of which version, on which machine. */
final class Machine {
    private Machine() {}

    static Map<String, String> about(int runs) throws IOException {
        Map<String, String> about = new LinkedHashMap<>();
        about.put("date", LocalDate.now().toString());
        about.put("commit", commit());
        about.put("machine", Runtime.getRuntime().availableProcessors() + " x " + processor());
        about.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        about.put("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
        about.put(
                "libraries",
                Stream.of(Benchmark.class, BuildersKt.class, Vertx.class)
                        .map(Machine::jar)
                        .collect(Collectors.joining(", ")));
        about.put("settings", Rounds.settings());
        about.put("runs", Integer.toString(runs));
        about.put(
                "before",
                OldVersion.isGiven() ? OldVersion.jar().getFileName().toString().replace(".jar", "") : "");
        return about;
    }

    /** As a paragraph of the page. */
    static String paragraph(Map<String, String> about) {
        String before = about.get("before");
        return "`mvn -Pjmh verify -Djmh.runs=" + about.get("runs") + "`, " + about.get("date") + ", commit "
                + about.get("commit") + (before.isEmpty() ? "" : " (before: " + before + ")") + ". "
                + about.get("machine") + ", " + about.get("system") + ", Java " + about.get("java") + "; "
                + about.get("libraries") + ". " + about.get("settings") + " Runs: " + about.get("runs")
                + ". Figures are medians of the runs' medians (and quartiles); ratios are compared round by round.";
    }

    /** Says so if some sources were not committed; empty without git. */
    private static String commit() throws IOException {
        Process git = new ProcessBuilder("git", "describe", "--always", "--dirty= and changes")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
    }

    private static String processor() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        return (Files.exists(info) ? Files.readAllLines(info) : List.<String>of())
                .stream()
                        .filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 2))
                        .findFirst()
                        .orElse(System.getProperty("os.arch"));
    }

    private static String jar(Class<?> type) {
        String path = type.getProtectionDomain().getCodeSource().getLocation().getPath();
        return path.substring(path.lastIndexOf('/') + 1).replace(".jar", "").replace("-jvm", "");
    }
}
