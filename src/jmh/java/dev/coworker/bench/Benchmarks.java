package dev.coworker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Measures suites, prints their tables, and draws them into the page. Arguments are JMH's, for a run of its own that no page
 * shows. Properties:
 *
 * <ul>
 * <li>{@code jmh.suite}: one of the suites, or {@code all};
 * <li>{@code jmh.directory}: where the files of the runs go;
 * <li>{@code jmh.runs}: how often; 0 to draw what is in {@code docs/benchmarks} already;
 * <li>{@code jmh.docs}: the directory of benchmarks.md and benchmarks.svg, if they are to be written anew;
 * <li>{@code jmh.check}: the same directory, if they are to be compared with the files instead.
 * </ul>
 */
public final class Benchmarks {
    private static final List<Suite> SUITES = List.of(
            new Peers(), new Spinning(), new Watched(), new Growth(), new Memory(), new BreakEven(), new Quiet());

    private Benchmarks() {}

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        Path directory = Path.of(System.getProperty("jmh.directory", "target/jmh"));
        int runs = Integer.getInteger("jmh.runs", 1);
        if (args.length > 0) {
            Path ofRun =
                    Files.createDirectories(fresh(directory.resolve("some")).resolve("run-1"));
            Fork.jmh(ofRun.resolve("results.json"), List.of(args));
            Peers.figures(Results.gather(ofRun.getParent(), Map.of())).print();
            return;
        }
        String docs = System.getProperty("jmh.docs", "");
        String check = System.getProperty("jmh.check", "");
        for (Suite suite : asked(System.getProperty("jmh.suite", "peers"))) {
            if (!check.isEmpty()) {
                new Page(Path.of(check)).check(suite);
            } else if (runs > 0) {
                measure(suite, directory.resolve(suite.name()), runs, docs);
            } else {
                new Page(Path.of(docs)).write(suite);
            }
        }
    }

    private static List<Suite> asked(String name) {
        if (name.equals("all")) {
            return SUITES;
        }
        Map<String, Suite> suites = new LinkedHashMap<>();
        SUITES.forEach(suite -> suites.put(suite.name(), suite));
        if (!suites.containsKey(name)) {
            throw new IllegalArgumentException("jmh.suite: " + name + ", not one of " + suites.keySet() + " or all");
        }
        return List.of(suites.get(name));
    }

    private static void measure(Suite suite, Path directory, int runs, String docs) throws Exception {
        Map<String, String> about = Machine.about(suite, runs);
        fresh(directory);
        for (int run = 1; run <= runs; run++) {
            suite.measure(Files.createDirectories(directory.resolve("run-" + run)));
        }
        Results results = Results.gather(directory, about);
        if (results.isEmpty()) {
            throw new IllegalStateException("nothing was measured: " + suite.name());
        }
        results.save(directory.resolve("results.json"));
        System.out.println();
        System.out.println(Machine.paragraph(about));
        suite.tables(results).forEach(Table::print);
        if (!docs.isEmpty()) {
            Page page = new Page(Path.of(docs));
            results.save(page.data(suite));
            page.write(suite);
        }
    }

    private static Path fresh(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
        return Files.createDirectories(directory);
    }
}
