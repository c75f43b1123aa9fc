package dev.coworker.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * What several runs of a suite measured: of each run, of each metric, each iteration's value in the order in which they
 * were measured; and on what machine, when, by which command.
 */
final class Results {
    /** What is measured, of whom. A workload is a benchmark's method with its size, such as {@code w2@100}. */
    record Key(String workload, String contender, String metric) {}

    /** The median of the runs' medians, and of their quartiles. */
    record Figure(double median, double lower, double upper, String unit) {
        @Override
        public String toString() {
            return format(median) + " (" + format(lower) + "-" + format(upper) + ")";
        }
    }

    static final String SCORE = "score";
    static final String BYTES = "gc.alloc.rate.norm";

    private final Map<String, String> about;
    private final List<Map<Key, double[]>> runs = new ArrayList<>();
    private final Map<Key, String> units = new LinkedHashMap<>();

    private Results(Map<String, String> about) {
        this.about = about;
    }

    /** Reads what JMH and {@link Samples} wrote: {@code <directory>/run-<n>/*.json}. */
    static Results gather(Path directory, Map<String, String> about) throws IOException {
        Results results = new Results(about);
        for (int run = 1; Files.isDirectory(directory.resolve("run-" + run)); run++) {
            Map<Key, double[]> values = new LinkedHashMap<>();
            try (Stream<Path> files = Files.list(directory.resolve("run-" + run))) {
                for (Path file : files.sorted().toList()) {
                    for (JsonElement entry :
                            JsonParser.parseString(Files.readString(file)).getAsJsonArray()) {
                        results.add(values, entry.getAsJsonObject());
                    }
                }
            }
            results.runs.add(values);
        }
        return results;
    }

    /** Reads what {@link #save} wrote. */
    static Results read(Path file) throws IOException {
        JsonObject saved = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
        Map<String, String> about = new LinkedHashMap<>();
        saved.getAsJsonObject("about")
                .entrySet()
                .forEach(entry -> about.put(entry.getKey(), entry.getValue().getAsString()));
        Results results = new Results(about);
        for (JsonElement run : saved.getAsJsonArray("runs")) {
            Map<Key, double[]> values = new LinkedHashMap<>();
            for (JsonElement entry : run.getAsJsonArray()) {
                results.addSample(values, entry.getAsJsonObject());
            }
            results.runs.add(values);
        }
        return results;
    }

    /** Saves all that the tables are made of, a line for each workload of each contender. */
    void save(Path file) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(
                file,
                "{\"about\":" + Samples.GSON.toJson(about) + ",\n\"runs\":["
                        + runs.stream()
                                .map(run -> "[\n" + String.join(",\n", lines(run)) + "\n]")
                                .collect(Collectors.joining(","))
                        + "]}\n");
    }

    private List<String> lines(Map<Key, double[]> run) {
        Map<List<String>, Samples.Sample> samples = new LinkedHashMap<>();
        run.forEach((key, values) -> samples.computeIfAbsent(
                        List.of(key.workload(), key.contender()),
                        both -> new Samples.Sample(key.workload(), key.contender(), new LinkedHashMap<>()))
                .metrics()
                .put(key.metric(), new Samples.Metric(units.get(key), rounded(values))));
        return samples.values().stream().map(Samples.GSON::toJson).toList();
    }

    /** Six digits are more than any of it is worth. */
    private static double[] rounded(double[] values) {
        return DoubleStream.of(values)
                .map(value -> Double.parseDouble(String.format("%.6g", value)))
                .toArray();
    }

    private void add(Map<Key, double[]> run, JsonObject entry) {
        if (!entry.has("benchmark")) {
            addSample(run, entry);
            return;
        }
        String workload = entry.get("benchmark").getAsString();
        workload = workload.substring(workload.lastIndexOf('.') + 1);
        String contender = "";
        JsonObject params = entry.has("params") ? entry.getAsJsonObject("params") : new JsonObject();
        for (Map.Entry<String, JsonElement> param : params.entrySet()) {
            if (param.getKey().equals("contender")) {
                contender = param.getValue().getAsString();
            } else {
                workload += "@" + param.getValue().getAsString();
            }
        }
        put(run, new Key(workload, contender, SCORE), entry.getAsJsonObject("primaryMetric"));
        for (Map.Entry<String, JsonElement> metric :
                entry.getAsJsonObject("secondaryMetrics").entrySet()) {
            String name = metric.getKey();
            if (!name.startsWith("gc.") || name.equals(BYTES)) {
                put(run, new Key(workload, contender, name), metric.getValue().getAsJsonObject());
            }
        }
    }

    private void put(Map<Key, double[]> run, Key key, JsonObject metric) {
        List<Double> values = new ArrayList<>();
        for (JsonElement fork : metric.getAsJsonArray("rawData")) {
            JsonArray iterations = fork.getAsJsonArray();
            iterations.forEach(value -> values.add(value.getAsDouble()));
        }
        put(
                run,
                key,
                metric.get("scoreUnit").getAsString(),
                values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    private void addSample(Map<Key, double[]> run, JsonObject entry) {
        Samples.Sample sample = Samples.GSON.fromJson(entry, Samples.Sample.class);
        sample.metrics()
                .forEach((metric, values) -> put(
                        run, new Key(sample.workload(), sample.contender(), metric), values.unit(), values.values()));
    }

    private void put(Map<Key, double[]> run, Key key, String unit, double[] values) {
        if (values.length == 0) {
            return;
        }
        if (!DoubleStream.of(values).allMatch(Double::isFinite)) {
            throw new IllegalStateException("not a number: " + key + " " + Arrays.toString(values));
        }
        if (run.put(key, values) != null) {
            throw new IllegalStateException("measured twice in a run: " + key);
        }
        units.put(key, unit);
    }

    Map<String, String> about() {
        return about;
    }

    boolean isEmpty() {
        return units.isEmpty();
    }

    /** Who was measured in a workload, in the order in which they ran. */
    List<String> contenders(String workload) {
        return units.keySet().stream()
                .filter(key -> key.workload().equals(workload) && key.metric().equals(SCORE))
                .map(Key::contender)
                .toList();
    }

    /** Null when it was not measured in every run. */
    Figure figure(String workload, String contender, String metric) {
        Key key = new Key(workload, contender, metric);
        if (!wasMeasured(key)) {
            return null;
        }
        return new Figure(acrossRuns(key, 0.5), acrossRuns(key, 0.25), acrossRuns(key, 0.75), units.get(key));
    }

    /** As {@link #figure}, of what has to be there. */
    Figure need(String workload, String contender, String metric) {
        Figure figure = figure(workload, contender, metric);
        if (figure == null) {
            throw new IllegalStateException(
                    "not measured in every run: " + workload + ", " + contender + ", " + metric);
        }
        return figure;
    }

    private boolean wasMeasured(Key key) {
        return !runs.isEmpty() && runs.stream().allMatch(run -> run.containsKey(key));
    }

    private double acrossRuns(Key key, double quantile) {
        return median(runs.stream()
                .mapToDouble(run -> quantile(run.get(key), quantile))
                .toArray());
    }

    /** Of each run, one median by another; null when either was not measured in every run. */
    double[] ratios(Key dividend, Key divisor) {
        return wasMeasured(dividend) && wasMeasured(divisor)
                ? runs.stream()
                        .mapToDouble(run -> median(run.get(dividend)) / median(run.get(divisor)))
                        .toArray()
                : null;
    }

    /** Of each run, the median itself; null when it was not measured in every run. */
    double[] medians(Key key) {
        return wasMeasured(key)
                ? runs.stream().mapToDouble(run -> median(run.get(key))).toArray()
                : null;
    }

    /** Of each run, each iteration's value of all contenders of a workload, one contender after the other. */
    double[][] values(String workload, String metric) {
        return runs.stream()
                .map(run -> contenders(workload).stream()
                        .flatMapToDouble(contender -> DoubleStream.of(run.get(new Key(workload, contender, metric))))
                        .toArray())
                .toArray(double[][]::new);
    }

    static double median(double[] values) {
        return quantile(values, 0.5);
    }

    static double quantile(double[] values, double q) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        double at = q * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    static String format(double value) {
        double size = Math.abs(value);
        return size >= 1_000
                ? String.format("%,.0f", value)
                : size >= 100
                        ? String.format("%.0f", value)
                        : size >= 10 ? String.format("%.1f", value) : String.format("%.2f", value);
    }
}
