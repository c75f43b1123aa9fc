package dev.coworker.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What a request holds of the heap while it waits, and after it was canceled. */
final class Memory implements Suite {
    private static final String OURS = "coworker";
    private static final String PEER = "ThreadPoolExecutor";

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public String settings() {
        return "A JVM for each contender, -Xmx4g -XX:+UseSerialGC -XX:MarkSweepAlwaysCompactCount=1; 64 workers, all stuck; the heap after a collection, with"
                + " 1,000,000 requests less without them, divided.";
    }

    @Override
    public void measure(Path directory) throws Exception {
        for (String contender : List.of(OURS, PEER)) {
            Fork.program(
                    MemoryProgram.class,
                    directory.resolve(contender + ".json"),
                    contender,
                    "-Xms4g",
                    "-Xmx4g",
                    "-XX:+UseSerialGC",
                    // or else it leaves some of what is dead where it lies
                    "-XX:MarkSweepAlwaysCompactCount=1");
        }
    }

    @Override
    public List<Table> tables(Results results) {
        return List.of(new Table(
                "",
                new String[] {"bytes", OURS, PEER},
                Stream.of(
                                row(results, "a virtual thread that is parked, for comparison", "thread", "thread"),
                                row(
                                        results,
                                        "one that is parked in submitCo, or in submit(work).get()",
                                        "caller",
                                        "caller"),
                                row(results, "a request of submit, or execute", "submit", "submit"),
                                row(
                                        results,
                                        "a request of submitAio, or a CompletableFuture's",
                                        "callback",
                                        "callback"),
                                row(results, "a request canceled, by Future.cancel and remove", "canceled", "canceled"),
                                row(results, "the same, by Future.cancel alone", "canceled", "canceled only"))
                        .toList()));
    }

    private static String[] row(Results results, String title, String ours, String peers) {
        return new String[] {
            title,
            Results.format(results.need(ours, OURS, Results.SCORE).median()),
            Results.format(results.need(peers, PEER, Results.SCORE).median())
        };
    }
}
