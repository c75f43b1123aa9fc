package demo;

import java.util.List;
import java.util.Locale;

/** What {@link Plot} shows, as an SVG picture. */
final class Svg {
    private static final int LEFT = 64;
    private static final int TOP = 52;
    private static final int BOTTOM = 282;
    private static final int HEIGHT = 326;
    private static final int RUN = 350;
    private static final int GAP = 22;
    private static final double LEAST_MILLIS = 0.1;
    private static final double HIGHEST_MILLIS = 10_000;
    private static final String MEDIAN = "#0072b2";
    private static final String LATEST = "#e69f00";

    private final List<Measurement> runs;
    private final double top;
    private final StringBuilder svg = new StringBuilder();

    private Svg(List<Measurement> runs) {
        this.runs = runs;
        double latest =
                runs.stream().mapToDouble(run -> run.lateness().max()).max().orElse(0);
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
        line("<rect width='%d' height='%d' fill='#ffffff'/>", width, HEIGHT);
        text(LEFT, 18, "start", "#222222", "How late the ticks of the other virtual threads are, in milliseconds");
        for (double millis = LEAST_MILLIS; millis <= top; millis *= 10) {
            line(
                    "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#dddddd'/>",
                    LEFT, width - GAP, y(millis), y(millis));
            text(
                    LEFT - 8,
                    y(millis) + 4,
                    "end",
                    "#666666",
                    millis < 1 ? "0.1" : String.format(Locale.ROOT, "%,.0f", millis));
        }
        for (int i = 0; i < runs.size(); i++) {
            run(runs.get(i), LEFT + i * (RUN + GAP));
        }
        legend(width - GAP - 170, MEDIAN, "median");
        legend(width - GAP - 80, LATEST, "latest");
        line("</svg>");
        return svg.toString();
    }

    private void run(Measurement run, double left) {
        double wide = (double) RUN / run.overTime().size();
        for (int part = 0; part < run.overTime().size(); part++) {
            Lateness late = run.overTime().get(part);
            bar("latest", LATEST, left + part * wide, wide, late.max());
            bar("median", MEDIAN, left + part * wide, wide, late.p50());
        }
        text(left, TOP - 10, "start", "#222222", run.name());
        caption(
                left,
                BOTTOM + 18,
                "99 of 100 ticks at most %,.1f ms late",
                run.lateness().p99());
        caption(
                left,
                BOTTOM + 34,
                "%,.0f reads/s, %.1f hashes/s, over %.1f s",
                run.readsPerSecond(),
                run.hashesPerSecond(),
                run.seconds());
    }

    private void caption(double x, double y, String format, Object... values) {
        text(x, y, "start", "#222222", String.format(Locale.ROOT, format, values));
    }

    private void bar(String kind, String colour, double x, double wide, double millis) {
        line(
                "<rect class='%s' x='%.1f' y='%.1f' width='%.1f' height='%.1f' fill='%s'/>",
                kind, x, y(millis), wide - 1, BOTTOM - y(millis), colour);
    }

    private void legend(int x, String colour, String label) {
        line("<rect x='%d' y='9' width='10' height='10' fill='%s'/>", x, colour);
        text(x + 15, 18, "start", "#222222", label);
    }

    /** A logarithmic scale: what is below its least is on the line. */
    private double y(double millis) {
        double share =
                Math.log10(Math.clamp(millis, LEAST_MILLIS, top) / LEAST_MILLIS) / Math.log10(top / LEAST_MILLIS);
        return BOTTOM - (BOTTOM - TOP) * share;
    }

    private void text(double x, double y, String anchor, String colour, String text) {
        line("<text x='%.1f' y='%.1f' text-anchor='%s' fill='%s'>%s</text>", x, y, anchor, colour, text);
    }

    private void line(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
