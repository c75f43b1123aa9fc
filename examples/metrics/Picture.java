package metrics;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Runs the example for a minute and writes what its page shows then to a file. */
public final class Picture {
    private Picture() {}

    public static void main(String[] args) throws Exception {
        try (MetricsExample example = MetricsExample.start(0)) {
            while (example.history().readings().size() < History.SECONDS * History.PER_SECOND) {
                TimeUnit.SECONDS.sleep(1);
            }
            Files.writeString(Path.of(args[0]), Drawing.of(example.history().readings()));
        }
    }
}
