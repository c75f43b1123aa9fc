package dev.coworker.bench;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Measures contenders in turn, round by round, in one JVM. The speed of shared hardware changes from one second to the
 * next, and that matters more than any pool does. So only neighbours in time can be compared.
 */
public final class Rounds {
    /** For trying; no page shows the results. */
    static final boolean QUICK = Boolean.getBoolean("jmh.quick");

    static final int MILLIS = QUICK ? 40 : 200;
    private static final int WARM_UPS = QUICK ? 1 : 4;
    private static final int COUNT = QUICK ? 3 : 11;
    static final String SETTINGS = "A JVM for each row; in it, contenders in turn, " + COUNT + " rounds of " + MILLIS
            + " ms each, after " + WARM_UPS + " to warm up.";

    /** What this JVM has measured. */
    final List<Results.Sample> samples = new ArrayList<>();

    /** One round of one contender. Returns a value of each metric. */
    public interface Round {
        double[] measure(int contender) throws Exception;
    }

    /** The same over a contender that stays open for all rounds. */
    interface OpenRound {
        double[] measure(String name, Contender contender) throws Exception;
    }

    /** Prints the medians, and returns all values by metric, contender and round. */
    public static double[][][] inTurn(
            String what, List<String> contenders, List<String> metrics, int warmUps, int rounds, Round measured)
            throws Exception {
        double[][][] values = new double[metrics.size()][contenders.size()][rounds];
        for (int round = -warmUps; round < rounds; round++) {
            for (int i = 0; i < contenders.size(); i++) {
                int contender = Math.floorMod(round + i, contenders.size());
                double[] figures = measured.measure(contender);
                for (int metric = 0; round >= 0 && metric < figures.length; metric++) {
                    values[metric][contender][round] = figures[metric];
                }
            }
        }
        System.out.printf("%n%s; in brackets: %s to it%n", what, contenders.get(0));
        for (int metric = 0; metric < values.length; metric++) {
            double[][] of = values[metric];
            System.out.printf("  %-36s", metrics.get(metric));
            for (int i = 0; i < of.length; i++) {
                double ratio = Results.quantileOfRatios(of[0], of[i], 0.5);
                String median = Results.format(Results.quantile(of[i], 0.5));
                System.out.printf("  %s %s (%.2f x)", contenders.get(i), median, ratio);
            }
            System.out.println();
        }
        return values;
    }

    void measure(String cell, List<String> contenders, List<Metric> metrics, OpenRound measured) throws Exception {
        List<String> names = new ArrayList<>(contenders);
        if (OldVersion.isGiven()) {
            names.add(1, Contender.BEFORE);
        }
        List<Contender> open = new ArrayList<>();
        try {
            for (String name : names) {
                open.add(Contender.named(name));
            }
            List<String> titles = metrics.stream().map(metric -> metric.title).toList();
            double[][][] values =
                    inTurn(cell, names, titles, WARM_UPS, COUNT, i -> measured.measure(names.get(i), open.get(i)));
            for (int metric = 0; metric < values.length; metric++) {
                for (int i = 0; i < names.size(); i++) {
                    add(cell, metrics.get(metric), names.get(i), values[metric][i]);
                }
            }
        } finally {
            open.forEach(Contender::close);
        }
    }

    /** Four digits are more than a value is worth. */
    void add(String cell, Metric metric, String contender, double... values) {
        double[] rounded = DoubleStream.of(values)
                .map(value -> new BigDecimal(value).round(new MathContext(4)).doubleValue())
                .toArray();
        samples.add(new Results.Sample(cell, metric, contender, rounded));
    }
}
