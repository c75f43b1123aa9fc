package dev.coworker.bench;

import static dev.coworker.bench.Results.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * The tables, in Markdown: first which bars hold, then the figures of each workload. docs/benchmarks.md and its picture
 * are a function of the files in docs/benchmarks, and so the same on every machine.
 */
final class Report {
    private static final Pattern TABLES = Pattern.compile("(?s)(?<=<!-- measured -->\n).*(?=<!-- end -->)");

    private final StringBuilder text = new StringBuilder();

    /** Throws, if it only checks, where the page or the picture shows anything else than the files hold. */
    static void draw(Path docs, boolean onlyCheck) throws IOException {
        for (Map.Entry<Path, String> file : drawn(docs).entrySet()) {
            if (!onlyCheck) {
                Files.writeString(file.getKey(), file.getValue());
            } else if (!Files.readString(file.getKey()).equals(file.getValue())) {
                throw new IllegalStateException(file.getKey() + " does not show what the measured files hold. "
                        + "Draw it: mvn -Pjmh verify -Djmh.runs=0 -Djmh.docs=docs");
            }
        }
    }

    /** Where the results of a row are kept. */
    static Path file(Path docs, Row row) {
        return docs.resolve("benchmarks").resolve(row + ".json");
    }

    private static Map<Path, String> drawn(Path docs) throws IOException {
        List<Results> rows = new ArrayList<>();
        for (Row row : Row.values()) {
            if (Files.exists(file(docs, row))) {
                rows.add(Results.read(file(docs, row)));
            }
        }
        Path page = docs.resolve("benchmarks.md");
        Matcher tables = TABLES.matcher(Files.readString(page));
        if (!tables.find()) {
            throw new IllegalStateException(page + " has no markers for the tables");
        }
        String text = tables.replaceFirst(Matcher.quoteReplacement("\n" + of(rows) + "\n"));
        return Map.of(page, text, docs.resolve("benchmarks.svg"), Chart.of(rows));
    }

    static String of(List<Results> rows) {
        Report report = new Report();
        report.header("row", "what", "ratio", "runs", "weakest workload", "bar", "goal", "now / before");
        rows.forEach(results -> results.row().bars.forEach(bar -> report.summary(results, bar)));
        report.text.append("\n### Each workload\n\n");
        report.header("row", "workload", "what", Contender.COWORKER, Contender.EXECUTOR, "ratio", "ratios of others");
        rows.forEach(report::workloads);
        report.text.append("\n### How it was measured\n");
        report.about(rows);
        return report.text.toString();
    }

    private void summary(Results results, Row.Bar bar) {
        Row row = results.row();
        double[] means = results.means(bar, row.peer());
        double mean = Results.quantile(means, 0.5);
        Comparator<String> byRatio = Comparator.comparing(cell -> results.ratio(cell, bar, row.ours(), 0.5));
        String weakest = Collections.min(results.cells(), bar.atLeast() ? byRatio : byRatio.reversed());
        double ofWeakest = results.ratio(weakest, bar, row.ours(), 0.5);
        boolean one = results.cells().size() == 1;
        String each = one ? "" : "each ";
        line(
                row.name(),
                row.title + ": " + bar.metric().title,
                times(bar, mean),
                DoubleStream.of(means).mapToObj(Results::format).collect(Collectors.joining(", ")),
                one ? "" : times(bar, ofWeakest) + ": " + weakest,
                verdict(bar, ofWeakest, bar.bar(), each, "holds", "**missed**")
                        + verdict(bar, mean, bar.meanBar(), "; mean ", "holds", "**missed**"),
                verdict(bar, ofWeakest, bar.goal(), each, "reached", "not reached")
                        + verdict(bar, mean, bar.meanGoal(), "mean ", "reached", "not reached"),
                results.contenders().contains(Contender.BEFORE)
                        ? format(Results.quantile(results.means(bar, Contender.BEFORE), 0.5))
                        : "");
    }

    private static String verdict(Row.Bar bar, double ratio, double limit, String what, String holds, String missed) {
        String verdict = bar.holds(ratio, limit) ? holds : missed;
        return Double.isNaN(limit) ? "" : what + (bar.atLeast() ? ">= " : "<= ") + format(limit) + ": " + verdict;
    }

    private static String times(Row.Bar bar, double ratio) {
        return format(ratio) + (bar.inverse() ? " x less" : " x");
    }

    private void workloads(Results results) {
        Row row = results.row();
        for (String cell : results.cells()) {
            for (Row.Bar bar : row.bars) {
                double ratio = results.ratio(cell, bar, row.ours(), 0.5);
                boolean missed = !Double.isNaN(bar.bar()) && !bar.holds(ratio, bar.bar());
                Stream<String> others = results.contenders().stream()
                        .filter(name -> !name.equals(row.ours()) && !name.equals(row.peer()))
                        .map(name -> name + " " + format(results.ratio(cell, bar, name, 0.5)));
                line(
                        row.name(),
                        cell,
                        bar.metric().title,
                        figure(results, cell, bar.metric(), row.ours()),
                        figure(results, cell, bar.metric(), row.peer()),
                        times(bar, ratio) + (missed ? " **missed**" : ""),
                        others.collect(Collectors.joining("; ")));
            }
        }
    }

    private static String figure(Results results, String cell, Metric metric, String contender) {
        return format(results.figure(cell, metric, contender, 0.5)) + " ("
                + format(results.figure(cell, metric, contender, 0.25)) + "-"
                + format(results.figure(cell, metric, contender, 0.75)) + ")";
    }

    /** Rows that were measured alike share a list. */
    private void about(List<Results> rows) {
        Map<Map<String, String>, List<String>> rowsOf = new LinkedHashMap<>();
        rows.forEach(results -> rowsOf.computeIfAbsent(results.about(), about -> new ArrayList<>())
                .add(results.row().name()));
        rowsOf.forEach((about, names) -> {
            text.append("\n" + String.join(", ", names) + ":\n\n");
            about.forEach((what, value) -> text.append("- " + what + ": " + value + "\n"));
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
