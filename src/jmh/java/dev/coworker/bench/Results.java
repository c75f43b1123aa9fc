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
import java.util.TreeMap;
import java.util.stream.Stream;

/** What several runs measured, read from the files that JMH wrote: {@code <directory>/<run>/*.json}. */
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

    private final List<Map<Key, double[]>> runs = new ArrayList<>();
    private final Map<Key, String> units = new LinkedHashMap<>();

    static Results read(Path directory) throws IOException {
        Results results = new Results();
        Map<String, List<Path>> files = new TreeMap<>();
        try (Stream<Path> all =
                Files.find(directory, 2, (path, is) -> path.toString().endsWith(".json"))) {
            all.sorted()
                    .forEach(path -> files.computeIfAbsent(path.getParent().toString(), run -> new ArrayList<>())
                            .add(path));
        }
        for (List<Path> ofRun : files.values()) {
            Map<Key, double[]> run = new LinkedHashMap<>();
            for (Path file : ofRun) {
                for (JsonElement benchmark :
                        JsonParser.parseString(Files.readString(file)).getAsJsonArray()) {
                    results.add(run, benchmark.getAsJsonObject());
                }
            }
            results.runs.add(run);
        }
        return results;
    }

    private void add(Map<Key, double[]> run, JsonObject benchmark) {
        String name = benchmark.get("benchmark").getAsString();
        JsonObject params = benchmark.getAsJsonObject("params");
        if (params == null || !params.has("contender")) {
            return;
        }
        String workload = name.substring(name.lastIndexOf('.') + 1);
        for (Map.Entry<String, JsonElement> param : params.entrySet()) {
            if (!param.getKey().equals("contender")) {
                workload += "@" + param.getValue().getAsString();
            }
        }
        String contender = params.get("contender").getAsString();
        add(run, new Key(workload, contender, SCORE), benchmark.getAsJsonObject("primaryMetric"));
        for (Map.Entry<String, JsonElement> metric :
                benchmark.getAsJsonObject("secondaryMetrics").entrySet()) {
            add(
                    run,
                    new Key(workload, contender, metric.getKey()),
                    metric.getValue().getAsJsonObject());
        }
    }

    private void add(Map<Key, double[]> run, Key key, JsonObject metric) {
        List<Double> raw = new ArrayList<>();
        for (JsonElement fork : metric.getAsJsonArray("rawData")) {
            JsonArray iterations = fork.getAsJsonArray();
            iterations.forEach(value -> raw.add(value.getAsDouble()));
        }
        double[] sorted = raw.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        if (sorted.length > 0) {
            run.put(key, sorted);
            units.put(key, metric.get("scoreUnit").getAsString());
        }
    }

    int runs() {
        return runs.size();
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
        if (runs.isEmpty() || !runs.stream().allMatch(run -> run.containsKey(key))) {
            return null;
        }
        return new Figure(acrossRuns(key, 0.5), acrossRuns(key, 0.25), acrossRuns(key, 0.75), units.get(key));
    }

    private double acrossRuns(Key key, double quantile) {
        return median(runs.stream()
                .mapToDouble(run -> quantile(run.get(key), quantile))
                .toArray());
    }

    /** Of each run, one median by another; null when either was not measured in every run. */
    double[] ratios(Key dividend, Key divisor) {
        if (figure(dividend.workload(), dividend.contender(), dividend.metric()) == null
                || figure(divisor.workload(), divisor.contender(), divisor.metric()) == null) {
            return null;
        }
        return runs.stream()
                .mapToDouble(run -> quantile(run.get(dividend), 0.5) / quantile(run.get(divisor), 0.5))
                .toArray();
    }

    /** Of each run, the median itself. */
    double[] medians(Key key) {
        return figure(key.workload(), key.contender(), key.metric()) == null
                ? null
                : runs.stream().mapToDouble(run -> quantile(run.get(key), 0.5)).toArray();
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return quantile(sorted, 0.5);
    }

    private static double quantile(double[] sorted, double q) {
        double at = q * (sorted.length - 1);
        int below = (int) at;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
    }

    static String format(double value) {
        return value >= 1_000
                ? String.format("%,.0f", value)
                : value >= 100
                        ? String.format("%.0f", value)
                        : value >= 10 ? String.format("%.1f", value) : String.format("%.2f", value);
    }
}
