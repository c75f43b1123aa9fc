package demo;

import java.util.ArrayList;
import java.util.List;

/** A plot of tick latency over time, in characters: the runs side by side, on one logarithmic scale. */
final class Plot {
    /** How many parts of its time are drawn of each run. */
    static final int COLUMNS = 34;

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
            new Level("0.1 ms", 0.1));

    private record Level(String label, double millis) {}

    private Plot() {}

    static List<String> draw(List<Measurement> runs) {
        double latest =
                runs.stream().mapToDouble(run -> run.lateness().max()).max().orElse(0);
        List<String> lines = new ArrayList<>();
        for (Level level : LEVELS) {
            if (level.millis <= latest) {
                lines.add(row(level, runs));
            }
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

    private static String row(Level level, List<Measurement> runs) {
        StringBuilder row = new StringBuilder("%6s ".formatted(level.label));
        for (Measurement run : runs) {
            row.append('|');
            run.overTime().forEach(late -> row.append(mark(late, level)));
        }
        return row.toString().stripTrailing();
    }

    private static char mark(Lateness late, Level level) {
        if (late.p50() >= level.millis) {
            return '#';
        }
        return late.max() >= level.millis ? ':' : ' ';
    }
}
