package dev.coworker.bench;

import dev.coworker.bench.Results.Figure;
import dev.coworker.bench.Results.Key;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The pool beside those that a user would pick, in one run; and which bars hold. */
final class Peers implements Suite {
    static final String OURS = "coworker";
    static final String PEER = "ThreadPoolExecutor";
    static final String KOTLIN = "Kotlin";
    static final String INLINE = "inline";

    private static final int IN_TURN_FORKS = 2;
    private static final double MEASURING_BYTES = 0.5; // of a request's, the measurement's own

    private static final String[][] SUBSET = {
        {"RoundTrip.w1", "coworker,coworker (no spin),ThreadPoolExecutor,Kotlin"},
        {"Callers.w2", "coworker,ThreadPoolExecutor,Vert.x"},
        {"Burst.w3", "coworker,ThreadPoolExecutor,ForkJoinPool,Vert.x"},
        {"Burst.w4", "coworker,ThreadPoolExecutor,ForkJoinPool,Vert.x"},
        {"Reads.w5", "coworker,ThreadPoolExecutor,Vert.x,inline"},
        {"Sleeps.w6", "coworker,ThreadPoolExecutor"},
        {"Ticks.w7", "coworker,coworker (cores - 1),ThreadPoolExecutor,ThreadPoolExecutor (cores - 1)"},
        {"Ramp.ramp", "coworker,ThreadPoolExecutor"},
    };

    static final String[][] WORKLOADS = {
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

    /** Of each run one value; and the same fork by fork, if that is something else. */
    private record Measured(String name, double[] values, double[] forks) {
        Bar atLeast(double bar, double goal) {
            return new Bar(this, true, bar, goal);
        }

        Bar atMost(double bar, double goal) {
            return new Bar(this, false, bar, goal);
        }
    }

    /** A bar and a goal, for which the median of the runs' values is to be high (or low) enough. */
    private record Bar(Measured of, boolean atLeast, double bar, double goal) {
        boolean holds(double limit) {
            double median = Results.median(of.values);
            return atLeast ? median >= limit : median <= limit;
        }

        String[] row() {
            String sign = atLeast ? ">= " : "<= ";
            return new String[] {
                of.name,
                Results.format(Results.median(of.values)),
                Arrays.stream(of.values).mapToObj(Results::format).collect(Collectors.joining(", ")),
                of.forks == null ? "" : Results.format(Results.median(of.forks)),
                Double.isNaN(bar) ? "" : sign + Results.format(bar) + (holds(bar) ? " holds" : " MISSED"),
                Double.isNaN(goal) ? "" : sign + Results.format(goal) + (holds(goal) ? " reached" : " not reached")
            };
        }
    }

    @Override
    public String name() {
        return "peers";
    }

    @Override
    public String settings() {
        return "2 forks, each 2 x 1 s to warm up and 3 x 1 s; medians of the runs' medians, and of their quartiles. In turn: "
                + IN_TURN_FORKS
                + " forks, each of one workload and of 15 rounds in which each contender has 0.1 s or more, after 6 to warm up.";
    }

    @Override
    public void measure(Path directory) throws Exception {
        for (String[] workload : SUBSET) {
            List<String> options = new ArrayList<>(List.of("-f 2 -wi 2 -w 1 -i 3 -r 1 -prof gc -prof".split(" ")));
            options.addAll(List.of(OsProfiler.class.getName(), "-p", "contender=" + workload[1]));
            options.add("^" + Peers.class.getPackageName() + "." + workload[0] + "$");
            Fork.jmh(directory.resolve(workload[0] + ".json"), options);
        }
        for (int fork = 1; fork <= IN_TURN_FORKS; fork++) {
            for (String workload : InTurnProgram.workloads()) {
                Fork.program(
                        InTurnProgram.class,
                        directory.resolve("in turn, " + workload + ", " + fork + ".json"),
                        "fork " + fork,
                        "-D" + InTurnProgram.WORKLOAD + "=" + workload);
            }
        }
    }

    @Override
    public List<Table> tables(Results results) {
        Table bars = new Table(
                "",
                new String[] {"ratio", "median", "runs", "fork by fork", "bar", "goal"},
                bars(results).stream().map(Bar::row).toList());
        return List.of(bars, figures(results), InTurn.table(results));
    }

    /** Whatever was measured of the workloads. */
    static Table figures(Results results) {
        List<String[]> rows = new ArrayList<>();
        for (String[] workload : WORKLOADS) {
            for (String contender : results.contenders(workload[0])) {
                Key key = new Key(workload[0], contender, workload[1]);
                Figure figure = results.figure(workload[0], contender, workload[1]);
                if (figure == null) {
                    continue;
                }
                double[] ratios = results.ratios(key, new Key(workload[0], OURS, workload[1]));
                boolean score = workload[1].equals(Results.SCORE);
                rows.add(new String[] {
                    workload[2],
                    contender,
                    figure + (score ? " " + figure.unit() : ""),
                    ratios == null ? "" : Results.format(Results.median(ratios)),
                    score ? cell(results.figure(workload[0], contender, Results.BYTES)) : "",
                    score ? cell(results.figure(workload[0], contender, "os.cpu")) : "",
                    score ? cell(results.figure(workload[0], contender, "os.switches")) : ""
                });
            }
        }
        return new Table(
                "",
                new String[] {
                    "workload", "contender", "median (quartiles)", "/ ours", "bytes/op", "CPU ns/op", "switches/op"
                },
                rows);
    }

    private static String cell(Figure figure) {
        return figure == null ? "" : Results.format(figure.median());
    }

    private static List<Bar> bars(Results results) {
        double none = Double.NaN;
        String bounded = OURS + " (cores - 1)";
        return List.of(
                inTurn(results, "w1", PEER, OURS).atLeast(10, 25),
                inTurn(results, "w1", KOTLIN, OURS).atLeast(none, 1),
                inTurn(results, "w2@100", PEER, OURS).atLeast(1, 1.4),
                inTurn(results, "w2@1000", PEER, OURS).atLeast(1.15, 1.4),
                inTurn(results, "w2@10000", PEER, OURS).atLeast(1, 1.4),
                inTurn(results, "w3", PEER, OURS).atLeast(1.8, 2.5),
                inTurn(results, "w4", PEER, OURS).atLeast(1.8, 2.5),
                inTurn(results, "w5", PEER, OURS).atLeast(1.3, 1.45),
                inTurn(results, "w5", OURS, INLINE).atMost(none, 1.5),
                forks(results, "w6", OURS, PEER, Results.SCORE).atMost(1.05, 1.05),
                forks(results, "w7", OURS, PEER, "p99").atMost(1.15, none),
                forks(results, "w7", PEER, bounded, "p99").atLeast(3, 8),
                inTurn(results, "ramp cold", OURS, PEER).atMost(1.15, none),
                inTurn(results, "ramp submitted", PEER, OURS).atLeast(10, none),
                inTurn(results, "ramp warm", PEER, OURS).atLeast(1, 2),
                bytes(results, "w2@1000").atMost(70 + MEASURING_BYTES, 64 + MEASURING_BYTES),
                bytes(results, "w3").atMost(32 + MEASURING_BYTES, 24 + MEASURING_BYTES),
                bytes(results, "w4").atMost(48 + MEASURING_BYTES, 32 + MEASURING_BYTES));
    }

    /** What forks say stands beside it: each found the processors here or there. */
    private static Measured inTurn(Results results, String figure, String dividend, String divisor) {
        String[] workload = figure.split(" ");
        String metric = workload.length > 1 ? workload[1] : Results.SCORE;
        double[] forks = forks(results, workload[0], dividend, divisor, metric).values;
        return new Measured(name(figure, dividend, divisor), InTurn.ratios(results, figure, dividend, divisor), forks);
    }

    private static Measured forks(Results results, String workload, String dividend, String divisor, String metric) {
        double[] ratios = results.ratios(new Key(workload, dividend, metric), new Key(workload, divisor, metric));
        return new Measured(name(workload, dividend, divisor), need(ratios, workload), null);
    }

    private static Measured bytes(Results results, String workload) {
        double[] values = results.medians(new Key(workload, OURS, Results.BYTES));
        return new Measured(title(workload) + ", bytes/op", need(values, workload), null);
    }

    private static double[] need(double[] values, String workload) {
        if (values == null) {
            throw new IllegalStateException("not measured in every run: " + workload);
        }
        return values;
    }

    private static String name(String workload, String dividend, String divisor) {
        return title(workload) + ", " + dividend + " / " + divisor;
    }

    /** {@code W2, 1,000} of {@code w2@1000}. */
    static String title(String workload) {
        String[] parts = workload.split("@");
        String name = parts[0].substring(0, 1).toUpperCase(Locale.ROOT) + parts[0].substring(1);
        return parts.length == 1 ? name : name + String.format(", %,d", Integer.parseInt(parts[1]));
    }
}
