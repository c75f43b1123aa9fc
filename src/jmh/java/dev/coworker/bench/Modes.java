package dev.coworker.bench;

import java.util.Arrays;
import java.util.function.DoublePredicate;
import java.util.stream.IntStream;

/** Iterations that are fast or slow, and little in between. */
final class Modes {
    static final double GAP = 1.5;

    private Modes() {}

    /** The first value above the widest gap; infinity when no two neighbours are {@link #GAP} times apart. */
    static double split(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double widest = GAP;
        double split = Double.POSITIVE_INFINITY;
        for (int i = 1; i < sorted.length; i++) {
            if (sorted[i] / sorted[i - 1] >= widest) {
                widest = sorted[i] / sorted[i - 1];
                split = sorted[i];
            }
        }
        return split;
    }

    /** How many there are and their median, then the medians of what goes with them. */
    static String[] cells(double[] nanos, double[] cpu, double[] switches, DoublePredicate mode) {
        int[] of = IntStream.range(0, nanos.length)
                .filter(i -> mode.test(nanos[i]))
                .toArray();
        return of.length == 0
                ? new String[] {"none", "", ""}
                : new String[] {
                    of.length + ": " + median(nanos, of), median(cpu, of), median(scaled(switches), of),
                };
    }

    private static double[] scaled(double[] switches) {
        return Arrays.stream(switches).map(value -> value * 1_000).toArray();
    }

    private static String median(double[] values, int[] of) {
        return Results.format(
                Results.median(IntStream.of(of).mapToDouble(i -> values[i]).toArray()));
    }
}
