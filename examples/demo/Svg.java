package demo;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What {@link Plot} shows, as an SVG picture that follows the reader's light or dark colours. */
final class Svg {
    private static final int LEFT = 64;
    private static final int TOP = 52;
    private static final int BOTTOM = 282;
    private static final int HEIGHT = 342;
    private static final int RUN = 350;
    private static final int GAP = 22;
    private static final double LEAST_MILLIS = 0.1;
    private static final double HIGHEST_MILLIS = 10_000;
    private static final String STYLE = """
            <style>
            .paper { fill: #ffffff } .ink { fill: #222222 } .dim { fill: #666666 }
            .grid { stroke: #dddddd } .cold { fill: #f0f0f0 }
            .median { stroke: #0072b2 } .latest { stroke: #b8600b } .median, .latest { fill: none; stroke-width: 1.5 }
            circle.median { fill: #0072b2 } circle.latest { fill: #b8600b }
            @media (prefers-color-scheme: dark) {
              .paper { fill: #0d1117 } .ink { fill: #e6edf3 } .dim { fill: #9198a1 }
              .grid { stroke: #30363d } .cold { fill: #1c2128 }
              .median { stroke: #56b4e9 } .latest { stroke: #e69f00 }
              circle.median { fill: #56b4e9 } circle.latest { fill: #e69f00 }
            }
            </style>""";

    private final List<Measurement> runs;
    private final double top;
    private final StringBuilder svg = new StringBuilder();

    private Svg(List<Measurement> runs) {
        this.runs = runs;
        double latest = runs.stream()
                .flatMap(run -> run.overTime().stream())
                .mapToDouble(Lateness::max)
                .max()
                .orElse(0);
        double decade = 10 * LEAST_MILLIS;
        while (decade < latest && decade < HIGHEST_MILLIS) {
            decade *= 10;
        }
        this.top = decade;
    }

    static String draw(List<Measurement> runs) {
        return new Svg(runs).draw();
    }

    private String draw() {
        int width = LEFT + runs.size() * (RUN + GAP);
        line(
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>",
                width, HEIGHT);
        line("%s", STYLE);
        line("<rect class='paper' width='%d' height='%d'/>", width, HEIGHT);
        text(LEFT, 18, "start", "ink", "Delay of other virtual threads' ticks, milliseconds; lower is better");
        for (int i = 0; i < runs.size(); i++) {
            shadeColdStart(runs.get(i), left(i));
        }
        for (double millis = LEAST_MILLIS; millis <= top; millis *= 10) {
            line("<line class='grid' x1='%d' x2='%d' y1='%.1f' y2='%.1f'/>", LEFT, width - GAP, y(millis), y(millis));
            String label = millis < 1 ? "0.1" : String.format(Locale.ROOT, "%,.0f", millis);
            text(LEFT - 8, y(millis) + 4, "end", "dim", label);
        }
        for (int i = 0; i < runs.size(); i++) {
            run(runs.get(i), left(i));
        }
        legend(width - GAP - 140, "median", "median");
        legend(width - GAP - 60, "latest", "latest");
        line("</svg>");
        return svg.toString();
    }

    private static double left(int number) {
        return LEFT + number * (RUN + GAP);
    }

    private void shadeColdStart(Measurement run, double left) {
        double wide = (double) RUN * Plot.COLD_COLUMNS / Plot.COLUMNS;
        line("<rect class='cold' x='%.1f' y='%d' width='%.1f' height='%d'/>", left, TOP, wide, BOTTOM - TOP);
        text(left + 3, TOP + 13, "start", "dim", String.format(Locale.ROOT, "first %.1f s", run.coldSeconds()));
    }

    private void run(Measurement run, double left) {
        curve("latest", run, left, Lateness::max);
        curve("median", run, left, Lateness::p50);
        text(left, TOP - 10, "start", "ink", run.name());
        caption(
                left,
                BOTTOM + 18,
                "99 of 100 ticks at most %,.1f ms late",
                run.lateness().p99());
        caption(
                left,
                BOTTOM + 34,
                "(in the first %.1f s: %,.1f ms)",
                run.coldSeconds(),
                run.coldStart().p99());
        caption(
                left,
                BOTTOM + 50,
                "%,.0f reads/s, %.1f hashes/s, over %.1f s",
                run.readsPerSecond(),
                run.hashesPerSecond(),
                run.seconds());
    }

    private void caption(double x, double y, String format, Object... values) {
        text(x, y, "start", "ink", String.format(Locale.ROOT, format, values));
    }

    private void curve(String kind, Measurement run, double left, ToDoubleFunction<Lateness> value) {
        double wide = (double) RUN / run.overTime().size();
        StringBuilder points = new StringBuilder();
        for (int part = 0; part < run.overTime().size(); part++) {
            double x = left + (part + 0.5) * wide;
            double y = y(value.applyAsDouble(run.overTime().get(part)));
            points.append(String.format(Locale.ROOT, "%.1f,%.1f ", x, y));
            line("<circle class='%s' cx='%.1f' cy='%.1f' r='2'/>", kind, x, y);
        }
        line("<polyline class='%s' points='%s'/>", kind, points.toString().strip());
    }

    private void legend(int x, String kind, String label) {
        line("<circle class='%s' cx='%d' cy='14' r='4'/>", kind, x);
        text(x + 9, 18, "start", "ink", label);
    }

    /** A logarithmic scale: what is below its least is on the line. */
    private double y(double millis) {
        double share =
                Math.log10(Math.clamp(millis, LEAST_MILLIS, top) / LEAST_MILLIS) / Math.log10(top / LEAST_MILLIS);
        return BOTTOM - (BOTTOM - TOP) * share;
    }

    private void text(double x, double y, String anchor, String kind, String text) {
        line("<text class='%s' x='%.1f' y='%.1f' text-anchor='%s'>%s</text>", kind, x, y, anchor, text);
    }

    private void line(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
