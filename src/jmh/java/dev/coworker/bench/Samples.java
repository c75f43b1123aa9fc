package dev.coworker.bench;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a program measured where JMH does not fit, in a file beside JMH's. A program that measured nothing fails. */
final class Samples {
    record Metric(String unit, double[] values) {}

    record Sample(String workload, String contender, Map<String, Metric> metrics) {}

    static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

    private final String contender;
    private final List<Sample> samples = new ArrayList<>();

    Samples(String contender) {
        this.contender = contender;
    }

    /** The score of a workload, in as many samples as there are values. */
    void add(String workload, String unit, double... values) {
        Map<String, Metric> metrics = new LinkedHashMap<>();
        metrics.put(Results.SCORE, new Metric(unit, values));
        samples.add(new Sample(workload, contender, metrics));
        System.out.printf("%-34s %-24s %12s %s%n", workload, contender, Results.format(Results.median(values)), unit);
    }

    /** Another metric of the workload that was added last. */
    void also(String metric, String unit, double... values) {
        samples.get(samples.size() - 1).metrics().put(metric, new Metric(unit, values));
    }

    void write(Path file) throws IOException {
        if (samples.isEmpty()) {
            throw new IllegalStateException("nothing was measured");
        }
        Files.writeString(file, samples.stream().map(GSON::toJson).collect(Collectors.joining(",\n", "[\n", "\n]\n")));
    }
}
