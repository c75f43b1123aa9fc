package dev.coworker.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a pool does when there is nothing to do. */
final class Quiet implements Suite {
    private static final List<String> CONTENDERS =
            List.of("coworker", "ThreadPoolExecutor", "ForkJoinPool", "Kotlin", "Vert.x", "Reactor");

    @Override
    public String name() {
        return "quiet";
    }

    @Override
    public String settings() {
        return "A JVM for each contender; 64 workers that have all worked, then 10 s without work, of which Linux tells how often"
                + " the contender's threads, with its loops and timers, left a processor, and how long they were on one.";
    }

    @Override
    public void measure(Path directory) throws Exception {
        for (String contender : CONTENDERS) {
            Fork.program(QuietProgram.class, directory.resolve(contender + ".json"), contender);
        }
    }

    @Override
    public List<Table> tables(Results results) {
        List<String[]> rows = new ArrayList<>();
        for (String contender : CONTENDERS) {
            rows.add(new String[] {
                contender,
                whole(results, contender, "threads"),
                whole(results, contender, Results.SCORE),
                whole(results, contender, "cpu")
            });
        }
        return List.of(new Table(
                "", new String[] {"idle", "threads", "switches in 10 s", "processor time in 10 s, \u00b5s"}, rows));
    }

    private static String whole(Results results, String contender, String metric) {
        return String.format("%,.0f", results.need("quiet", contender, metric).median());
    }
}
