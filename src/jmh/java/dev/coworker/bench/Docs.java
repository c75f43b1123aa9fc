package dev.coworker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The tables of docs/benchmarks.md between their markers and docs/benchmarks.svg: a function of the files in
 * docs/benchmarks, and so the same on every machine.
 */
final class Docs {
    private static final String BEGIN = "<!-- measured -->\n";
    private static final String END = "<!-- end -->";

    private final Path page;
    private final Path picture;
    private final Path data;

    Docs(Path directory) {
        page = directory.resolve("benchmarks.md");
        picture = directory.resolve("benchmarks.svg");
        data = directory.resolve("benchmarks");
    }

    void draw() throws IOException {
        List<Results> rows = read();
        Files.writeString(page, text(rows));
        Files.writeString(picture, Chart.of(rows));
    }

    /** Throws if the page or the picture shows anything else than the files hold. */
    void check() throws IOException {
        List<Results> rows = read();
        if (!text(rows).equals(Files.readString(page)) || !Chart.of(rows).equals(Files.readString(picture))) {
            throw new IllegalStateException(page + " or " + picture + " does not show what " + data
                    + " holds. Draw them: mvn -Pjmh verify -Djmh.runs=0 -Djmh.docs=docs");
        }
    }

    /** Where the results of a row are kept. */
    Path file(Row row) {
        return data.resolve(row + ".json");
    }

    private List<Results> read() throws IOException {
        List<Results> rows = new ArrayList<>();
        for (Row row : Row.values()) {
            if (Files.exists(file(row))) {
                rows.add(Results.read(file(row)));
            }
        }
        return rows;
    }

    private String text(List<Results> rows) throws IOException {
        String old = Files.readString(page);
        int from = old.indexOf(BEGIN) + BEGIN.length();
        int to = old.indexOf(END);
        if (from < BEGIN.length() || to < from) {
            throw new IllegalStateException(page + " has no markers for the tables");
        }
        return old.substring(0, from) + "\n" + Report.of(rows) + "\n" + old.substring(to);
    }
}
