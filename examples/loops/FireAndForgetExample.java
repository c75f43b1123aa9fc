package loops;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import dev.coworker.ThreadPool;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Work that no thread waits for: {@link ThreadPool#submit submit}, and the handler that hears of what failed.
 *
 * <pre>
 *   mvn -q test-compile exec:exec -Dexample=loops.FireAndForgetExample
 * </pre>
 */
public final class FireAndForgetExample {
    private FireAndForgetExample() {}

    public static void main(String[] args) throws IOException {
        run(System.out);
    }

    static void run(PrintStream out) throws IOException {
        Path directory = Files.createTempDirectory("fire-and-forget-");
        Path log = directory.resolve("audit.log");
        Path elsewhere = directory.resolve("missing").resolve("audit.log");

        try (ThreadPool pool = ThreadPool.builder()
                .name("audit")
                .maxThreads(1) // one worker: the lines keep their order
                .uncaughtExceptionHandler((thread, failure) -> out.println(thread.getName() + " failed: " + failure))
                .build()) {
            pool.submit(() -> Files.writeString(log, "alice came\n", CREATE, APPEND));
            pool.submit(() -> Files.writeString(elsewhere, "bob came\n", CREATE, APPEND)); // there is no such directory
            pool.submit(() -> Files.writeString(log, "alice left\n", CREATE, APPEND));
        } // what was accepted has ended by now

        out.print(Files.readString(log));
        Files.delete(log);
        Files.delete(directory);
    }
}
