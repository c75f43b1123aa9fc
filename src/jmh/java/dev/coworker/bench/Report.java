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
        rows.stream().filter(results -> results.row().isRealWork()).forEach(report::realWork);
        report.others(
                rows.stream().filter(results -> !results.row().isRealWork()).toList());
        report.about(rows);
        return report.text.toString();
    }

    private void summary(List<Results> rows) {
        boolean before = rows.stream().anyMatch(results -> results.has(Contender.BEFORE));
        header("row", "what", "ratio", "runs", "weakest cell", "bar", "goal", before ? "now / before" : "");
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
                        times(bar, mean),
                        DoubleStream.of(means).mapToObj(Results::format).collect(Collectors.joining(", ")),
                        one ? "" : times(bar, ofWeakest) + ": " + weakest,
                        both(
                                verdict(bar, ofWeakest, bar.bar(), one ? "" : "each ", "holds", "**missed**"),
                                verdict(bar, mean, bar.meanBar(), "mean ", "holds", "**missed**")),
                        both(
                                verdict(bar, ofWeakest, bar.goal(), one ? "" : "each ", "reached", "not reached"),
                                verdict(bar, mean, bar.meanGoal(), "mean ", "reached", "not reached")),
                        change);
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

    private static String times(Row.Bar bar, double ratio) {
        return format(ratio) + (bar.inverse() ? " x less" : " x");
    }

    /** A line for each cell; a bar that a cell misses is marked. */
    private void realWork(Results results) {
        Row row = results.row();
        text.append("\n### ").append(row).append(": ").append(row.title).append("\n\n");
        text.append(row.words).append("\n\n");
        List<String> header = new ArrayList<>(List.of("workload"));
        row.bars.forEach(bar -> header.addAll(List.of(bar.metric().title, row.peer(), "ratio")));
        header.add("ratios of others");
        header(header.toArray(String[]::new));
        for (String cell : results.cells()) {
            List<String> line = new ArrayList<>(List.of(cell));
            row.bars.forEach(bar -> line.addAll(compared(results, cell, bar)));
            line.add(ofOthers(results, cell, row.bars));
            line(line.toArray(String[]::new));
        }
    }

    /** A line for each metric of each cell. */
    private void others(List<Results> rows) {
        text.append("\n### No work, ramp, first submit, flat costs\n\n");
        header("row", "workload", "what", Contender.COWORKER, Contender.EXECUTOR, "ratio", "ratios of others");
        for (Results results : rows) {
            for (String cell : results.cells()) {
                for (Row.Bar bar : results.row().bars) {
                    List<String> line = new ArrayList<>(List.of(results.row().name(), cell, bar.metric().title));
                    line.addAll(compared(results, cell, bar));
                    line.add(ofOthers(results, cell, List.of(bar)));
                    line(line.toArray(String[]::new));
                }
            }
        }
    }

    private static List<String> compared(Results results, String cell, Row.Bar bar) {
        Row row = results.row();
        double ratio = results.ratio(cell, bar, row.ours(), row.peer(), 0.5);
        boolean missed = !Double.isNaN(bar.bar()) && !bar.holds(ratio, bar.bar());
        return List.of(
                figure(results, cell, bar.metric(), row.ours()),
                figure(results, cell, bar.metric(), row.peer()),
                times(bar, ratio) + (missed ? " **missed**" : ""));
    }

    private static String ofOthers(Results results, String cell, List<Row.Bar> bars) {
        Row row = results.row();
        return results.contenders().stream()
                .filter(name -> !name.equals(row.ours()) && !name.equals(row.peer()))
                .map(name -> bars.stream()
                        .map(bar -> format(results.ratio(cell, bar, name, row.peer(), 0.5)))
                        .collect(Collectors.joining(", ", name + " ", "")))
                .collect(Collectors.joining("; "));
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
            text.append(measured.stream().map(Row::name).collect(Collectors.joining(", ", "\n", ": ")));
            text.append(Machine.paragraph(about)).append('\n');
        });
    }

    private void header(String... cells) {
        line(cells);
        text.append("| --- ".repeat(cells.length)).append("|\n");
    }

    private void line(String... cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }
}
