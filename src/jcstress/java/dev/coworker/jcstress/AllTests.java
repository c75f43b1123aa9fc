package dev.coworker.jcstress;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.openjdk.jcstress.Main;

/**
 * Runs jcstress with the given arguments. Its output goes to {@code log.txt} in the working directory, its result to
 * the console. The exit status is 1 when a test failed and also when none ran, which jcstress itself takes for success.
 */
public final class AllTests {
    private static final Path LOG = Path.of("log.txt").toAbsolutePath();

    private AllTests() {}

    public static void main(String[] args) throws Exception {
        PrintStream console = System.out;
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

    private static String result() throws IOException {
        List<String> results = Files.readAllLines(LOG).stream()
                .filter(line -> line.contains("(Results: "))
                .toList();
        return results.isEmpty() ? "no test ran" : results.getLast().strip();
    }
}
