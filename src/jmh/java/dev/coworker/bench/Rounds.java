package dev.coworker.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * Measures contenders in turn, round by round, in one JVM. On shared hardware, how far apart two processors are changes
 * from one second to the next and matters more than any pool does: only neighbours in time can be compared.
 */
final class Rounds {
    /** For trying; no page shows the results. */
    static final boolean QUICK = Boolean.getBoolean("jmh.quick");

    static final int MILLIS = QUICK ? 40 : 200;
    private static final int WARM_UPS = QUICK ? 1 : 4;
    private static final int COUNT = QUICK ? 3 : 11;

    private final List<Results.Sample> samples = new ArrayList<>();

    /** One round of one contender. Returns a value of each metric. */
    interface Round {
        double[] measure(String name, Contender contender) throws Exception;
    }

    void measure(String cell, List<String> contenders, List<Metric> metrics, Round workload) throws Exception {
        List<String> names = new ArrayList<>(contenders);
        if (OldVersion.isGiven()) {
            names.add(1, Contender.BEFORE);
        }
        int count = names.size();
        List<Contender> opened = new ArrayList<>();
        double[][][] values = new double[metrics.size()][count][COUNT];
        try {
            for (String name : names) {
                opened.add(Contender.named(name));
            }
            for (int round = -WARM_UPS; round < COUNT; round++) {
                for (int i = 0; i < count; i++) {
                    int turn = Math.floorMod(round + i, count);
                    double[] measured = workload.measure(names.get(turn), opened.get(turn));
                    for (int metric = 0; round >= 0 && metric < measured.length; metric++) {
                        values[metric][turn][round] = measured[metric];
                    }
                }
            }
        } finally {
            opened.forEach(Contender::close);
        }
        for (int metric = 0; metric < values.length; metric++) {
            for (int i = 0; i < count; i++) {
                add(cell, metrics.get(metric), names.get(i), values[metric][i]);
            }
        }
    }

    void add(String cell, Metric metric, String contender, double... values) {
        samples.add(new Results.Sample(cell, metric, contender, values));
        System.out.printf(
                "%-32s %-36s %-24s %12s%n",
                cell, metric.title, contender, Results.format(Results.quantile(values, 0.5)));
    }

    static String settings() {
        return "A JVM for each row; in it, contenders in turn, " + COUNT + " rounds of " + MILLIS + " ms each, after "
                + WARM_UPS + " to warm up.";
    }

    List<Results.Sample> samples() {
        return samples;
    }
}
