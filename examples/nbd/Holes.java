package nbd;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;

/**
 * Holes in a file, made by the system's {@code fallocate} command where there is one, since Java has no call for it. A
 * process is dear: small ranges are left as they are.
 */
final class Holes {
    static final long SMALLEST = 1 << 20;

    private final Path path;
    private volatile boolean possible = true;

    Holes(Path path) {
        this.path = path;
    }

    /** True when the range is a hole now; false when nothing has changed, or only a part of it. */
    boolean punch(long offset, long length) {
        if (length < SMALLEST || !possible) {
            return false;
        }
        Process process;
        try {
            process = new ProcessBuilder(
                            "fallocate",
                            "--punch-hole",
                            "--offset",
                            Long.toString(offset),
                            "--length",
                            Long.toString(length),
                            path.toAbsolutePath().toString())
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD)
                    .start();
        } catch (IOException e) {
            possible = false;
            return false;
        }
        boolean punched = exitCode(process) == 0;
        possible = punched;
        return punched;
    }

    /** Waits in any case: what comes after must not be overtaken by a hole. */
    private static int exitCode(Process process) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return process.waitFor();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
