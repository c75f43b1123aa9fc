package dev.coworker.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Measures rows, each in a JVM of its own, and says which bars hold. docs/benchmarks.md lists its properties. */
public final class Benchmarks {
    private static final Path DIRECTORY = Path.of(System.getProperty("jmh.directory", ""));

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        String check = System.getProperty("jmh.check", "");
        String docs = System.getProperty("jmh.docs", "");
        int runs = Integer.getInteger("jmh.runs", 1);
        if (args.length > 0) {
            measure(Row.valueOf(args[0]));
        } else if (!check.isEmpty()) {
            Report.draw(Path.of(check), true);
        } else if (Rounds.QUICK && runs > 0 && !docs.isEmpty()) {
            throw new IllegalArgumentException("jmh.quick: short rounds are no results for " + docs);
        } else {
            List<Results> measured = runs == 0 ? List.of() : run(runs);
            if (!docs.isEmpty()) {
                for (Results results : measured) {
                    results.save(Report.file(Path.of(docs), results.row()));
                }
                Report.draw(Path.of(docs), false);
            }
        }
    }

    private static List<Results> run(int runs) throws Exception {
        List<Row> rows = Stream.of(System.getProperty("jmh.only").split(","))
                .map(Row::valueOf)
                .toList();
        Map<String, String> about = about(runs);
        List<String> options = ManagementFactory.getRuntimeMXBean().getInputArguments();
        for (Row row : rows) {
            new Results(row, about, List.of()).save(file(row));
        }
        for (int run = 1; run <= runs; run++) {
            for (Row row : rows) {
                System.out.println("\nRun " + run + " of " + runs + ", " + row + ": " + row.title);
                int status = java(System.getProperty("java.class.path"), options, Benchmarks.class, row.name())
                        .start()
                        .waitFor();
                if (status != 0) {
                    throw new IllegalStateException(row + " failed with status " + status);
                }
            }
        }
        List<Results> results = new ArrayList<>();
        for (Row row : rows) {
            results.add(Results.read(file(row)));
        }
        String report = Report.of(results);
        Files.writeString(DIRECTORY.resolve("report.md"), report);
        System.out.println("\n" + report);
        return results;
    }

    /** In the JVM of one row: adds a run to its results. */
    private static void measure(Row row) throws Exception {
        Rounds rounds = new Rounds();
        row.program.measure(rounds);
        Results results = Results.read(file(row));
        results.runs().add(rounds.samples);
        results.save(file(row));
        System.exit(0); // whatever threads a contender has left
    }

    static Path file(Row row) {
        return DIRECTORY.resolve(row + ".json");
    }

    /** A JVM of its own, which shows what it prints. */
    static ProcessBuilder java(String classPath, List<String> options, Class<?> main, String argument) {
        List<String> command = new ArrayList<>(options);
        command.add(0, Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-cp", classPath, main.getName(), argument));
        return new ProcessBuilder(command).inheritIO();
    }

    /** What must be known of a measurement: when, of which version, on which machine. */
    private static Map<String, String> about(int runs) throws IOException {
        Map<String, String> about = new LinkedHashMap<>();
        about.put("date", LocalDate.now().toString());
        about.put("commit", commit());
        about.put("machine", Runtime.getRuntime().availableProcessors() + " x " + processor());
        about.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        about.put("java", Runtime.version() + " (" + System.getProperty("java.vendor") + ")");
        about.put("libraries", System.getProperty("jmh.libraries"));
        about.put("settings", Rounds.SETTINGS);
        about.put("runs", Integer.toString(runs));
        String before = OldVersion.isGiven() ? OldVersion.jar().getFileName().toString() : "";
        about.put("before", before.replace(".jar", ""));
        return about;
    }

    /** Says so if some sources were not committed; empty without git. */
    private static String commit() throws IOException {
        Process git = new ProcessBuilder("git", "describe", "--always", "--dirty= and changes")
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return git.inputReader().readLine();
    }

    private static String processor() throws IOException {
        Path info = Path.of("/proc/cpuinfo");
        Matcher model =
                Pattern.compile("model name\\s*: (.*)").matcher(Files.exists(info) ? Files.readString(info) : "");
        return model.find() ? model.group(1) : System.getProperty("os.arch");
    }
}
