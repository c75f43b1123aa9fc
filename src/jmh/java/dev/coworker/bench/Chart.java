package dev.coworker.bench;

import java.util.List;

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

    private static final List<Row> ROWS = List.of(Row.R1, Row.R2, Row.R3, Row.W2, Row.W3, Row.W4, Row.W5);

    private final StringBuilder shapes = new StringBuilder();
    private int y = 16;

    static String of(List<Results> rows) {
        Chart chart = new Chart();
        chart.legend();
        rows.stream()
                .filter(results -> ROWS.contains(results.row()))
                .forEach(results -> results.row().bars.forEach(bar -> chart.panel(results, bar)));
        return """
                <svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %1$d %2$d' font-family='sans-serif'>
                <style>text{fill:#24292f;font-size:11px}.title{font-weight:bold;font-size:13px}.end{text-anchor:end}
                .page{fill:#fff}.axis{stroke:#8c959f}.one{stroke:#57606a;stroke-width:2}.c2{fill:#bc4c00}
                .c3{fill:#8250df}.c0{fill:#0969da;stroke:#0969da}.c1{fill:none;stroke:#0969da;stroke-width:1.5}
                @media(prefers-color-scheme:dark){text{fill:#e6edf3}.page{fill:#0d1117}.axis{stroke:#484f58}
                .one{stroke:#8b949e}.c0{fill:#58a6ff;stroke:#58a6ff}.c1{stroke:#58a6ff}.c2{fill:#f0883e}
                .c3{fill:#bc8cff}}</style>
                <rect class='page' width='%1$d' height='%2$d'/>
                %3$s</svg>
                """.formatted(WIDTH, chart.y + 8, chart.shapes);
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

    private void panel(Results results, Row.Bar bar) {
        y += 24;
        String better = bar.metric().higherIsBetter ? " (higher is better: right)" : " (lower is better: left)";
        text(10, "title", results.row() + ", " + results.row().title + ": " + bar.metric().title + better);
        text(WIDTH - 10, "end", "Coworker / ThreadPoolExecutor");
        y += 4;
        int top = y;
        for (String cell : results.cells()) {
            y += LINE;
            workload(results, bar, cell);
        }
        y += 16;
        for (double ratio = 0; ratio <= MOST; ratio += 0.5) {
            String style = ratio == 1 ? "one" : "axis";
            shapes.insert(0, String.format("<path class='%s' d='M%.1f %dV%d'/>%n", style, x(ratio), top, y - 11));
            text((int) x(ratio) - 8, "", String.format("%.1f x", ratio));
        }
    }

    private void workload(Results results, Row.Bar bar, String cell) {
        String ours = Contender.COWORKER;
        text(LEFT - 12, "end", cell);
        int beyond = RIGHT + 8;
        for (String contender : COLOURS.reversed()) {
            if (results.contenders().contains(contender)) {
                double ratio = results.ratio(cell, bar, contender, 0.5);
                point(x(ratio), y - 4, contender);
                if (ratio > MOST) {
                    text(beyond, "", Results.format(ratio) + " x");
                    beyond += 40;
                }
            }
        }
        double lower = x(results.ratio(cell, bar, ours, 0.25));
        double upper = x(results.ratio(cell, bar, ours, 0.75));
        shapes.append(String.format("<path class='c0' d='M%.1f %dH%.1f'/>%n", lower, y - 4, upper));
        String median = Results.format(results.figure(cell, bar.metric(), ours, 0.5));
        String ofPeer = Results.format(results.figure(cell, bar.metric(), Contender.EXECUTOR, 0.5));
        text(WIDTH - 10, "end", median + " / " + ofPeer);
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
