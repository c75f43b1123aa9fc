package demo;

import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What the demo says. */
final class Report {
    private final Settings settings;
    private final int hashWorkers;
    private final PrintStream out;

    Report(Settings settings, int hashWorkers, PrintStream out) {
        this.settings = settings;
        this.hashWorkers = hashWorkers;
        this.out = out;
    }

    void introduce(Target target) {
        line(
                "The starvation meter, on JDK %s with %d carriers",
                Runtime.version().feature(), HeldCarriers.available());
        line("");
        line("ticks   by %d virtual threads, each due every millisecond", settings.tickers());
        line("hashes  of PBKDF2-HMAC-SHA256, %,d iterations, for %d clients", settings.iterations(), settings.hashes());
        line("reads   of %,d bytes at random offsets, for %d clients", BlockReads.BLOCK, settings.reads());
        line("file    %s, %,d bytes", target.path(), target.size());
        line("disk    slow by construction: another process, which reads the file and");
        line(
                "        answers over a named pipe %,d ms after it was asked; what it answers is",
                settings.readLatency().toMillis());
        line("        compared with the file");
        line("");
    }

    void conclude(Measurement inline, Measurement submitCo) {
        List<Measurement> both = List.of(inline, submitCo);
        int processors = Runtime.getRuntime().availableProcessors();
        line("");
        line("%-28s%14s%14s", "", inline.name(), submitCo.name());
        row("tick p50, ms late", both, run -> run.lateness().p50());
        row("tick p99", both, run -> run.lateness().p99());
        row("tick max", both, run -> run.lateness().max());
        row(coldStart(inline), both, run -> run.coldStart().p99());
        row("reads per second", both, Measurement::readsPerSecond);
        row("hashes per second", both, Measurement::hashesPerSecond);
        row("carriers held by reads", both, Measurement::carriersHeldByReads);
        row("carriers held by hashes", both, Measurement::carriersHeldByHashes);
        line("");
        line(
                "Counted: %,d ticks each; %,d and %,d blocks, each equal to the file's.",
                inline.coldStart().ticks() + inline.lateness().ticks(), inline.reads(), submitCo.reads());
        line("The first %.1f s are told apart: classes load, code is compiled, workers start.", inline.coldSeconds());
        line("Carriers held: of %d, the mean of samples taken every 10 ms.", HeldCarriers.available());
        if (Runtime.version().feature() < 23) {
            line("This JDK adds a carrier while a read of a file blocks; JDK 23 and later do not.");
        }
        line(
                "submitCo ran hashes on %d of %d processors. It buys fairness, not CPU: their rate",
                hashWorkers, processors);
        line("falls by the processor left to others, and rises by what reads held inline.");
        line("");
        line("Tick latency over %.1f s each: o the median, x the latest, * both", inline.seconds());
        Plot.draw(both).forEach(out::println);
        line("");
        line("%s", verdict(inline, submitCo));
    }

    private static String coldStart(Measurement run) {
        return String.format(Locale.ROOT, "tick p99, first %.1f s", run.coldSeconds());
    }

    private void row(String label, List<Measurement> runs, ToDoubleFunction<Measurement> value) {
        StringBuilder row = new StringBuilder("%-28s".formatted(label));
        runs.forEach(run -> row.append(String.format(Locale.ROOT, "%,14.1f", value.applyAsDouble(run))));
        line("%s", row);
    }

    private void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    /** What was shown, in one line, and no more than was measured. */
    static String verdict(Measurement inline, Measurement submitCo) {
        double before = inline.lateness().p99();
        double after = submitCo.lateness().p99();
        String ticks = "tick p99 %s -> %s ms".formatted(brief(before), brief(after));
        if (before < 2 * after) {
            return "Not shown: " + ticks + "; is something else using the processors?";
        }
        String hashes =
                "hashes %s -> %s/s".formatted(brief(inline.hashesPerSecond()), brief(submitCo.hashesPerSecond()));
        boolean faster = submitCo.hashesPerSecond() > 1.1 * inline.hashesPerSecond();
        return "Shown: " + ticks + "; " + hashes + (faster ? "" : ": fairness, not CPU");
    }

    private static String brief(double value) {
        return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%,.0f", value);
    }
}
