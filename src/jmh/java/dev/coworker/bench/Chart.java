package dev.coworker.bench;

import java.util.List;
import java.util.Set;

/**
 * One picture, real work first. A line for each workload; the contenders are points on it, by their ratio to
 * ThreadPoolExecutor, with the quartiles of Coworker's; at the right, the medians themselves.
 */
final class Chart {
    private static final int WIDTH = 900;
    private static final int LEFT = 240;
    private static final int RIGHT = 680;
    private static final int LINE = 17;
    private static final double MOST = 2.5; // of the axis: points beyond it stand at its end, with their number

    private static final List<String> COLOURS =
            List.of(Contender.COWORKER, Contender.BEFORE, Contender.SEMAPHORE, Contender.VERTX);

    private static final List<Panel> PANELS = List.of(
            new Panel(Metric.RATE, "Blocking work (native sleep), calls/s", Set.of(Row.R1)),
            new Panel(Metric.P99, "Blocking work, p99 of a call, µs", Set.of(Row.R1)),
            new Panel(Metric.CPU, "Blocking work, processor time a call, µs", Set.of(Row.R1)),
            new Panel(Metric.RATE, "Computation, calls/s", Set.of(Row.R2)),
            new Panel(Metric.CPU, "Computation, processor time a call, µs", Set.of(Row.R2)),
            new Panel(Metric.P50, "Few callers (native sleep of 20 µs), median of a call, µs", Set.of(Row.R3)),
            new Panel(Metric.CPU, "Few callers, processor time a call, µs", Set.of(Row.R3)),
            new Panel(Metric.RATE, "No work, and cached reads, calls/s", Set.of(Row.W2, Row.W5)),
            new Panel(Metric.REQUESTS, "Bursts by one thread, requests/s", Set.of(Row.W3, Row.W4)));

    private record Panel(Metric metric, String title, Set<Row> rows) {}

    private final StringBuilder shapes = new StringBuilder();
    private int y = 16;

    private Chart() {}

    static String of(List<Results> rows) {
        Chart chart = new Chart();
        chart.legend();
        for (Panel panel : PANELS) {
            List<Results> ofPanel = rows.stream()
                    .filter(each -> panel.rows.contains(each.row()))
                    .toList();
            if (!ofPanel.isEmpty()) {
                chart.panel(panel, ofPanel);
            }
        }
        return String.format(
                        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif'>%n",
                        WIDTH, chart.y + 8)
                + "<style>text{fill:#24292f;font-size:11px}.title{font-weight:bold;font-size:13px}.end{text-anchor:end}"
                + ".page{fill:#fff}.axis{stroke:#8c959f}.one{stroke:#57606a;stroke-width:2}"
                + ".c0{fill:#0969da;stroke:#0969da}.c1{fill:none;stroke:#0969da;stroke-width:1.5}"
                + ".c2{fill:#bc4c00}.c3{fill:#8250df}"
                + "@media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.axis{stroke:#484f58}"
                + ".one{stroke:#8b949e}.c0{fill:#58a6ff;stroke:#58a6ff}.c1{stroke:#58a6ff}.c2{fill:#f0883e}"
                + ".c3{fill:#bc8cff}}</style>\n"
                + String.format("<rect class='page' width='%d' height='%d'/>%n", WIDTH, chart.y + 8)
                + chart.shapes + "</svg>\n";
    }

    private void legend() {
        int x = 10;
        for (String contender : COLOURS) {
            point(x + 4, y - 4, contender);
            text(x + 14, "", contender);
            x += 40 + 7 * contender.length();
        }
        text(x, "", "line at 1: ThreadPoolExecutor, 64 threads");
        y += 10;
    }

    private void panel(Panel panel, List<Results> rows) {
        y += 24;
        boolean higher = panel.metric.higherIsBetter;
        text(10, "title", panel.title + (higher ? " (higher is better: right)" : " (lower is better: left)"));
        text(WIDTH - 10, "end", "Coworker / ThreadPoolExecutor");
        y += 4;
        int top = y;
        for (Results results : rows) {
            for (String cell : results.cells()) {
                y += LINE;
                workload(panel.metric, results, cell);
            }
        }
        y += 16;
        for (double ratio = 0; ratio <= MOST; ratio += 0.5) {
            String style = ratio == 1 ? "one" : "axis";
            shapes.insert(0, String.format("<path class='%s' d='M%.1f %dV%d'/>%n", style, x(ratio), top, y - 11));
            text((int) x(ratio) - 8, "", String.format("%.1f x", ratio));
        }
    }

    private void workload(Metric metric, Results results, String cell) {
        Row.Bar plain = new Row.Bar(metric, Double.NaN, Double.NaN);
        String ours = Contender.COWORKER;
        String peer = Contender.EXECUTOR;
        text(LEFT - 12, "end", cell);
        int beyond = RIGHT + 8;
        for (String contender : COLOURS.reversed()) {
            if (results.has(contender)) {
                double ratio = results.ratio(cell, plain, contender, peer, 0.5);
                point(x(ratio), y - 4, contender);
                if (ratio > MOST) {
                    text(beyond, "", Results.format(ratio) + " x");
                    beyond += 40;
                }
            }
        }
        shapes.append(String.format(
                "<path class='c0' d='M%.1f %dH%.1f'/>%n",
                x(results.ratio(cell, plain, ours, peer, 0.25)),
                y - 4,
                x(results.ratio(cell, plain, ours, peer, 0.75))));
        text(
                WIDTH - 10,
                "end",
                Results.format(results.figure(cell, metric, ours, 0.5)) + " / "
                        + Results.format(results.figure(cell, metric, peer, 0.5)));
    }

    private static double x(double ratio) {
        return LEFT + (RIGHT - LEFT) * Math.min(ratio, MOST) / MOST;
    }

    private void point(double x, int y, String contender) {
        shapes.append(
                String.format("<circle class='c%d' cx='%.1f' cy='%d' r='4'/>%n", COLOURS.indexOf(contender), x, y));
    }

    private void text(int x, String style, String text) {
        shapes.append(String.format("<text x='%d' y='%d' class='%s'>%s</text>%n", x, y, style, text));
    }
}
