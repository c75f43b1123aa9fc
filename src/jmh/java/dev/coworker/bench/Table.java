package dev.coworker.bench;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rows under a header, for the terminal and for the page; the title may be empty. */
record Table(String title, String[] header, List<String[]> rows) {
    void print() {
        if (rows.isEmpty()) {
            return;
        }
        int[] widths = new int[header.length];
        lines().forEach(row -> {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        });
        System.out.println();
        if (!title.isEmpty()) {
            System.out.println(title);
        }
        lines().forEach(row -> {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                line.append(String.format("%-" + widths[i] + "s  ", row[i]));
            }
            System.out.println(line.toString().stripTrailing());
        });
    }

    String markdown() {
        StringBuilder text = new StringBuilder();
        if (!title.isEmpty()) {
            text.append(title).append("\n\n");
        }
        text.append(line(header));
        text.append(line(Arrays.stream(header).map(cell -> "---").toArray(String[]::new)));
        rows.forEach(row -> text.append(line(row)));
        return text.toString();
    }

    private static String line(String[] row) {
        return Arrays.stream(row).collect(Collectors.joining(" | ", "| ", " |\n"));
    }

    private Stream<String[]> lines() {
        return Stream.concat(Stream.<String[]>of(header), rows.stream());
    }
}
