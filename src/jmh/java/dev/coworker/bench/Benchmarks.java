package dev.coworker.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Measures rows, each in a JVM of its own, and says which bars hold. Properties:
 *
 * <ul>
 * <li>{@code jmh.only}: which rows, as in {@code R1,W3}; all without it;
 * <li>{@code jmh.runs}: how often; 0 only draws the page;
 * <li>{@code jmh.before}: the jar of an older Coworker, to be measured beside this one;
 * <li>{@code jmh.docs}: the directory whose benchmarks.md shows the results from now on;
 * <li>{@code jmh.check}: the same directory, if its page is only to be compared with its data;
 * <li>{@code jmh.quick}: short rounds, for trying; no page shows their results.
 * </ul>
 */
public final class Benchmarks {
    /** They are the same in each JVM that measures. */
    private static final List<String> INHERITED = List.of("jmh.before", "jmh.quick", "jmh.jar");

    private Benchmarks() {}

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        if (args.length > 0) {
            measure(Row.valueOf(args[0]));
            return;
        }
        String check = System.getProperty("jmh.check", "");
        if (!check.isEmpty()) {
            new Docs(Path.of(check)).check();
            return;
        }
        int runs = Integer.getInteger("jmh.runs", 1);
        String docs = System.getProperty("jmh.docs", "");
        if (Rounds.QUICK && runs > 0 && !docs.isEmpty()) {
            throw new IllegalArgumentException("jmh.quick: short rounds are no results for " + docs);
        }
        List<Results> rows = runs == 0 ? List.of() : run(Path.of(System.getProperty("jmh.directory")), runs);
        if (!docs.isEmpty()) {
            Docs page = new Docs(Path.of(docs));
            for (Results results : rows) {
                results.save(page.file(results.row()));
            }
            page.draw();
        }
    }

    /** In the JVM of one row. */
    private static void measure(Row row) throws Exception {
        Rounds rounds = new Rounds();
        row.program.measure(rounds);
        Results.write(Path.of(System.getProperty("jmh.file")), rounds.samples());
        System.exit(0); // whatever threads a contender has left
    }

    private static List<Results> run(Path directory, int runs) throws Exception {
        List<Row> rows = asked(System.getProperty("jmh.only", ""));
        Map<String, String> about = Machine.about(runs);
        for (int run = 1; run <= runs; run++) {
            for (Row row : rows) {
                Path file = file(directory, run, row);
                Files.createDirectories(file.getParent());
                List<String> options = new ArrayList<>(List.of("-Djmh.file=" + file));
                options.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-Dslf4j.internal.verbosity=ERROR"));
                INHERITED.forEach(name -> options.add("-D" + name + "=" + System.getProperty(name, "")));
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
            List<List<Results.Sample>> samples = new ArrayList<>();
            for (int run = 1; run <= runs; run++) {
                samples.add(Results.run(file(directory, run, row)));
            }
            results.add(new Results(row, about, samples));
            results.get(results.size() - 1).save(directory.resolve(row + ".json"));
        }
        String report = Report.of(results);
        Files.writeString(directory.resolve("report.md"), report);
        System.out.println("\n" + report);
        return results;
    }

    /** A JVM of its own, which shows what it prints. */
    static ProcessBuilder java(String classPath, List<String> options, Class<?> main, String argument) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main.getName(), argument));
        return new ProcessBuilder(command).inheritIO();
    }

    private static Path file(Path directory, int run, Row row) {
        return directory.resolve("run-" + run).resolve(row + ".json");
    }

    private static List<Row> asked(String only) {
        return only.isEmpty()
                ? List.of(Row.values())
                : Arrays.stream(only.split(",")).map(Row::valueOf).sorted().toList();
    }
}
