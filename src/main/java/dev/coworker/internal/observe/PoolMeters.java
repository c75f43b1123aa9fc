package dev.coworker.internal.observe;

import dev.coworker.internal.pool.Pool;
import dev.coworker.internal.pool.Request;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of some pools in one registry: those that Micrometer has for a ThreadPoolExecutor, under the same names
 * and with the same units, then our own. Holds no lock.
 */
public final class PoolMeters {
    /** What the meters are called. */
    public record Names(String prefix, Tags tags) {}

    private final MeterRegistry registry;
    private final Names names;
    private final BoundPools pools;
    private final List<Meter> all = new ArrayList<>();
    private final Timer execution;
    private final Timer idle;
    private final Map<RequestTrace.Outcome, Timer> waits = new EnumMap<>(RequestTrace.Outcome.class);
    private final Map<Request.Layer, Timer> byLayer = new EnumMap<>(Request.Layer.class);

    /** Registers them; what the registry throws leaves none behind. */
    PoolMeters(MeterRegistry registry, Names names, BoundPools pools) {
        this.registry = registry;
        this.names = names;
        this.pools = pools;
        try {
            execution = timer("executor", "Run of the work", Tags.empty());
            idle = timer("executor.idle", "Wait of the work for a worker, if one started it", Tags.empty());
            for (RequestTrace.Outcome outcome : RequestTrace.Outcome.values()) {
                Tags tags = Tags.of("outcome", outcome.label);
                waits.put(outcome, timer("coworker.wait", "Wait for a worker, started or not", tags));
            }
            for (Request.Layer layer : Request.Layer.values()) {
                Tags tags = Tags.of("layer", RecorderEvents.label(layer));
                byLayer.put(layer, timer("coworker.request", "From submission to return or callback", tags));
            }
            registerCounters();
            registerGauges();
        } catch (Throwable e) {
            remove();
            throw e;
        }
    }

    private void registerCounters() {
        counter("executor.completed", BaseUnits.TASKS, "Work that returned or threw", s -> s.completed() + s.failed());
        counter("coworker.failed", BaseUnits.TASKS, "Work that threw", Pool.Counters::failed);
        counter("coworker.canceled", BaseUnits.TASKS, "Accepted work that never ran", Pool.Counters::canceled);
        counter("coworker.timed.out", BaseUnits.TASKS, "Canceled: not started in time", Pool.Counters::timedOut);
        counter("coworker.rejected", BaseUnits.TASKS, "Refused work", Pool.Counters::rejected);
        counter("coworker.spawn.failures", null, "Starts of a worker that failed", Pool.Counters::spawnFailures);
    }

    private void registerGauges() {
        gauge("executor.active", BaseUnits.THREADS, "Workers that run work", Pool.Counters::active);
        gauge("executor.queued", BaseUnits.TASKS, "Work that waits for a worker", Pool.Counters::queued);
        level("executor.queue.remaining", BaseUnits.TASKS, "Free places in the queue", BoundPools.Member::remaining);
        gauge("executor.pool.size", BaseUnits.THREADS, "Workers, starting ones included", Pool.Counters::curThreads);
        gauge("executor.pool.core", BaseUnits.THREADS, "Workers kept when idle", Pool.Counters::minThreads);
        gauge("executor.pool.max", BaseUnits.THREADS, "The bound on the workers", Pool.Counters::maxThreads);
        gauge("coworker.pool.idle", BaseUnits.THREADS, "Workers that wait for work", Pool.Counters::idleThreads);
        gauge("coworker.waiting", "callers", "Callers that wait for a place in the queue", Pool.Counters::waiting);
        gauge("coworker.undelivered", "callbacks", "Callbacks that wait for their context", Pool.Counters::undelivered);
        gauge("coworker.stuck", BaseUnits.TASKS, "Requests that run longer than stuckAfter", Pool.Counters::stuck);
    }

    private Timer timer(String name, String description, Tags more) {
        return registered(Timer.builder(names.prefix + name)
                .tags(names.tags.and(more))
                .description(description)
                .register(registry));
    }

    /** The function refers to the pools strongly, which the counter alone does not. */
    private void counter(String name, @Nullable String unit, String description, ToLongFunction<Pool.Counters> of) {
        registered(FunctionCounter.builder(names.prefix + name, pools, ignored -> pools.count(of))
                .tags(names.tags)
                .description(description)
                .baseUnit(unit)
                .register(registry));
    }

    private void gauge(String name, String unit, String description, ToLongFunction<Pool.Counters> of) {
        level(name, unit, description, member -> of.applyAsLong(member.last()));
    }

    private void level(String name, String unit, String description, ToDoubleFunction<BoundPools.Member> of) {
        registered(Gauge.builder(names.prefix + name, pools, pools -> pools.sum(of))
                .strongReference(true)
                .tags(names.tags)
                .description(description)
                .baseUnit(unit)
                .register(registry));
    }

    private <M extends Meter> M registered(M meter) {
        all.add(meter);
        return meter;
    }

    /** False when somebody has cleared the registry. */
    boolean arePresent() {
        List<Meter> inRegistry = registry.getMeters();
        return all.stream().anyMatch(inRegistry::contains);
    }

    void remove() {
        all.forEach(registry::remove);
    }

    void recordStart(RequestTrace request) {
        idle.record(request.queuedNanos(), TimeUnit.NANOSECONDS);
    }

    void recordEnd(RequestTrace request) {
        execution.record(request.ranNanos(), TimeUnit.NANOSECONDS);
    }

    void recordDelivery(RequestTrace request) {
        Timer wait = waits.get(request.outcome());
        if (wait != null) {
            wait.record(request.queuedNanos(), TimeUnit.NANOSECONDS);
        }
        Timer timer = byLayer.get(request.layer);
        if (timer != null) {
            timer.record(request.totalNanos(), TimeUnit.NANOSECONDS);
        }
    }
}
