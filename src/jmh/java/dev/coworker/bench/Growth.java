package dev.coworker.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What an operation costs as the work grows. */
final class Growth implements Suite {
    static final int[] QUEUED = {1, 10, 100, 1_000, 10_000, 100_000, 1_000_000};
    static final int[] CALLERS = {1, 10, 100, 1_000, 10_000, 100_000};
    static final int[] WORKERS = {1, 2, 4, 8, 16, 32, 64};

    private static final List<String> CONTENDERS = List.of("coworker", "ThreadPoolExecutor");

    /** Where in the queue a request waits that is canceled. */
    enum Position {
        OLDEST,
        MIDDLE,
        NEWEST;

        int index(int i, int size, int each) {
            return switch (this) {
                case OLDEST -> i;
                case MIDDLE -> Math.min(size - 1, (size - each) / 2 + i);
                case NEWEST -> size - 1 - i;
            };
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public String name() {
        return "growth";
    }

    @Override
    public String settings() {
        return "A JVM for each contender; 64 workers, warmed up; medians of 5 samples, each the mean of 1,000 operations or more"
                + " (of as many as 100 ms suffice for, where a cancellation takes long).";
    }

    @Override
    public void measure(Path directory) throws Exception {
        for (String contender : CONTENDERS) {
            Fork.program(GrowthProgram.class, directory.resolve(contender + ".json"), contender, "-Xms4g", "-Xmx4g");
        }
    }

    @Override
    public List<Table> tables(Results results) {
        List<String[]> queued = new ArrayList<>();
        rows(queued, results, "submit", "submit", QUEUED);
        rows(queued, results, "callback", "submitAio, start to callback", QUEUED);
        for (Position position : Position.values()) {
            rows(queued, results, "cancel " + position, "cancel of the " + position, QUEUED);
        }
        List<String[]> longest = new ArrayList<>();
        for (Position position : Position.values()) {
            String title = "cancel of the " + position + ", the longest";
            rows(longest, results, "cancel " + position, "longest", title, QUEUED);
        }
        List<String[]> callers = new ArrayList<>();
        rows(callers, results, "callers", "submitCo", CALLERS);
        List<String[]> workers = new ArrayList<>();
        rows(workers, results, "workers", "submitCo", WORKERS);
        return List.of(
                new Table(
                        "ns an operation, with so many requests outstanding while all workers are stuck. A cancellation of"
                                + " ThreadPoolExecutor's is Future.cancel and remove, without which the queue keeps the task.",
                        header(QUEUED),
                        queued),
                new Table(
                        "ns a call of work that does nothing, by so many virtual threads at once.",
                        header(CALLERS),
                        callers),
                new Table("ns a call, by 1,000 virtual threads, with so many workers.", header(WORKERS), workers));
    }

    private static String[] header(int[] sizes) {
        List<String> header = new ArrayList<>(List.of("operation", "contender"));
        Arrays.stream(sizes).mapToObj(size -> String.format("%,d", size)).forEach(header::add);
        return header.toArray(String[]::new);
    }

    private static void rows(List<String[]> rows, Results results, String workload, String title, int[] sizes) {
        rows(rows, results, workload, Results.SCORE, title, sizes);
    }

    private static void rows(
            List<String[]> rows, Results results, String workload, String metric, String title, int[] sizes) {
        for (String contender : CONTENDERS) {
            List<String> row = new ArrayList<>(List.of(title, contender));
            for (int size : sizes) {
                row.add(Results.format(
                        results.need(workload + "@" + size, contender, metric).median()));
            }
            rows.add(row.toArray(String[]::new));
        }
    }
}
