package watched;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/** Calls the pool once and prints what a registry and a recording have seen of it. */
public final class Main {
    private Main() {}

    public static void main(String[] args) throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        Path file = Files.createTempFile("watched", ".jfr");
        try (Recording recording = new Recording();
                ThreadPool pool = ThreadPool.create();
                ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool)) {
            recording.enable("dev.coworker.Request").withThreshold(Duration.ZERO);
            recording.start();
            metrics.bindTo(registry);
            FutureTask<Boolean> call = new FutureTask<>(
                    () -> pool.submitCo(() -> Thread.currentThread().isVirtual()));
            Thread.ofVirtual().start(call);
            call.get();
            double completed =
                    registry.get("executor.completed").functionCounter().count();
            recording.dump(file);
            long events = RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals("dev.coworker.Request"))
                    .count();
            System.out.println(ThreadPool.class.getModule() + ", completed: " + completed + ", events: " + events);
        } finally {
            Files.delete(file);
        }
    }
}
