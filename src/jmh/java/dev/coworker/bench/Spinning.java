package dev.coworker.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What spinning gains, and what it costs others. */
final class Spinning implements Suite {
    @Override
    public String name() {
        return "spin";
    }

    @Override
    public String settings() {
        return "2 forks, each 2 x 1 s to warm up and 3 x 1 s; medians (quartiles).";
    }

    @Override
    public void measure(Path directory) throws Exception {
        List<String> options = new ArrayList<>(List.of("-f 2 -wi 2 -w 1 -i 3 -r 1 -prof".split(" ")));
        options.addAll(List.of(OsProfiler.class.getName(), LoadedRoundTrip.class.getName() + ".beside$"));
        Fork.jmh(directory.resolve("spin.json"), options);
    }

    @Override
    public List<Table> tables(Results results) {
        List<String[]> rows = new ArrayList<>();
        for (String beside : List.of("nothing", "virtual threads", "a burner")) {
            String workload = "beside@" + beside;
            for (String contender : List.of("coworker", "coworker (no spin)", "ThreadPoolExecutor")) {
                boolean load = !beside.equals("nothing");
                rows.add(new String[] {
                    beside,
                    contender,
                    results.need(workload, contender, Results.SCORE).toString(),
                    median(results, workload, contender, "p50"),
                    median(results, workload, contender, "p99"),
                    median(results, workload, contender, "os.switches"),
                    load ? median(results, workload, contender, "piecesPerSecond") : ""
                });
            }
        }
        return List.of(new Table(
                "W1, one virtual thread and work that does nothing, beside: nothing; 20 virtual threads that compute for some"
                        + " 50 \u00b5s and sleep for 1 ms in turn; a platform thread that only computes. The last column is what is"
                        + " left to those: their pieces of some 50 \u00b5s a second.",
                new String[] {"beside", "contender", "mean, ns", "p50", "p99", "switches/op", "the load's pieces/s"},
                rows));
    }

    private static String median(Results results, String workload, String contender, String metric) {
        return Results.format(results.need(workload, contender, metric).median());
    }
}
