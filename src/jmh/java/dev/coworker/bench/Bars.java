package dev.coworker.bench;

import dev.coworker.bench.Results.Figure;
import dev.coworker.bench.Results.Key;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * Runs the benchmarks, prints what was measured side by side, and says which bars hold. Arguments are JMH's; without any it
 * is a subset of six to seven minutes, several times over when asked. Properties: {@code jmh.directory} where JMH's files go, {@code
 * jmh.runs}, and {@code jmh.docs}, a directory whose benchmarks.md and benchmarks.svg are to be written anew.
 */
public final class Bars {
    private static final String OURS = "coworker";
    private static final String PEER = "ThreadPoolExecutor";

    private static final String[][] SUBSET = {
        {"RoundTrip.w1", "coworker,coworker (no spin),ThreadPoolExecutor,Kotlin"},
        {"Callers.w2", "coworker,ThreadPoolExecutor,Vert.x"},
        {"Burst.w3", "coworker,ThreadPoolExecutor,ForkJoinPool,Vert.x"},
        {"Burst.w4", "coworker,ThreadPoolExecutor,Vert.x"},
        {"Reads.w5", "coworker,ThreadPoolExecutor,inline"},
        {"Sleeps.w6", "coworker,ThreadPoolExecutor"},
        {"Ticks.w7", "coworker,coworker (cores - 1),ThreadPoolExecutor,ThreadPoolExecutor (cores - 1)"},
        {"Ramp.ramp", "coworker,ThreadPoolExecutor"},
    };

    private static final String[][] WORKLOADS = {
        {"w1", Results.SCORE, "W1: one virtual thread, round trip, mean"},
        {"w1", "p50", "W1: round trip, median, ns"},
        {"w2@100", Results.SCORE, "W2: 100 callers"},
        {"w2@1000", Results.SCORE, "W2: 1,000 callers"},
        {"w2@10000", Results.SCORE, "W2: 10,000 callers"},
        {"w3", Results.SCORE, "W3: burst of 100,000 submit"},
        {"w4", Results.SCORE, "W4: 100,000 submitAio, one loop"},
        {"w5", Results.SCORE, "W5: 4 KiB reads, 1,000 callers"},
        {"w6", Results.SCORE, "W6: 10,000 sleeps of 1 ms"},
        {"w7", "p99", "W7: tick p99 beside computation, ms"},
        {"ramp", "cold", "Ramp: 64 running, cold, \u00b5s"},
        {"ramp", "submitted", "Ramp: the submitter's part, \u00b5s"},
        {"ramp", "warm", "Ramp: 64 running, warm, \u00b5s"},
    };

    /** A bar or a goal: of each run one value, whose median is to be high (or low) enough. */
    private record Bar(String name, double[] values, boolean atLeast, double bar, double goal) {
        boolean holds(double limit) {
            double median = Results.median(values);
            return atLeast ? median >= limit : median <= limit;
        }

        String[] row() {
            String sign = atLeast ? ">= " : "<= ";
            return new String[] {
                name,
                Results.format(Results.median(values)),
                Arrays.stream(values).mapToObj(Results::format).collect(Collectors.joining(", ")),
                Double.isNaN(bar) ? "" : sign + Results.format(bar) + (holds(bar) ? " holds" : " MISSED"),
                Double.isNaN(goal) ? "" : sign + Results.format(goal) + (holds(goal) ? " reached" : " not reached")
            };
        }
    }

    private Bars() {}

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        Path directory = Path.of(System.getProperty("jmh.directory", "target/jmh"));
        int runs = Integer.getInteger("jmh.runs", 1);
        if (runs > 0) {
            clear(directory);
        }
        for (int run = 1; run <= runs; run++) {
            Path ofRun = Files.createDirectories(directory.resolve("run-" + run));
            if (args.length > 0) {
                run(ofRun.resolve("results.json"), args);
                continue;
            }
            for (String[] workload : SUBSET) {
                run(
                        ofRun.resolve(workload[0] + ".json"),
                        ("-f 2 -wi 2 -w 1 -i 3 -r 1 -prof gc -prof " + OsProfiler.class.getName() + " -p").split(" "),
                        "contender=" + workload[1],
                        "^" + Bars.class.getPackageName() + "." + workload[0] + "$");
            }
        }
        Results results = Results.read(directory);
        List<String[]> figures = figures(results);
        List<String[]> bars = bars(results).stream().map(Bar::row).toList();
        if (args.length == 0 && (figures.isEmpty() || bars.isEmpty())) {
            throw new IllegalStateException("nothing was measured");
        }
        print(FIGURES, figures);
        print(BARS, bars);
        String docs = System.getProperty("jmh.docs", "");
        if (!docs.isEmpty()) {
            document(Path.of(docs), results, figures, bars);
        }
    }

    private static void clear(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }

    private static void run(Path file, String[] first, String... rest) throws Exception {
        List<String> arguments = new ArrayList<>(List.of("-foe", "true", "-rf", "json", "-rff", file.toString()));
        arguments.addAll(List.of(first));
        arguments.addAll(List.of(rest));
        // with -foe, no matching benchmark is a failure too
        if (new Runner(new CommandLineOptions(arguments.toArray(String[]::new)))
                .run()
                .isEmpty()) {
            throw new IllegalStateException("nothing was measured: " + arguments);
        }
    }

    private static final String[] FIGURES = {
        "workload", "contender", "median (quartiles)", "/ ours", "bytes/op", "CPU ns/op", "switches/op"
    };
    private static final String[] BARS = {"ratio", "median", "runs", "bar", "goal"};

    private static List<String[]> figures(Results results) {
        List<String[]> rows = new ArrayList<>();
        for (String[] workload : WORKLOADS) {
            Figure ours = results.figure(workload[0], OURS, workload[1]);
            for (String contender : results.contenders(workload[0])) {
                Figure figure = results.figure(workload[0], contender, workload[1]);
                if (figure == null) {
                    continue;
                }
                boolean score = workload[1].equals(Results.SCORE);
                rows.add(new String[] {
                    workload[2],
                    contender,
                    figure + (score ? " " + figure.unit() : ""),
                    ours == null ? "" : Results.format(figure.median() / ours.median()),
                    score ? cell(results.figure(workload[0], contender, Results.BYTES)) : "",
                    score ? cell(results.figure(workload[0], contender, "os.cpu")) : "",
                    score ? cell(results.figure(workload[0], contender, "os.switches")) : ""
                });
            }
        }
        return rows;
    }

    private static String cell(Figure figure) {
        return figure == null ? "" : Results.format(figure.median());
    }

    private static List<Bar> bars(Results results) {
        List<Bar> bars = new ArrayList<>();
        double none = Double.NaN;
        peer(bars, results, "w1", Results.SCORE, 10, 25);
        add(bars, "W1 Kotlin / ours", ratio(results, "w1", "Kotlin", OURS, Results.SCORE), true, none, 1);
        peer(bars, results, "w2@100", Results.SCORE, 1, 1.4);
        peer(bars, results, "w2@1000", Results.SCORE, 1.15, 1.4);
        peer(bars, results, "w2@10000", Results.SCORE, 1, 1.4);
        peer(bars, results, "w3", Results.SCORE, 1.8, 2.5);
        peer(bars, results, "w4", Results.SCORE, 1.8, 2.5);
        peer(bars, results, "w5", Results.SCORE, 1.3, 1.45);
        add(bars, "W5 ours / inline", ratio(results, "w5", OURS, "inline", Results.SCORE), false, none, 1.5);
        add(bars, "W6 ours / " + PEER, ratio(results, "w6", OURS, PEER, Results.SCORE), false, 1.05, 1.05);
        add(bars, "W7 p99 ours / " + PEER, ratio(results, "w7", OURS, PEER, "p99"), false, 1.15, none);
        add(
                bars,
                "W7 p99 " + PEER + " / ours (cores - 1)",
                ratio(results, "w7", PEER, OURS + " (cores - 1)", "p99"),
                true,
                3,
                8);
        add(bars, "ramp, cold, ours / " + PEER, ratio(results, "ramp", OURS, PEER, "cold"), false, 1.15, none);
        add(
                bars,
                "ramp, submitter, " + PEER + " / ours",
                ratio(results, "ramp", PEER, OURS, "submitted"),
                true,
                10,
                none);
        add(bars, "ramp, warm, " + PEER + " / ours", ratio(results, "ramp", PEER, OURS, "warm"), true, 1, 2);
        add(
                bars,
                "W2 bytes/op, 1,000 callers",
                results.medians(new Key("w2@1000", OURS, Results.BYTES)),
                false,
                70,
                64);
        add(bars, "W3 bytes/op", results.medians(new Key("w3", OURS, Results.BYTES)), false, 32, 24);
        add(bars, "W4 bytes/op", results.medians(new Key("w4", OURS, Results.BYTES)), false, 48, 32);
        return bars;
    }

    private static void peer(List<Bar> bars, Results results, String workload, String metric, double bar, double goal) {
        String name = workload.toUpperCase(Locale.ROOT).replace("@", ", ") + " " + PEER + " / ours";
        add(bars, name, ratio(results, workload, PEER, OURS, metric), true, bar, goal);
    }

    private static double[] ratio(Results results, String workload, String dividend, String divisor, String metric) {
        return results.ratios(new Key(workload, dividend, metric), new Key(workload, divisor, metric));
    }

    private static void add(List<Bar> bars, String name, double[] values, boolean atLeast, double bar, double goal) {
        if (values != null) {
            // half a byte a request is the measurement's own
            double slack = name.contains("bytes") ? 0.5 : 0;
            bars.add(new Bar(name, values, atLeast, bar + slack, goal + slack));
        }
    }

    private static void print(String[] header, List<String[]> rows) {
        if (rows.isEmpty()) {
            return;
        }
        int[] widths = new int[header.length];
        Stream.concat(Stream.<String[]>of(header), rows.stream()).forEach(row -> {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        });
        System.out.println();
        Stream.concat(Stream.<String[]>of(header), rows.stream()).forEach(row -> {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                line.append(String.format("%-" + widths[i] + "s  ", row[i]));
            }
            System.out.println(line.toString().stripTrailing());
        });
    }

    private static void document(Path docs, Results results, List<String[]> figures, List<String[]> bars)
            throws IOException {
        String text = "\nRegenerated by `mvn -Pjmh verify -Djmh.runs=3 -Djmh.docs=docs`; " + LocalDate.now() + "; "
                + Runtime.getRuntime().availableProcessors() + " x " + processor() + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.version") + ", Java "
                + Runtime.version() + " (" + System.getProperty("java.vendor")
                + "), JMH 1.37: 2 forks, each 2 x 1 s to warm up"
                + " and 3 x 1 s; runs: " + results.runs()
                + ". Medians of the runs' medians, and of their quartiles.\n\n"
                + markdown(BARS, bars) + "\n![Each workload, ours beside its peers](benchmarks.svg)\n\n"
                + markdown(FIGURES, figures) + "\n";
        Path page = docs.resolve("benchmarks.md");
        String begin = "<!-- measured -->\n";
        String end = "<!-- end -->";
        String old = Files.readString(page);
        int from = old.indexOf(begin) + begin.length();
        Files.writeString(page, old.substring(0, from) + text + old.substring(old.indexOf(end, from)));
        Files.writeString(docs.resolve("benchmarks.svg"), Chart.draw(results, WORKLOADS));
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

    private static String markdown(String[] header, List<String[]> rows) {
        StringBuilder table = new StringBuilder();
        Stream.concat(Stream.of(header, header.clone()), rows.stream()).forEach(row -> {
            boolean rule = row != header && Arrays.equals(row, header);
            table.append("| ")
                    .append(Arrays.stream(row).map(cell -> rule ? "---" : cell).collect(Collectors.joining(" | ")))
                    .append(" |\n");
        });
        return table.toString();
    }
}
