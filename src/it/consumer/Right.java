import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeoutException;

/** A user's code that must compile without a warning. */
class Right {
    static byte[] read(ThreadPool pool, Path file) throws IOException, InterruptedException {
        return pool.submitCo(() -> Files.readAllBytes(file));
    }

    static int inTime(ThreadPool pool) throws InterruptedException, TimeoutException {
        return pool.submitCo(() -> 42, Duration.ofSeconds(1));
    }

    static AioRequest<String> callback(ThreadPool pool) {
        return pool.submitAio(() -> "value", (value, failure) -> System.out.println(value + ", " + failure));
    }

    static void noValue(ThreadPool pool, Runnable runnable) throws InterruptedException {
        pool.submit(runnable::run);
        pool.submit(() -> Thread.sleep(1));
        pool.submitCo(() -> runnable.run());
    }
}
