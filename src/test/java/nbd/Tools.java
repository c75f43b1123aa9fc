package nbd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * Real clients, as commands. Where one is not installed, its tests are skipped, and say so; with {@code
 * REAL_CLIENTS=required} in the environment they fail instead.
 */
final class Tools {
    private static final String REQUIRED = "REAL_CLIENTS";
    private static final long PATIENCE_SECONDS = 120;

    private Tools() {}

    /** To be called before anything else of a test that needs these commands. */
    static void need(String... commands) {
        for (String command : commands) {
            if (isInstalled(command)) {
                continue;
            }
            String message = command + " is not installed (Debian: qemu-utils libnbd-bin fio e2fsprogs)";
            assertThat(System.getenv(REQUIRED))
                    .as("%s, and %s", message, REQUIRED)
                    .isNotEqualTo("required");
            System.err.println("SKIPPED, NOTHING IS PROVED: " + message);
            Assumptions.abort(message);
        }
    }

    private static boolean isInstalled(String command) {
        for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(folder, command))) {
                return true;
            }
        }
        return false;
    }

    /** Runs a command to its end, which must be a good one, and returns what it printed. */
    static String run(Object... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("nbd", ".out");
        try {
            Process process = start(output, command);
            boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly();
            String printed = Files.readString(output);
            assertThat(ended)
                    .as("%s ends; it printed:%n%s", List.of(command), printed)
                    .isTrue();
            assertThat(process.exitValue())
                    .as("%s, which printed:%n%s", List.of(command), printed)
                    .isZero();
            return printed;
        } finally {
            Files.delete(output);
        }
    }

    static Process start(Path output, Object... command) throws IOException {
        List<String> words = new ArrayList<>();
        for (Object word : command) {
            words.add(word.toString());
        }
        return new ProcessBuilder(words)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(new File("/dev/null"))
                .start();
    }
}
