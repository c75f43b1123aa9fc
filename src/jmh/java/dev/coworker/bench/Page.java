package dev.coworker.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * docs/benchmarks.md, whose tables stand between markers, and are a function of the files in docs/benchmarks: the page is
 * the same on whichever machine and day they are drawn.
 */
final class Page {
    private final Path docs;

    Page(Path docs) {
        this.docs = docs;
    }

    /** The results of a suite, as the page shows them. */
    Path data(Suite suite) {
        return docs.resolve("benchmarks").resolve(suite.name() + ".json");
    }

    void write(Suite suite) throws IOException {
        Results results = Results.read(data(suite));
        Files.writeString(page(), drawn(suite, results));
        if (suite instanceof Peers) {
            Files.writeString(picture(), Chart.draw(results, Peers.WORKLOADS));
        }
    }

    /** Throws when the page is not what the files give. */
    void check(Suite suite) throws IOException {
        Results results = Results.read(data(suite));
        if (!drawn(suite, results).equals(Files.readString(page()))
                || suite instanceof Peers
                        && !Chart.draw(results, Peers.WORKLOADS).equals(Files.readString(picture()))) {
            throw new IllegalStateException("the page does not show what " + data(suite) + " holds: draw it anew");
        }
    }

    private Path page() {
        return docs.resolve("benchmarks.md");
    }

    private Path picture() {
        return docs.resolve("benchmarks.svg");
    }

    private String drawn(Suite suite, Results results) throws IOException {
        List<Table> tables = suite.tables(results);
        String text = "\n" + Machine.paragraph(results.about()) + "\n\n"
                + (suite instanceof Peers ? "![Each workload, ours beside its peers](benchmarks.svg)\n\n" : "")
                + tables.stream().map(Table::markdown).collect(Collectors.joining("\n")) + "\n";
        String page = Files.readString(page());
        String begin = "<!-- measured: " + suite.name() + " -->\n";
        String end = "<!-- end: " + suite.name() + " -->";
        int from = page.indexOf(begin);
        int to = page.indexOf(end);
        if (from < 0 || to < from) {
            throw new IllegalStateException(page() + " has no place for " + suite.name());
        }
        return page.substring(0, from + begin.length()) + text + page.substring(to);
    }
}
