package metrics;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Runs the example for a minute and writes what its page shows then to a file. Queries run on virtual threads from
 * second 20 on, and through a pool from second 40 on.
 */
public final class Picture {
    private Picture() {}

    public static void main(String[] args) throws Exception {
        try (MetricsExample example = MetricsExample.start(0)) {
            await(example, 20);
            example.queries().take(Queries.Route.VIRTUAL_THREADS);
            await(example, 40);
            example.queries().take(Queries.Route.POOL);
            await(example, History.SECONDS);
            Files.writeString(Path.of(args[0]), Drawing.of(example.history().readings()));
        }
    }

    private static void await(MetricsExample example, int seconds) throws InterruptedException {
        while (example.history().readings().size() < seconds * History.PER_SECOND) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }
}
