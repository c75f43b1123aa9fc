package dev.coworker.jcstress;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.Main;

/**
 * Runs jcstress with the given arguments. Its output goes to {@code log.txt} in the working directory, its result to
 * the console. The exit status is 1 when a test failed and also when none ran, which jcstress itself takes for success.
 *
 * <p>A lost wake-up of a wait without a deadline hangs a test, and jcstress with it. So when the log has not grown for
 * five minutes, the run ends; the stacks of the JVMs under test are in {@code hang.txt}.
 */
public final class AllTests {
    private static final Path LOG = Path.of("log.txt").toAbsolutePath();

    private static final long PATIENCE_MINUTES = 5;

    private AllTests() {}

    public static void main(String[] args) throws Exception {
        PrintStream console = System.out;
        Thread watch = new Thread(() -> watch(console));
        watch.setDaemon(true);
        watch.start();
        try (PrintStream log = new PrintStream(LOG.toFile(), StandardCharsets.UTF_8)) {
            System.setOut(log);
            Main.main(args);
        } finally {
            System.setOut(console);
            System.out.println("jcstress: " + result() + ", log: " + LOG);
        }
        if (!result().matches(".*\\b[1-9][0-9]* passed, 0 failed, 0 soft errs, 0 hard errs.*")) {
            System.exit(1);
        }
    }

    private static void watch(PrintStream console) {
        try {
            for (long before = -1, now = 0; before != now; before = now, now = Files.size(LOG)) {
                TimeUnit.MINUTES.sleep(PATIENCE_MINUTES);
            }
            console.println("jcstress: a test hangs, see hang.txt beside " + LOG);
            Path jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd");
            for (ProcessHandle forked : ProcessHandle.current().descendants().toList()) {
                new ProcessBuilder(jcmd.toString(), Long.toString(forked.pid()), "Thread.print")
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(
                                LOG.resolveSibling("hang.txt").toFile()))
                        .start()
                        .waitFor(10, TimeUnit.SECONDS);
                forked.destroyForcibly();
            }
            Runtime.getRuntime().halt(1);
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String result() throws IOException {
        List<String> results = Files.readAllLines(LOG).stream()
                .filter(line -> line.contains("(Results: "))
                .toList();
        return results.isEmpty() ? "no test ran" : results.getLast().strip();
    }
}
