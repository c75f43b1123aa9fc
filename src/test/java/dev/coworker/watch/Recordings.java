package dev.coworker.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Runs a {@link Load} in a JVM of its own. */
final class Recordings {
    static final String JAVA = System.getProperty(
            "test.child.java",
            Path.of(System.getProperty("java.home"), "bin", "java").toString());

    private Recordings() {}

    /** Starts a load with as many carriers as guilty methods may hold, and two more. */
    static Process start(List<String> options, Path output, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(
                List.of(JAVA, "-Djdk.virtualThreadScheduler.parallelism=4", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Load.class.getName()));
        command.addAll(List.of(arguments));
        return Processes.builder(command.toArray(String[]::new))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** Records a load with settings of the JDK, and returns the truth. */
    static Map<String, Load.Truth> record(String settings, Path recording, String... arguments) throws Exception {
        Path output = recording.resolveSibling("output");
        String option = "-XX:StartFlightRecording:settings=" + settings + ",filename=" + recording;
        Process process = start(List.of(option), output, arguments);
        if (!process.waitFor(50, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new IllegalStateException(Files.readString(output));
        }
        return truths(output);
    }

    /** Returns for which share of their time the computations of the load recorded last had a processor. */
    static double processor(Path recording) throws IOException {
        return Files.readAllLines(recording.resolveSibling("output")).stream()
                .filter(line -> line.startsWith("processor "))
                .mapToDouble(line -> Double.parseDouble(line.split(" ")[1]))
                .findFirst()
                .orElseThrow();
    }

    static Map<String, Load.Truth> truths(Path output) throws IOException {
        Map<String, Load.Truth> truths = new TreeMap<>();
        for (String line : Files.readAllLines(output)) {
            if (line.startsWith("truth ")) {
                String[] words = line.split(" ");
                truths.put(
                        words[1],
                        new Load.Truth(Long.parseLong(words[2]), Long.parseLong(words[3]), Long.parseLong(words[4])));
            }
        }
        return truths;
    }

    /** Returns the site in a method of the load that held a carrier for longest. */
    static CarrierSite siteIn(CarrierReport report, String method) {
        List<CarrierSite> sites = in(report, method);
        assertThat(sites).as("%s in %n%s", method, report).isNotEmpty();
        return sites.get(0);
    }

    /** Returns the sites in a method of the load that held a carrier. */
    static List<CarrierSite> in(CarrierReport report, String method) {
        return report.sites().stream()
                .filter(site -> site.holds() > 0 && site.frame().startsWith(Load.class.getName() + "." + method))
                .toList();
    }
}
