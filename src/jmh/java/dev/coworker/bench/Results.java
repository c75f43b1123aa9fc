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
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** What one row measured in one or more runs, and on which machine, when, and by which command. */
record Results(Row row, Map<String, String> about, List<List<Sample>> runs) {
    private static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    /** The values of a contender, one for each round. */
    record Sample(String cell, Metric metric, String contender, double[] values) {}

    static void write(Path file, List<Sample> samples) throws IOException {
        if (samples.isEmpty()) {
            throw new IllegalStateException("nothing was measured: " + file);
        }
        Files.writeString(file, array(samples) + "\n");
    }

    static List<Sample> run(Path file) throws IOException {
        return List.of(GSON.fromJson(Files.readString(file), Sample[].class));
    }

    static Results read(Path file) throws IOException {
        return GSON.fromJson(Files.readString(file), Results.class);
    }

    void save(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(
                file,
                "{\"row\":" + GSON.toJson(row) + ",\n\"about\":" + GSON.toJson(about) + ",\n\"runs\":["
                        + runs.stream().map(Results::array).collect(Collectors.joining(",")) + "]}\n");
    }

    /** A line for each sample. Four digits are more than it is worth. */
    private static String array(List<Sample> samples) {
        return samples.stream()
                .map(each -> new Sample(each.cell, each.metric, each.contender, rounded(each.values)))
                .map(GSON::toJson)
                .collect(Collectors.joining(",\n", "[\n", "\n]"));
    }

    private static double[] rounded(double[] values) {
        return Arrays.stream(values)
                .map(value -> Double.parseDouble(String.format("%.4g", value)))
                .toArray();
    }

    List<String> cells() {
        return runs.get(0).stream().map(Sample::cell).distinct().toList();
    }

    List<String> contenders() {
        return runs.get(0).stream().map(Sample::contender).distinct().toList();
    }

    boolean has(String contender) {
        return contenders().contains(contender);
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
    double ratio(String cell, Row.Bar bar, String contender, String peer, double q) {
        return acrossRuns(run -> ratio(run, cell, bar, contender, peer, q));
    }

    private static double ratio(List<Sample> run, String cell, Row.Bar bar, String contender, String peer, double q) {
        double[] ours = values(run, cell, bar.metric(), contender);
        double[] theirs = values(run, cell, bar.metric(), peer);
        return quantile(
                IntStream.range(0, ours.length)
                        .mapToDouble(i -> bar.inverse() ? theirs[i] / ours[i] : ours[i] / theirs[i])
                        .toArray(),
                q);
    }

    /** The geometric mean over all cells: of each run. */
    double[] means(Row.Bar bar, String contender, String peer) {
        return runs.stream()
                .mapToDouble(run -> Math.exp(cells().stream()
                        .mapToDouble(cell -> Math.log(ratio(run, cell, bar, contender, peer, 0.5)))
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
