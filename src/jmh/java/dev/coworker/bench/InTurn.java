package dev.coworker.bench;

import dev.coworker.bench.Results.Figure;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** What {@link InTurnProgram} measured. */
final class InTurn {
    private static final double SHORTEST_HAND_OVER_NANOS = 25;

    private InTurn() {}

    /** Of each run, the median of what one needed in a round by what the other needed in it. */
    static double[] ratios(Results results, String figure, String dividend, String divisor) {
        String workload = InTurnProgram.workload(figure);
        double[][] dividends = results.values(workload, dividend);
        double[][] divisors = results.values(workload, divisor);
        return IntStream.range(0, dividends.length)
                .mapToDouble(run -> Results.median(quotients(dividends[run], divisors[run])))
                .toArray();
    }

    /** The rounds of all runs, by what it cost to hand a cache line over. */
    static Table table(Results results) {
        List<String[]> rows = new ArrayList<>();
        for (String figure : InTurnProgram.figures()) {
            double[] ours = rounds(results, figure, Peers.OURS);
            double[] peer = rounds(results, figure, Peers.PEER);
            double[] handOver = rounds(results, figure, InTurnProgram.HAND_OVER);
            double[] ratios = quotients(peer, ours);
            int[] classes = Arrays.stream(handOver)
                    .mapToInt(nanos -> Math.getExponent(nanos / SHORTEST_HAND_OVER_NANOS))
                    .toArray();
            for (int each : Arrays.stream(classes).distinct().sorted().toArray()) {
                int[] of = IntStream.range(0, classes.length)
                        .filter(i -> classes[i] == each)
                        .toArray();
                rows.add(new String[] {
                    Peers.title(figure),
                    Results.format(Results.median(picked(handOver, of))),
                    String.valueOf(of.length),
                    quartiles(picked(ours, of)),
                    quartiles(picked(peer, of)),
                    quartiles(picked(ratios, of))
                });
            }
        }
        return new Table(
                "In turn, one round after the other, by what it cost just then to hand a cache line from one processor to the"
                        + " other and back; rounds that differ by less than a power of two are put together. Median (quartiles).",
                new String[] {
                    "workload",
                    "to and fro, ns",
                    "rounds",
                    Peers.OURS + ", ns/op",
                    Peers.PEER + ", ns/op",
                    Peers.PEER + " / ours"
                },
                rows);
    }

    private static double[] rounds(Results results, String figure, String metric) {
        return Arrays.stream(results.values(InTurnProgram.workload(figure), metric))
                .flatMapToDouble(Arrays::stream)
                .toArray();
    }

    private static double[] quotients(double[] dividends, double[] divisors) {
        return IntStream.range(0, dividends.length)
                .mapToDouble(i -> dividends[i] / divisors[i])
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
