package dev.coworker.bench;

import static dev.coworker.bench.Results.format;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** The tables, in Markdown: first which bars hold, then the figures of each row. */
final class Report {
    private final StringBuilder text = new StringBuilder();

    private Report() {}

    static String of(List<Results> rows) {
        Report report = new Report();
        if (rows.isEmpty()) {
            return "Not measured yet.\n";
        }
        report.summary(rows);
        rows.forEach(report::row);
        report.about(rows);
        return report.text.toString();
    }

    private void summary(List<Results> rows) {
        boolean before = rows.stream().anyMatch(results -> results.has(Contender.BEFORE));
        line("row", "what", "ratio", "runs", "weakest cell", "bar", "goal", before ? "now / before" : null);
        line("---", "---", "---", "---", "---", "---", "---", before ? "---" : null);
        for (Results results : rows) {
            Row row = results.row();
            for (Row.Bar bar : row.bars) {
                double[] means = results.means(bar, row.ours(), row.peer());
                double mean = Results.quantile(means, 0.5);
                String weakest = weakest(results, bar);
                double ofWeakest = results.ratio(weakest, bar, row.ours(), row.peer(), 0.5);
                boolean one = results.cells().size() == 1;
                String change = results.has(Contender.BEFORE)
                        ? format(Results.quantile(results.means(bar, row.ours(), Contender.BEFORE), 0.5))
                        : "";
                line(
                        row.name(),
                        row.title + ": " + bar.metric().title,
                        format(mean) + " x",
                        DoubleStream.of(means).mapToObj(Results::format).collect(Collectors.joining(", ")),
                        one ? "" : format(ofWeakest) + " x: " + weakest,
                        both(
                                verdict(bar, ofWeakest, bar.bar(), one ? "" : "each ", "holds", "**missed**"),
                                verdict(bar, mean, bar.meanBar(), "mean ", "holds", "**missed**")),
                        both(
                                verdict(bar, ofWeakest, bar.goal(), one ? "" : "each ", "reached", "not reached"),
                                verdict(bar, mean, bar.meanGoal(), "mean ", "reached", "not reached")),
                        before ? change : null);
            }
        }
    }

    private static String weakest(Results results, Row.Bar bar) {
        Row row = results.row();
        Comparator<String> byRatio =
                Comparator.comparing(cell -> results.ratio(cell, bar, row.ours(), row.peer(), 0.5));
        return Collections.min(results.cells(), bar.atLeast() ? byRatio : byRatio.reversed());
    }

    private static String verdict(Row.Bar bar, double ratio, double limit, String what, String holds, String missed) {
        if (Double.isNaN(limit)) {
            return "";
        }
        return what + (bar.atLeast() ? ">= " : "<= ") + format(limit) + ": "
                + (bar.holds(ratio, limit) ? holds : missed);
    }

    private static String both(String first, String second) {
        return first.isEmpty() || second.isEmpty() ? first + second : first + "; " + second;
    }

    /** A line for each cell; a bar that a cell misses is marked. */
    private void row(Results results) {
        Row row = results.row();
        List<String> others = results.contenders().stream()
                .filter(name -> !name.equals(row.ours()) && !name.equals(row.peer()))
                .toList();
        text.append("\n### ").append(row).append(": ").append(row.title).append("\n\n");
        text.append(row.words).append(' ').append(directions(row)).append("\n\n");
        List<String> header = new ArrayList<>(List.of("workload"));
        for (Row.Bar bar : row.bars) {
            header.addAll(List.of(bar.metric().title + ": " + row.ours(), row.peer(), "ratio"));
        }
        others.forEach(other -> header.add(other + ": ratio"));
        line(header.toArray(String[]::new));
        line(header.stream().map(cell -> "---").toArray(String[]::new));
        for (String cell : results.cells()) {
            List<String> line = new ArrayList<>(List.of(cell));
            for (Row.Bar bar : row.bars) {
                double ratio = results.ratio(cell, bar, row.ours(), row.peer(), 0.5);
                boolean missed = !Double.isNaN(bar.bar()) && !bar.holds(ratio, bar.bar());
                line.add(figure(results, cell, bar.metric(), row.ours()));
                line.add(figure(results, cell, bar.metric(), row.peer()));
                line.add(format(ratio) + (missed ? " **missed**" : ""));
            }
            for (String other : others) {
                line.add(row.bars.stream()
                        .map(bar -> format(results.ratio(cell, bar, other, row.peer(), 0.5)))
                        .collect(Collectors.joining("; ")));
            }
            line(line.toArray(String[]::new));
        }
    }

    private static String directions(Row row) {
        return row.bars.stream()
                .map(bar -> bar.metric().title + ": " + (bar.metric().higherIsBetter ? "higher" : "lower")
                        + " is better" + (bar.inverse() ? ", the ratio is theirs / ours" : ""))
                .collect(Collectors.joining("; ", "", "."));
    }

    private static String figure(Results results, String cell, Metric metric, String contender) {
        return format(results.figure(cell, metric, contender, 0.5)) + " ("
                + format(results.figure(cell, metric, contender, 0.25)) + "-"
                + format(results.figure(cell, metric, contender, 0.75)) + ")";
    }

    /** Rows that were measured alike share a paragraph. */
    private void about(List<Results> rows) {
        Map<Map<String, String>, List<Row>> rowsOf = new LinkedHashMap<>();
        rows.forEach(results -> rowsOf.computeIfAbsent(results.about(), about -> new ArrayList<>())
                .add(results.row()));
        text.append("\n### How it was measured\n");
        rowsOf.forEach((about, measured) -> {
            text.append('\n');
            if (rowsOf.size() > 1) {
                text.append(measured.stream().map(Row::name).collect(Collectors.joining(", ", "", ": ")));
            }
            text.append(Machine.paragraph(about)).append('\n');
        });
    }

    /** Without the cells that are null. */
    private void line(String... cells) {
        for (String cell : cells) {
            if (cell != null) {
                text.append("| ").append(cell).append(' ');
            }
        }
        text.append("|\n");
    }
}
