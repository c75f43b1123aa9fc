package dev.coworker.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a request costs that meters and recordings watch. */
final class Watched implements Suite {
    private static final List<String> LAYERS = List.of("submitCo", "submitAio", "submit");

    @Override
    public String name() {
        return "watched";
    }

    @Override
    public String settings() {
        return "1 fork, 3 x 1 s to warm up and 3 x 1 s; medians (quartiles). Work that does nothing; 100 virtual threads in"
                + " submitCo, bursts of 10,000 in the other layers.";
    }

    @Override
    public void measure(Path directory) throws Exception {
        List<String> options = new ArrayList<>(List.of("-f 1 -wi 3 -w 1 -i 3 -r 1 -prof gc".split(" ")));
        options.add(ObservationBenchmark.class.getName() + ".");
        Fork.jmh(directory.resolve("watched.json"), options);
    }

    @Override
    public List<Table> tables(Results results) {
        List<String[]> rows = new ArrayList<>();
        for (String watcher : List.of("nobody", "meters", "recording", "both")) {
            List<String> row = new ArrayList<>(List.of(watcher));
            for (String layer : LAYERS) {
                row.add(results.need(layer, watcher, Results.SCORE).toString());
            }
            for (String layer : LAYERS) {
                row.add(Results.format(
                        results.need(layer, watcher, Results.BYTES).median()));
            }
            rows.add(row.toArray(String[]::new));
        }
        return List.of(new Table(
                "",
                new String[] {
                    "watched by",
                    "submitCo, ns",
                    "submitAio, ns",
                    "submit, ns",
                    "submitCo, bytes",
                    "submitAio, bytes",
                    "submit, bytes"
                },
                rows));
    }
}
