package dev.coworker.bench;

import dev.coworker.bench.Results.Figure;
import java.util.ArrayList;
import java.util.List;

/** One picture of all workloads: a panel for each, a bar for each contender, shorter is better, whiskers at the quartiles. */
final class Chart {
    private static final int WIDTH = 900;
    private static final int LEFT = 210;
    private static final int BAR = 14;
    private static final int RIGHT = 170;

    private Chart() {}

    static String draw(Results results, String[][] workloads) {
        StringBuilder panels = new StringBuilder();
        int y = 10;
        for (String[] workload : workloads) {
            List<String> contenders = new ArrayList<>();
            double longest = 0;
            for (String contender : results.contenders(workload[0])) {
                Figure figure = results.figure(workload[0], contender, workload[1]);
                if (figure != null) {
                    contenders.add(contender);
                    longest = Math.max(longest, figure.upper());
                }
            }
            if (contenders.isEmpty()) {
                continue;
            }
            y += 22;
            text(panels, 10, y, "title", workload[2]);
            y += 8;
            for (String contender : contenders) {
                Figure figure = results.figure(workload[0], contender, workload[1]);
                double scale = (WIDTH - LEFT - RIGHT) / longest;
                int middle = y + BAR / 2;
                text(panels, LEFT - 8, y + BAR - 3, "name", contender);
                panels.append(String.format(
                        "<rect x='%d' y='%d' width='%.1f' height='%d' class='%s'/>%n",
                        LEFT,
                        y,
                        Math.max(1, figure.median() * scale),
                        BAR - 2,
                        contender.startsWith("coworker") ? "ours" : "peer"));
                panels.append(String.format(
                        "<path d='M%.1f %d H%.1f' class='whisker'/>%n",
                        LEFT + figure.lower() * scale, middle - 1, LEFT + figure.upper() * scale));
                String unit = workload[1].equals(Results.SCORE) ? " " + figure.unit() : "";
                text(
                        panels,
                        (int) (LEFT + figure.upper() * scale) + 6,
                        y + BAR - 3,
                        "figure",
                        Results.format(figure.median()) + unit);
                y += BAR;
            }
        }
        y += 12;
        return String.format(
                        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 %d %d' font-family='sans-serif' font-size='11'>%n",
                        WIDTH, y)
                + "<style>.title{font-weight:bold;font-size:13px}.name{text-anchor:end}.ours{fill:#1f77b4}.peer{fill:#b0b0b0}"
                + ".whisker{stroke:#202020;stroke-width:1.5}</style>\n"
                + String.format("<rect width='%d' height='%d' fill='white'/>%n", WIDTH, y)
                + panels + "</svg>\n";
    }

    private static void text(StringBuilder to, int x, int y, String style, String text) {
        to.append(String.format("<text x='%d' y='%d' class='%s'>%s</text>%n", x, y, style, text));
    }
}
