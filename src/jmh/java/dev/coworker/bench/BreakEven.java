package dev.coworker.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;

/** From what length of work on submitCo beats the same work inline, on the virtual threads themselves. */
final class BreakEven implements Suite {
    static final int[] MICROS = {0, 1, 10, 100, 1_000, 10_000};
    static final int[] CALLERS = {100, 1_000, 10_000};

    private static final String OURS = "coworker";
    private static final String BOUNDED = "coworker (cores - 1)";
    private static final String INLINE = "inline";
    private static final double MARGIN = 1.05; // less is no victory

    enum Kind {
        BLOCKING,
        COMPUTING;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public String name() {
        return "break-even";
    }

    @Override
    public String settings() {
        return "A JVM for each contender; of each length of work and number of callers 0.3 s to warm up and 1 s. Blocking work is a"
                + " native call, usleep, which holds the carrier as a driver's call or a slow file's read does; computing work is"
                + " Blackhole.consumeCPU.";
    }

    @Override
    public void measure(Path directory) throws Exception {
        for (String contender : List.of(OURS, BOUNDED, INLINE)) {
            Fork.program(
                    BreakEvenProgram.class,
                    directory.resolve(contender + ".json"),
                    contender,
                    "-Xms2g",
                    "-Xmx2g",
                    "--enable-native-access=ALL-UNNAMED");
        }
    }

    @Override
    public List<Table> tables(Results results) {
        List<String[]> crossings = new ArrayList<>();
        List<String[]> figures = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (int callers : CALLERS) {
                for (String contender : List.of(OURS, BOUNDED)) {
                    if (kind == Kind.BLOCKING && contender.equals(BOUNDED)) {
                        continue;
                    }
                    crossings.add(new String[] {
                        kind.toString(),
                        String.format("%,d", callers),
                        contender,
                        crossing(
                                results,
                                kind,
                                micros -> ratio(results, kind, micros, callers, contender, Results.SCORE)),
                        crossing(results, kind, micros -> 1 / ratio(results, kind, micros, callers, contender, "p99")),
                        crossing(results, kind, micros -> 1 / ratio(results, kind, micros, callers, contender, "tick"))
                    });
                }
                for (int micros : MICROS) {
                    figures.add(figures(results, kind, micros, callers));
                }
            }
        }
        return List.of(
                new Table(
                        "From what length of work on the pool is better by 5 % or more, there and at every greater length: where"
                                + " the ratio crosses that between two lengths, on a logarithmic scale.",
                        new String[] {"work", "callers", "pool", "calls per second", "p99 of a call", "p99 of a tick"},
                        crossings),
                new Table(
                        "Calls per second; p99 from when the caller was ready to run to when its call was through, in ms; p99 of how"
                                + " late a virtual thread ticks that is due each millisecond, in ms. What is not through when the"
                                + " second is over counts with what it has waited: a p99 of 1,000 is 1,000 or more. Each cell: inline,"
                                + " pool of 64, pool of one worker less than there are cores.",
                        new String[] {
                            "work", "takes, \u00b5s", "callers", "calls per second", "p99 of a call", "p99 of a tick"
                        },
                        figures));
    }

    private static String[] figures(Results results, Kind kind, int micros, int callers) {
        String workload = kind + "@" + micros + "@" + callers;
        List<String> row = new ArrayList<>(
                List.of(kind.toString(), Results.format(takes(results, kind, micros)), String.format("%,d", callers)));
        for (String metric : List.of(Results.SCORE, "p99", "tick")) {
            List<String> cell = new ArrayList<>();
            for (String contender : List.of(INLINE, OURS, BOUNDED)) {
                cell.add(
                        Results.format(results.need(workload, contender, metric).median()));
            }
            row.add(String.join(" / ", cell));
        }
        return row.toArray(String[]::new);
    }

    private static double takes(Results results, Kind kind, int micros) {
        return results.need(kind + "@" + micros, INLINE, Results.SCORE).median();
    }

    private static double ratio(Results results, Kind kind, int micros, int callers, String contender, String metric) {
        String workload = kind + "@" + micros + "@" + callers;
        double[] ratios =
                results.ratios(new Results.Key(workload, contender, metric), new Results.Key(workload, INLINE, metric));
        if (ratios == null) {
            throw new IllegalStateException("not measured in every run: " + workload);
        }
        return Results.median(ratios);
    }

    /** Where the advantage comes to stay. */
    private static String crossing(Results results, Kind kind, IntToDoubleFunction advantage) {
        double[] of = Arrays.stream(MICROS).mapToDouble(advantage).toArray();
        int first = of.length;
        while (first > 0 && of[first - 1] >= MARGIN) {
            first--;
        }
        if (first == of.length) {
            return "never";
        }
        if (first == 0) {
            return "always";
        }
        double below = Math.max(0.01, takes(results, kind, MICROS[first - 1]));
        double above = takes(results, kind, MICROS[first]);
        double part = (Math.log(MARGIN) - Math.log(of[first - 1])) / (Math.log(of[first]) - Math.log(of[first - 1]));
        double micros = Math.exp(Math.log(below) + part * (Math.log(above) - Math.log(below)));
        return Results.format(micros) + " \u00b5s";
    }
}
