package metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.ValueAtPercentile;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** What the meters of a pool and of the carriers showed over the last minute, read four times a second. */
final class History implements AutoCloseable {
    static final int SECONDS = 60;
    static final int PER_SECOND = 4;

    /**
     * One reading. Latencies are from the submission to the return, of the last second's calls. {@code held} is how
     * many carriers were held, and {@code starved} how often all were while others waited: a mean of the last two
     * seconds, since the watch hears of holds once a second.
     */
    record Reading(
            double queued,
            double active,
            double idle,
            double medianMillis,
            double p99Millis,
            double mounted,
            double waiting,
            double held,
            double starved) {}

    /** The sums at one time. */
    private record Sums(double heldSeconds, double starved) {}

    private final MeterRegistry registry;
    private final String pool;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final Deque<Sums> sums = new ArrayDeque<>(); // the clock's
    private final Deque<Reading> readings = new ArrayDeque<>(); // guarded by itself

    History(MeterRegistry registry, String pool) {
        this.registry = registry;
        this.pool = pool;
        clock.scheduleAtFixedRate(this::read, 0, 1_000 / PER_SECOND, TimeUnit.MILLISECONDS);
    }

    private void read() {
        Timer calls = registry.get("coworker.request")
                .tag("name", pool)
                .tag("layer", "co")
                .timer();
        ValueAtPercentile[] latency = calls.takeSnapshot().percentileValues();
        sums.add(new Sums(heldSeconds(), starved()));
        if (sums.size() > 2 * PER_SECOND + 1) {
            sums.remove();
        }
        double seconds = Math.max(1, sums.size() - 1) / (double) PER_SECOND;
        Sums first = sums.getFirst();
        Sums last = sums.getLast();
        Reading reading = new Reading(
                gauge("executor.queued"),
                gauge("executor.active"),
                gauge("coworker.pool.idle"),
                latency[0].value(TimeUnit.MILLISECONDS),
                latency[1].value(TimeUnit.MILLISECONDS),
                scheduler("coworker.carriers.mounted"),
                scheduler("coworker.carriers.queued"),
                (last.heldSeconds() - first.heldSeconds()) / seconds,
                (last.starved() - first.starved()) / seconds);
        synchronized (readings) {
            readings.add(reading);
            if (readings.size() > SECONDS * PER_SECOND) {
                readings.remove();
            }
        }
    }

    private double gauge(String name) {
        return registry.get(name).tag("name", pool).gauge().value();
    }

    /** There are such gauges from JDK 24 on. */
    private double scheduler(String name) {
        Gauge gauge = registry.find(name).gauge();
        return gauge == null ? 0 : gauge.value();
    }

    private double heldSeconds() {
        return registry.find("coworker.carriers.held").timers().stream()
                .mapToDouble(timer -> timer.totalTime(TimeUnit.SECONDS))
                .sum();
    }

    private double starved() {
        FunctionCounter counter = registry.find("coworker.carriers.starved").functionCounter();
        return counter == null ? 0 : counter.count();
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
