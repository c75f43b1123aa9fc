package dev.coworker.bench;

import dev.coworker.bench.Results.Figure;
import dev.coworker.bench.Results.Key;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The pool beside those that a user would pick, in one run; which bars hold; and what the modes of W2 are. */
final class Peers implements Suite {
    private static final String OURS = InTurnProgram.OURS;
    private static final String PEER = InTurnProgram.PEER;
    private static final int IN_TURN_FORKS = 3;

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

    private static final double SHORTEST_HAND_OVER_NANOS = 25;

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

    @Override
    public String name() {
        return "peers";
    }

    @Override
    public String settings() {
        return "2 forks, each 2 x 1 s to warm up and 3 x 1 s; medians of the runs' medians, and of their quartiles. W2 in turn: "
                + IN_TURN_FORKS + " forks, each 10 rounds in which both contenders make 600,000 calls.";
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
            String name = "fork " + fork;
            Fork.program(InTurnProgram.class, directory.resolve("in turn, " + name + ".json"), name);
        }
    }

    @Override
    public List<Table> tables(Results results) {
        Table bars = new Table(
                "",
                new String[] {"ratio", "median", "runs", "bar", "goal"},
                bars(results).stream().map(Bar::row).toList());
        return List.of(bars, figures(results), inTurn(results));
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
        List<Bar> bars = new ArrayList<>();
        double none = Double.NaN;
        peer(bars, results, "w1", Results.SCORE, 10, 25);
        add(bars, "W1 Kotlin / ours", ratio(results, "w1", "Kotlin", OURS, Results.SCORE), true, none, 1);
        inTurn(bars, results, 100, 1, 1.4);
        inTurn(bars, results, 1_000, 1.15, 1.4);
        inTurn(bars, results, 10_000, 1, 1.4);
        peer(bars, results, "w3", Results.SCORE, 1.8, 2.5);
        peer(bars, results, "w4", Results.SCORE, 1.8, 2.5);
        peer(bars, results, "w5", Results.SCORE, 1.3, 1.45);
        add(bars, "W5 ours / inline", ratio(results, "w5", OURS, "inline", Results.SCORE), false, none, 1.5);
        add(bars, "W6 ours / " + PEER, ratio(results, "w6", OURS, PEER, Results.SCORE), false, 1.05, 1.05);
        add(bars, "W7 p99 ours / " + PEER, ratio(results, "w7", OURS, PEER, "p99"), false, 1.15, none);
        double[] bounded = ratio(results, "w7", PEER, OURS + " (cores - 1)", "p99");
        add(bars, "W7 p99 " + PEER + " / ours (cores - 1)", bounded, true, 3, 8);
        add(bars, "ramp, cold, ours / " + PEER, ratio(results, "ramp", OURS, PEER, "cold"), false, 1.15, none);
        double[] submitter = ratio(results, "ramp", PEER, OURS, "submitted");
        add(bars, "ramp, submitter, " + PEER + " / ours", submitter, true, 10, none);
        add(bars, "ramp, warm, " + PEER + " / ours", ratio(results, "ramp", PEER, OURS, "warm"), true, 1, 2);
        bytes(bars, results, "w2@1000", 70, 64);
        bytes(bars, results, "w3", 32, 24);
        bytes(bars, results, "w4", 48, 32);
        return bars;
    }

    private static void peer(List<Bar> bars, Results results, String workload, String metric, double bar, double goal) {
        add(
                bars,
                title(workload) + " " + PEER + " / ours",
                ratio(results, workload, PEER, OURS, metric),
                true,
                bar,
                goal);
    }

    /** The median of a run's rounds in turn, which has the bar; and of its forks, which found the processors here and there. */
    private static void inTurn(List<Bar> bars, Results results, int callers, double bar, double goal) {
        String name = String.format("W2, %,d " + PEER + " / ours", callers);
        add(bars, name + ", in turn", results.medians("in turn@" + callers, Results.SCORE), true, bar, goal);
        add(
                bars,
                name + ", fork by fork",
                ratio(results, "w2@" + callers, PEER, OURS, Results.SCORE),
                true,
                Double.NaN,
                Double.NaN);
    }

    /** Half a byte a request is the measurement's own. */
    private static void bytes(List<Bar> bars, Results results, String workload, double bar, double goal) {
        double[] values = results.medians(new Key(workload, OURS, Results.BYTES));
        add(bars, title(workload) + " bytes/op", values, false, bar + 0.5, goal + 0.5);
    }

    private static String title(String workload) {
        return workload.toUpperCase(Locale.ROOT).replace("@", ", ");
    }

    private static double[] ratio(Results results, String workload, String dividend, String divisor, String metric) {
        return results.ratios(new Key(workload, dividend, metric), new Key(workload, divisor, metric));
    }

    private static void add(List<Bar> bars, String name, double[] values, boolean atLeast, double bar, double goal) {
        if (values == null) {
            throw new IllegalStateException("not measured in every run: " + name);
        }
        bars.add(new Bar(name, values, atLeast, bar, goal));
    }

    /** The rounds of W2 in turn, by what it cost to hand a cache line over. */
    private static Table inTurn(Results results) {
        List<String[]> rows = new ArrayList<>();
        for (int callers : InTurnProgram.CALLERS) {
            double[] ours = rounds(results, callers, OURS);
            double[] peer = rounds(results, callers, PEER);
            double[] ratios = rounds(results, callers, Results.SCORE);
            double[] handOver = rounds(results, callers, InTurnProgram.HAND_OVER);
            int[] classes = Arrays.stream(handOver)
                    .mapToInt(nanos -> Math.getExponent(nanos / SHORTEST_HAND_OVER_NANOS))
                    .toArray();
            for (int each : Arrays.stream(classes).distinct().sorted().toArray()) {
                int[] of = IntStream.range(0, classes.length)
                        .filter(i -> classes[i] == each)
                        .toArray();
                rows.add(new String[] {
                    String.format("W2, %,d", callers),
                    Results.format(Results.median(picked(handOver, of))),
                    String.valueOf(of.length),
                    quartiles(picked(ours, of)),
                    quartiles(picked(peer, of)),
                    quartiles(picked(ratios, of))
                });
            }
        }
        return new Table(
                "W2 in turn, one round after the other, by what it cost just then to hand a cache line from one processor to the"
                        + " other and back; rounds that differ by less than a power of two are put together. Median (quartiles).",
                new String[] {
                    "workload", "to and fro, ns", "rounds", "coworker, ns/op", PEER + ", ns/op", PEER + " / ours"
                },
                rows);
    }

    private static double[] rounds(Results results, int callers, String metric) {
        return IntStream.rangeClosed(1, IN_TURN_FORKS)
                .mapToObj(fork -> results.iterations(new Key("in turn@" + callers, "fork " + fork, metric)))
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    private static double[] picked(double[] values, int[] of) {
        return IntStream.of(of).mapToDouble(i -> values[i]).toArray();
    }

    private static String quartiles(double[] values) {
        return new Figure(Results.median(values), Results.quantile(values, 0.25), Results.quantile(values, 0.75), "")
                .toString();
    }
}
