package metrics;

import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** Readings as an SVG picture of five panels over one minute, which follows the reader's light or dark colours. */
final class Drawing {
    private static final int LEFT = 64;
    private static final int RIGHT = 165;
    private static final int WIDTH = 800;
    private static final int PANEL = 110;
    private static final int GAP = 44;
    private static final int TOP = 28;
    private static final int HEIGHT = TOP + 5 * PANEL + 4 * GAP + 34;
    private static final String STYLE = """
            <style>
            .paper { fill: #ffffff } .ink { fill: #222222 } .dim { fill: #666666 } .grid { stroke: #dddddd }
            .queued { fill: #0072b2 } .active { fill: #d55e00 } .idle { fill: #56b4e9 }
            .p99 { fill: #cc79a7 } .median { fill: #009e73 } polyline { stroke-width: 2 }
            polyline.p99 { fill: none; stroke: #cc79a7 } polyline.median { fill: none; stroke: #009e73 }
            .mounted { fill: #999999 } .waiting { fill: #e69f00 } .held { fill: #0072b2 } .starved { fill: #d55e00 }
            polyline.held { fill: none; stroke: #0072b2 } polyline.starved { fill: none; stroke: #d55e00 }
            @media (prefers-color-scheme: dark) {
              .paper { fill: #0d1117 } .ink { fill: #e6edf3 } .dim { fill: #9198a1 } .grid { stroke: #30363d }
            }
            </style>""";

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
        line("%s", STYLE);
        line("<rect class='paper' width='%d' height='%d'/>", WIDTH, HEIGHT);
        Panel queue = new Panel(0, "Queue: requests that wait for a worker", "", max(10, History.Reading::queued));
        queue.area("queued", "queued", reading -> 0, History.Reading::queued);
        Panel workers = new Panel(1, "Workers: threads", "", max(8, reading -> reading.active() + reading.idle()));
        workers.area("active", "active", reading -> 0, History.Reading::active);
        workers.area("idle", "idle", History.Reading::active, reading -> reading.active() + reading.idle());
        Panel latency =
                new Panel(2, "submitCo: milliseconds from call to return", " ms", max(40, History.Reading::p99Millis));
        latency.curve("p99", "99th percentile", History.Reading::p99Millis);
        latency.curve("median", "median", History.Reading::medianMillis);
        Panel carriers = new Panel(
                3,
                "Carriers: virtual threads on them, and virtual threads that wait for one",
                "",
                max(5, reading -> reading.mounted() + reading.waiting()));
        carriers.area("mounted", "mounted", reading -> 0, History.Reading::mounted);
        carriers.area("waiting", "waiting", History.Reading::mounted, reading -> reading.mounted() + reading.waiting());
        Panel holds = new Panel(
                4,
                "Carriers held, and starvations a second: all were held while others waited",
                "",
                max(5, reading -> Math.max(reading.held(), reading.starved())));
        holds.curve("held", "held", History.Reading::held);
        holds.curve("starved", "starvations", History.Reading::starved);
        for (int seconds = 0; seconds <= History.SECONDS; seconds += 15) {
            text(x(seconds * History.PER_SECOND), HEIGHT - 12, "middle", "dim", seconds + " s");
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

    private void text(double x, double y, String anchor, String kind, String text) {
        line("<text class='%s' x='%.1f' y='%.1f' text-anchor='%s'>%s</text>", kind, x, y, anchor, text);
    }

    private void line(String format, Object... values) {
        svg.append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private final class Panel {
        private final double bottom;
        private final String unit;
        private final double max;
        private int curves;

        Panel(int number, String title, String unit, double max) {
            this.bottom = TOP + number * (PANEL + GAP) + PANEL;
            this.unit = unit;
            this.max = max;
            text(LEFT, bottom - PANEL - 10, "start", "ink", title);
            for (int i = 0; i <= 2; i++) {
                double value = max * i / 2;
                line(
                        "<line class='grid' x1='%d' x2='%d' y1='%.1f' y2='%.1f'/>",
                        LEFT, WIDTH - RIGHT, y(value), y(value));
                text(LEFT - 8, y(value) + 4, "end", "dim", number(value));
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
                String id, String label, ToDoubleFunction<History.Reading> from, ToDoubleFunction<History.Reading> to) {
            line("<polygon id='%s' class='%s' points='%s %s'/>", id, id, points(to, false), points(from, true));
            legend(id, label, reading -> to.applyAsDouble(reading) - from.applyAsDouble(reading));
        }

        void curve(String id, String label, ToDoubleFunction<History.Reading> value) {
            line("<polyline id='%s' class='%s' points='%s'/>", id, id, points(value, false));
            legend(id, label, value);
        }

        private void legend(String id, String label, ToDoubleFunction<History.Reading> value) {
            double y = bottom - PANEL + 12 + 18 * curves++;
            String now = readings.isEmpty()
                    ? ""
                    : " " + number(value.applyAsDouble(readings.get(readings.size() - 1))) + unit;
            line("<rect class='%s' x='%d' y='%.1f' width='10' height='10'/>", id, WIDTH - RIGHT + 10, y - 9);
            text(WIDTH - RIGHT + 25, y, "start", "ink", label + now);
        }

        private static String number(double value) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
    }
}
