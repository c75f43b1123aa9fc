package dev.coworker.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** What one row measured in one or more runs, and on which machine, when, and by which command. */
record Results(Row row, Map<String, String> about, List<List<Sample>> runs) {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    /** The values of a contender, one for each round. */
    record Sample(String cell, Metric metric, String contender, double[] values) {}

    static Results read(Path file) throws IOException {
        return GSON.fromJson(Files.readString(file), Results.class);
    }

    /** A line for each sample. */
    void save(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, GSON.toJson(this).replace("{\"cell\"", "\n{\"cell\"") + "\n");
    }

    List<String> cells() {
        return runs.get(0).stream().map(Sample::cell).distinct().toList();
    }

    List<String> contenders() {
        return runs.get(0).stream().map(Sample::contender).distinct().toList();
    }

    private static double[] values(List<Sample> run, String cell, Metric metric, String contender) {
        return run.stream()
                .filter(each -> each.cell.equals(cell) && each.metric == metric && each.contender.equals(contender))
                .map(Sample::values)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(
                        "not measured in every run: " + cell + ", " + metric.title + ", " + contender));
    }

    /** The median of the runs' quantiles. */
    double figure(String cell, Metric metric, String contender, double q) {
        return acrossRuns(run -> quantile(values(run, cell, metric, contender), q));
    }

    /** The median of the runs; in each, the quantile of what was compared round by round. */
    double ratio(String cell, Row.Bar bar, String contender, double q) {
        return acrossRuns(run -> ratio(run, cell, bar, contender, row.peer(), q));
    }

    private static double ratio(List<Sample> run, String cell, Row.Bar bar, String contender, String peer, double q) {
        double[] ours = values(run, cell, bar.metric(), contender);
        double[] theirs = values(run, cell, bar.metric(), peer);
        return bar.inverse() ? quantileOfRatios(theirs, ours, q) : quantileOfRatios(ours, theirs, q);
    }

    static double quantileOfRatios(double[] of, double[] to, double q) {
        return quantile(
                IntStream.range(0, of.length).mapToDouble(i -> of[i] / to[i]).toArray(), q);
    }

    /** The geometric mean over all cells: of each run. */
    double[] means(Row.Bar bar, String peer) {
        return runs.stream()
                .mapToDouble(run -> Math.exp(cells().stream()
                        .mapToDouble(cell -> Math.log(ratio(run, cell, bar, row.ours(), peer, 0.5)))
                        .average()
                        .orElseThrow()))
                .toArray();
    }

    private double acrossRuns(ToDoubleFunction<List<Sample>> ofRun) {
        return quantile(runs.stream().mapToDouble(ofRun).toArray(), 0.5);
    }

    static double quantile(double[] values, double q) {
        if (values.length == 0 || !DoubleStream.of(values).allMatch(Double::isFinite)) {
            throw new IllegalStateException("not measured: " + Arrays.toString(values));
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double at = q * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    static String format(double value) {
        int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
        return String.format("%,." + digits + "f", value);
    }
}
