package demo;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** The progress of a run: a bar on a terminal, elsewhere a line for each quarter. */
final class Progress {
    private static final int WIDTH = 48;
    private static final int QUARTERS = 4;

    private final PrintStream out;
    private final boolean terminal;
    private final String name;
    private final Duration total;
    private String drawn = "";
    private int quarters;

    Progress(PrintStream out, boolean terminal, String name, Duration total) {
        this.out = out;
        this.terminal = terminal;
        this.name = name;
        this.total = total;
    }

    /** The call that comes when the time is over is the last. */
    void show(Duration elapsed) {
        double share = Math.min(1, (double) elapsed.toNanos() / total.toNanos());
        if (terminal) {
            String bar = "#".repeat((int) (share * WIDTH));
            String line = String.format(
                    Locale.ROOT, "%-10s[%-" + WIDTH + "s] %4.1f of %.1f s", name, bar, share * seconds(), seconds());
            if (!line.equals(drawn)) {
                out.print("\r" + line);
                drawn = line;
            }
            if (share == 1) {
                out.println();
            }
            out.flush();
        } else if ((int) (share * QUARTERS) > quarters) {
            quarters = (int) (share * QUARTERS);
            out.printf(Locale.ROOT, "%-10s%3d %% of %.1f s%n", name, quarters * 100 / QUARTERS, seconds());
        }
    }

    private double seconds() {
        return total.toNanos() / 1e9;
    }

    /** Whether standard output is a terminal; {@link System#console} would want it of standard input, too. */
    static boolean isTerminal() throws InterruptedException {
        try {
            return new ProcessBuilder("test", "-t", "1").inheritIO().start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
