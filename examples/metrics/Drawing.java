package metrics;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Readings as an SVG picture of three panels over one minute. */
final class Drawing {
    private static final int LEFT = 64;
    private static final int RIGHT = 140;
    private static final int WIDTH = 800;
    private static final int PANEL = 110;
    private static final int GAP = 44;
    private static final int TOP = 28;
    private static final int HEIGHT = TOP + 3 * PANEL + 2 * GAP + 34;

    private final List<History.Reading> readings;
    private final StringBuilder svg = new StringBuilder();

    private Drawing(List<History.Reading> readings) {
        this.readings = readings;
    }

    static String of(List<History.Reading> readings) {
        return new Drawing(readings).draw();
    }

    private String draw() {
        line(
                "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>",
                WIDTH, HEIGHT);
        line("<rect width='%d' height='%d' fill='#ffffff'/>", WIDTH, HEIGHT);
        Panel queue = new Panel(0, "Requests in the queue", max(10, History.Reading::queued));
        queue.area("queued", "queued", "#0072b2", reading -> 0, History.Reading::queued);
        Panel workers = new Panel(1, "Workers", max(8, reading -> reading.active() + reading.idle()));
        workers.area("active", "active", "#d55e00", reading -> 0, History.Reading::active);
        workers.area("idle", "idle", "#56b4e9", History.Reading::active, reading -> reading.active() + reading.idle());
        Panel latency = new Panel(2, "Latency of submitCo, ms", max(40, History.Reading::p99Millis));
        latency.curve("p99", "99th percentile", "#cc79a7", History.Reading::p99Millis);
        latency.curve("median", "median", "#009e73", History.Reading::medianMillis);
        for (int seconds = 0; seconds <= History.SECONDS; seconds += 15) {
            text(
                    x(seconds * History.PER_SECOND),
                    HEIGHT - 12,
                    "middle",
                    "#666666",
                    seconds == 0 ? "0 s" : seconds + "");
        }
        line("</svg>");
        return svg.toString();
    }

    /** The top of a scale: 1, 2 or 5 times a power of ten. */
    private double max(double least, ToDoubleFunction<History.Reading> value) {
        double highest = readings.stream().mapToDouble(value).max().orElse(0);
        double step = 1;
        for (int i = 0; ; i++, step *= i % 3 == 2 ? 2.5 : 2) {
            if (step >= Math.max(least, highest)) {
                return step;
            }
        }
    }

    private static double x(int index) {
        return LEFT + (double) index * (WIDTH - LEFT - RIGHT) / (History.SECONDS * History.PER_SECOND);
    }

    private void text(double x, double y, String anchor, String colour, String text) {
        line("<text x='%.1f' y='%.1f' text-anchor='%s' fill='%s'>%s</text>", x, y, anchor, colour, text);
    }

    private void line(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private final class Panel {
        private final double bottom;
        private final double max;
        private int curves;

        Panel(int number, String title, double max) {
            this.bottom = TOP + number * (PANEL + GAP) + PANEL;
            this.max = max;
            text(LEFT, bottom - PANEL - 10, "start", "#222222", title);
            for (int i = 0; i <= 2; i++) {
                double value = max * i / 2;
                line(
                        "<line x1='%d' x2='%d' y1='%.1f' y2='%.1f' stroke='#dddddd'/>",
                        LEFT, WIDTH - RIGHT, y(value), y(value));
                text(LEFT - 8, y(value) + 4, "end", "#666666", number(value));
            }
        }

        private double y(double value) {
            return bottom - PANEL * Math.min(1, value / max);
        }

        /** The points of a curve, from left to right or back. */
        private String points(ToDoubleFunction<History.Reading> value, boolean back) {
            StringBuilder points = new StringBuilder();
            for (int i = 0; i < readings.size(); i++) {
                int index = back ? readings.size() - 1 - i : i;
                points.append(String.format(
                        Locale.ROOT, "%.1f,%.1f ", x(index), y(value.applyAsDouble(readings.get(index)))));
            }
            return points.toString().strip();
        }

        void area(
                String id,
                String label,
                String colour,
                ToDoubleFunction<History.Reading> from,
                ToDoubleFunction<History.Reading> to) {
            line("<polygon id='%s' fill='%s' points='%s %s'/>", id, colour, points(to, false), points(from, true));
            legend(label, colour, reading -> to.applyAsDouble(reading) - from.applyAsDouble(reading));
        }

        void curve(String id, String label, String colour, ToDoubleFunction<History.Reading> value) {
            line(
                    "<polyline id='%s' fill='none' stroke='%s' stroke-width='2' points='%s'/>",
                    id, colour, points(value, false));
            legend(label, colour, value);
        }

        private void legend(String label, String colour, ToDoubleFunction<History.Reading> value) {
            String now = readings.isEmpty() ? "" : " " + number(value.applyAsDouble(readings.get(readings.size() - 1)));
            text(WIDTH - RIGHT + 10, bottom - PANEL + 12 + 18 * curves++, "start", colour, label + now);
        }

        private static String number(double value) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
    }
}
