package dev.coworker.bench;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kotlinx.coroutines.BuildersKt;
import org.openjdk.jmh.annotations.Benchmark;
import reactor.core.publisher.Mono;

/** What has to be known of a measurement: when, by which command, of which version, on what. */
final class Machine {
    private Machine() {}

    static Map<String, String> about(Suite suite, int runs) throws IOException, InterruptedException {
        Map<String, String> about = new LinkedHashMap<>();
        about.put(
                "command", "mvn -Pjmh verify -Djmh.suite=" + suite.name() + " -Djmh.runs=" + runs + " -Djmh.docs=docs");
        about.put("date", LocalDate.now().toString());
        about.put("commit", commit());
        about.put("machine", Runtime.getRuntime().availableProcessors() + " x " + processor());
        about.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        about.put("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
        about.put(
                "libraries",
                Stream.of(Benchmark.class, BuildersKt.class, Vertx.class, Mono.class)
                        .map(Machine::jar)
                        .collect(Collectors.joining(", ")));
        about.put("settings", suite.settings());
        about.put("runs", Integer.toString(runs));
        return about;
    }

    /** As a paragraph of the page. */
    static String paragraph(Map<String, String> about) {
        return "`" + about.get("command") + "`; " + about.get("date") + ", commit " + about.get("commit") + "; "
                + about.get("machine") + ", " + about.get("system") + ", Java " + about.get("java") + "; "
                + about.get("libraries") + ". " + about.get("settings") + " Runs: " + about.get("runs") + ".";
    }

    /** Of the sources; says so where some were not committed. */
    private static String commit() throws IOException, InterruptedException {
        try {
            String commit = git("rev-parse", "--short", "HEAD");
            return git("status", "--porcelain", "--", "src", "pom.xml").isEmpty() ? commit : commit + " and changes";
        } catch (IOException e) {
            return "unknown"; // there is no git, or no repository
        }
    }

    private static String git(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("git"));
        command.addAll(List.of(arguments));
        Process git = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
        if (git.waitFor() != 0) {
            throw new IOException("git failed: " + command);
        }
        return output;
    }

    private static String processor() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        return !Files.exists(info)
                ? System.getProperty("os.arch")
                : Files.readAllLines(info).stream()
                        .filter(line -> line.startsWith("model name"))
                        .map(line -> line.substring(line.indexOf(':') + 2))
                        .findFirst()
                        .orElse(System.getProperty("os.arch"));
    }

    private static String jar(Class<?> type) {
        try {
            String path = type.getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI()
                    .getPath();
            return path.substring(path.lastIndexOf('/') + 1).replace(".jar", "").replace("-jvm", "");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
