package demo;

import java.util.ArrayList;
import java.util.List;

/** A plot of tick latency over time, in characters: the runs side by side, as points on one logarithmic scale. */
final class Plot {
    /** How many parts of its time are drawn of each run. */
    static final int COLUMNS = 34;

    /** How many of them are the cold start. */
    static final int COLD_COLUMNS = 4;

    private static final List<Level> LEVELS = List.of(
            new Level("30 s", 30_000),
            new Level("10 s", 10_000),
            new Level("3 s", 3_000),
            new Level("1 s", 1_000),
            new Level("300 ms", 300),
            new Level("100 ms", 100),
            new Level("30 ms", 30),
            new Level("10 ms", 10),
            new Level("3 ms", 3),
            new Level("1 ms", 1),
            new Level("0.3 ms", 0.3),
            new Level("0.1 ms", 0.1),
            new Level("less", 0));

    private record Level(String label, double millis) {}

    private Plot() {}

    static List<String> draw(List<Measurement> runs) {
        int highest = runs.stream()
                .flatMap(run -> run.overTime().stream())
                .mapToInt(late -> level(late.max()))
                .min()
                .orElse(LEVELS.size());
        List<String> lines = new ArrayList<>();
        for (int level = highest; level < LEVELS.size(); level++) {
            lines.add(row(level, runs));
        }
        StringBuilder axis = new StringBuilder(" ".repeat(7));
        StringBuilder names = new StringBuilder(" ".repeat(7));
        for (Measurement run : runs) {
            axis.append('+').append("-".repeat(run.overTime().size()));
            names.append(("%-" + (run.overTime().size() + 1) + "s").formatted(" " + run.name()));
        }
        lines.add(axis.toString());
        lines.add(names.toString().stripTrailing());
        return lines;
    }

    /** The highest level that the delay reaches. */
    private static int level(double millis) {
        int level = 0;
        while (LEVELS.get(level).millis > millis) {
            level++;
        }
        return level;
    }

    private static String row(int level, List<Measurement> runs) {
        StringBuilder row = new StringBuilder("%6s ".formatted(LEVELS.get(level).label));
        for (Measurement run : runs) {
            row.append('|');
            run.overTime().forEach(late -> row.append(mark(late, level)));
        }
        return row.toString().stripTrailing();
    }

    private static char mark(Lateness late, int level) {
        boolean median = level(late.p50()) == level;
        boolean latest = level(late.max()) == level;
        return median && latest ? '*' : median ? 'o' : latest ? 'x' : ' ';
    }
}
