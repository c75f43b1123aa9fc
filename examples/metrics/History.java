package metrics;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.ValueAtPercentile;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What the meters showed over the last minute, read four times a second. */
final class History implements AutoCloseable {
    static final int SECONDS = 60;
    static final int PER_SECOND = 4;

    /** One reading; latencies are from the submission to the return, of the last second's calls. */
    record Reading(double queued, double active, double idle, double medianMillis, double p99Millis) {}

    private final MeterRegistry registry;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final Deque<Reading> readings = new ArrayDeque<>(); // guarded by itself

    History(MeterRegistry registry) {
        this.registry = registry;
        clock.scheduleAtFixedRate(this::read, 0, 1_000 / PER_SECOND, TimeUnit.MILLISECONDS);
    }

    private void read() {
        Timer calls = registry.get("coworker.request").tag("layer", "co").timer();
        ValueAtPercentile[] latency = calls.takeSnapshot().percentileValues();
        Reading reading = new Reading(
                gauge("executor.queued"),
                gauge("executor.active"),
                gauge("coworker.pool.idle"),
                latency[0].value(TimeUnit.MILLISECONDS),
                latency[1].value(TimeUnit.MILLISECONDS));
        synchronized (readings) {
            readings.add(reading);
            if (readings.size() > SECONDS * PER_SECOND) {
                readings.remove();
            }
        }
    }

    private double gauge(String name) {
        return registry.get(name).gauge().value();
    }

    /** Oldest first. */
    List<Reading> readings() {
        synchronized (readings) {
            return List.copyOf(readings);
        }
    }

    @Override
    public void close() {
        clock.close();
    }
}
