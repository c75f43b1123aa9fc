import dev.coworker.ThreadPool;
import java.nio.file.Files;
import java.nio.file.Path;

/** The exceptions of the work must be handled; javac looks for them in code without other errors. */
class Unhandled {
    static void interruption(ThreadPool pool) {
        pool.submitCo(() -> 42); // refused
    }

    static byte[] failure(ThreadPool pool, Path file) throws InterruptedException {
        return pool.submitCo(() -> Files.readAllBytes(file)); // refused
    }
}
