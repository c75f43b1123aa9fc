package demo;

import dev.coworker.ThreadPool;
import dev.coworker.watch.CarrierSite;
import dev.coworker.watch.CarrierWatch;
import dev.coworker.watch.WatchConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * The starvation meter. The same slow reads and the same password hashes are run twice on virtual threads: inline,
 * and through {@link ThreadPool#submitCo submitCo}. Other virtual threads tick every millisecond meanwhile, and show
 * what the work does to its neighbours.
 *
 * <pre>
 *   mvn -q test-compile exec:exec -Dexample="[-Dfile=PATH] [-Ddemo.csv=PATH] [-Ddemo.svg=PATH] demo.Demo"
 * </pre>
 */
public final class Demo {
    /** Work that only uses the processor: one processor is left to the carriers of virtual threads. */
    private static final int HASH_WORKERS = Math.max(1, Runtime.getRuntime().availableProcessors() - 1);

    private final Settings settings;
    private final BlockReads blocks;
    private final PasswordHash hash;
    private final PrintStream out;
    private final boolean terminal;
    private final List<String> watched = new ArrayList<>();

    private Demo(Settings settings, BlockReads blocks, PasswordHash hash, PrintStream out, boolean terminal) {
        this.settings = settings;
        this.blocks = blocks;
        this.hash = hash;
        this.out = out;
        this.terminal = terminal;
    }

    public static void main(String[] args) throws Exception {
        try {
            run(Settings.ofTheSystemProperties(), System.out, Progress.isTerminal());
        } catch (IOException e) {
            System.err.printf("%ndemo: %s%n", e instanceof FileSystemException ? e : e.getMessage());
            System.exit(1);
        }
    }

    static List<Measurement> run(Settings settings, PrintStream out, boolean terminal) throws Exception {
        try (Target target = settings.file().isEmpty() ? Target.make(32) : Target.existing(Path.of(settings.file()));
                SlowDisk disk =
                        SlowDisk.start(settings.java(), target.path(), settings.readLatency(), settings.reads());
                BlockReads blocks = new BlockReads(target, disk)) {
            Report report = new Report(settings, HASH_WORKERS, out);
            report.introduce(target);
            PasswordHash hash = new PasswordHash(settings.iterations());
            Demo demo = new Demo(settings, blocks, hash, out, terminal);
            List<Measurement> both = List.of(demo.inline(), demo.throughSubmitCo());
            report.conclude(both.get(0), both.get(1));
            demo.watched.forEach(out::println);
            if (!settings.csv().isEmpty()) {
                Files.write(Path.of(settings.csv()), Csv.lines(both));
            }
            if (!settings.svg().isEmpty()) {
                Files.writeString(Path.of(settings.svg()), Svg.draw(both));
            }
            return both;
        }
    }

    private Measurement inline() throws Exception {
        return measure("inline", blocks::readAndCompare, hash::check);
    }

    private Measurement throughSubmitCo() throws Exception {
        try (ThreadPool io = ThreadPool.builder().name("io").build();
                ThreadPool cpu = ThreadPool.builder()
                        .name("cpu")
                        .maxThreads(HASH_WORKERS)
                        .build()) {
            return measure(
                    "submitCo",
                    () -> io.submitCo(() -> blocks.readAndCompare()),
                    () -> cpu.submitCo(() -> hash.check()));
        }
    }

    private Measurement measure(String name, Load.Request read, Load.Request check) throws Exception {
        HeldCarriers heldByReads = new HeldCarriers();
        HeldCarriers heldByHashes = new HeldCarriers();
        long nanos;
        long served;
        long checked;
        CarrierWatch watch = CarrierWatch.start(WatchConfig.defaults().app("demo"));
        Progress progress = new Progress(out, terminal, name, settings.half());
        long start = System.nanoTime();
        Ticks ticks = Ticks.start(settings.tickers(), settings.half());
        try (watch;
                Load reads = Load.start(settings.reads(), read);
                Load hashes = Load.start(settings.hashes(), check)) {
            do {
                TimeUnit.MILLISECONDS.sleep(10);
                heldByReads.sample(reads.threads());
                heldByHashes.sample(hashes.threads());
                nanos = System.nanoTime() - start;
                progress.show(Duration.ofNanos(nanos));
                reads.throwFailure();
                hashes.throwFailure();
            } while (nanos < settings.half().toNanos());
            served = reads.served();
            checked = hashes.served();
        }
        ticks.join();
        watched.add(verdict(name, watch.sites()));
        return new Measurement(
                name,
                nanos / 1e9,
                ticks.lateness(0, Plot.COLD_COLUMNS, Plot.COLUMNS),
                ticks.lateness(Plot.COLD_COLUMNS, Plot.COLUMNS, Plot.COLUMNS),
                ticks.lateness(Plot.COLUMNS),
                served,
                checked,
                heldByReads.mean(),
                heldByHashes.mean());
    }

    /**
     * The watch's own finding: the two lines of the demo that held carriers most, if for a tenth of a second or more.
     */
    private static String verdict(String name, List<CarrierSite> sites) {
        String held = sites.stream()
                .filter(site -> site.held().toMillis() >= 100)
                .limit(2)
                .map(site -> String.format(
                        Locale.ROOT,
                        "%s held carriers for %.1f s",
                        site.frame(),
                        site.held().toMillis() / 1e3))
                .collect(Collectors.joining(", "));
        return "Watch, %s: %s".formatted(name, held.isEmpty() ? "no line held carriers for 0.1 s" : held);
    }
}
