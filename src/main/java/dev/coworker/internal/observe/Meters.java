package dev.coworker.internal.observe;

import static io.micrometer.core.instrument.binder.BaseUnits.TASKS;
import static io.micrometer.core.instrument.binder.BaseUnits.THREADS;
import static java.util.Objects.requireNonNull;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.observe.RequestTrace.Tracer;
import dev.coworker.internal.pool.Pool.Counters;
import dev.coworker.internal.pool.Request;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.ToLongBiFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The meters of one name, prefix and set of tags in one registry. A registry has each meter once, so all pools that are
 * bound under these names share them, and the figures are sums.
 *
 * <pre>
 *   registered    null      present   a pool is bound                         by the thread that binds it
 *   registered    present   null      none is: unbound, or found collected    by the thread that unbinds it, or reads
 * </pre>
 *
 * <p>The registry is foreign code: it is called without the lock, by one thread at a time. Another thread that wants a
 * change writes it into {@code members}, and the first looks again before it leaves. A pool's counters are read without
 * the lock too, since they have a lock of their own.
 *
 * <p><strong>Reachability.</strong> The registry's meters refer to this, and so does a bound pool; this refers to its
 * pools weakly. So no gauge reads NaN, no registry keeps a pool, and nothing here keeps a registry but a pool that is
 * bound to it.
 *
 * <p><strong>Counters never fall</strong> while the meters are present: they are totals of what each pool's counters
 * have grown by. A pool that was unbound or collected leaves its counts behind, and goes on from there if it is bound
 * again.
 */
public final class Meters {
    /** What the meters are called. */
    public record Names(String prefix, Tags tags) {}

    /** A pool that is bound, or was. */
    private static final class Member {
        final WeakReference<Tracer> pool;
        final Set<Object> binders = new HashSet<>(); // guarded by LOCK
        final Map<String, Long> counted = new HashMap<>(); // guarded by LOCK

        Member(Tracer pool) {
            this.pool = new WeakReference<>(pool);
        }

        boolean isCollected() {
            return pool.refersTo(null);
        }

        boolean isBound() {
            return !binders.isEmpty() && !isCollected();
        }
    }

    private static final Mutex LOCK = new Mutex();

    /** Guarded by LOCK. The values are weak since they refer to the keys. */
    private static final Map<MeterRegistry, Map<Names, WeakReference<Meters>>> ALL = new WeakHashMap<>();

    private final MeterRegistry registry;
    private final Names names;

    // guarded by LOCK
    private final List<Member> members = new ArrayList<>();
    private final Map<String, Long> totals = new HashMap<>();
    private boolean busy; // a thread is calling the registry

    private volatile @Nullable Registered registered; // written under LOCK

    private Meters(MeterRegistry registry, Names names) {
        this.registry = registry;
        this.names = names;
    }

    /**
     * Binds a pool, or registers its meters again if the registry was cleared. What the registry throws comes through,
     * and the pool is not bound by this.
     *
     * @param binder stands for the object that binds, and does not refer to the pool
     */
    public static void bind(MeterRegistry registry, Names names, Tracer pool, Object binder) {
        Meters meters;
        boolean joined;
        try (Mutex ignored = LOCK.hold()) {
            meters = find(registry, names);
            joined = meters.join(pool, binder);
        }
        try {
            meters.discardIfCleared();
            meters.settle();
        } catch (Throwable e) {
            if (joined) {
                meters.leave(pool, binder);
            }
            throw e;
        }
    }

    /** Caller holds LOCK. */
    private static Meters find(MeterRegistry registry, Names names) {
        Map<Names, WeakReference<Meters>> named = ALL.computeIfAbsent(registry, r -> new HashMap<>());
        named.values().removeIf(reference -> reference.refersTo(null));
        WeakReference<Meters> reference = named.get(names);
        Meters found = reference == null ? null : reference.get();
        if (found == null) {
            found = new Meters(registry, names);
            named.put(names, new WeakReference<>(found));
        }
        return found;
    }

    /** Caller holds LOCK. */
    private @Nullable Member find(Tracer pool) {
        return members.stream()
                .filter(each -> each.pool.refersTo(pool))
                .findFirst()
                .orElse(null);
    }

    /** Caller holds LOCK. Returns false if the binder has bound the pool before. */
    private boolean join(Tracer pool, Object binder) {
        Member member = find(pool);
        if (member == null) {
            member = new Member(pool);
            members.add(member);
        }
        if (member.binders.isEmpty()) {
            pool.add(this);
        }
        return member.binders.add(binder);
    }

    /** Unbinds a pool from all that the binder has bound it to. */
    public static void unbind(Tracer pool, Object binder) {
        for (Meters meters : pool.observers) {
            meters.leave(pool, binder);
            meters.settle();
        }
    }

    private void leave(Tracer pool, Object binder) {
        Counters now = pool.counters();
        try (Mutex ignored = LOCK.hold()) {
            Member member = find(pool);
            if (member == null) {
                return;
            }
            if (registered != null) {
                count(member, now);
            }
            if (member.binders.remove(binder) && member.binders.isEmpty()) {
                pool.remove(this);
            }
        }
    }

    /** Another program may have cleared the registry. */
    private void discardIfCleared() {
        Registered expected = registered;
        if (expected != null && !expected.arePresent()) {
            try (Mutex ignored = LOCK.hold()) {
                if (registered == expected && !busy) {
                    registered = null;
                }
            }
        }
    }

    /** Makes of the registry what the members want it to be, unless another thread is at it. */
    private void settle() {
        for (; ; ) {
            Registered before;
            try (Mutex ignored = LOCK.hold()) {
                members.removeIf(Member::isCollected);
                before = registered;
                if (busy || members.stream().anyMatch(Member::isBound) == (before != null)) {
                    return;
                }
                busy = true;
            }
            Registered after = null;
            try {
                if (before == null) {
                    after = new Registered();
                } else {
                    before.remove();
                }
            } finally {
                try (Mutex ignored = LOCK.hold()) {
                    busy = false;
                    registered = after;
                    if (after == null) {
                        members.removeIf(member -> !member.isBound());
                        members.forEach(member -> member.counted.clear());
                        totals.clear();
                    }
                }
            }
        }
    }

    /** Reads the counters of the bound pools, and returns the sum of {@code of}. */
    private long read(ToLongBiFunction<Tracer, Counters> of) {
        List<Member> bound;
        boolean collected;
        try (Mutex ignored = LOCK.hold()) {
            collected = members.removeIf(Member::isCollected);
            bound = members.stream().filter(Member::isBound).toList();
        }
        long sum = 0;
        for (Member member : bound) {
            Tracer pool = member.pool.get();
            if (pool != null) {
                Counters now = pool.counters();
                sum += of.applyAsLong(pool, now);
                try (Mutex ignored = LOCK.hold()) {
                    count(member, now);
                }
            }
        }
        if (collected) {
            settle();
        }
        return sum;
    }

    private double total(String counter) {
        read((pool, now) -> 0);
        try (Mutex ignored = LOCK.hold()) {
            return totals.getOrDefault(counter, 0L);
        }
    }

    /** Caller holds LOCK. The reading may be older than another thread's. */
    private void count(Member member, Counters now) {
        if (!member.binders.isEmpty()) {
            counts(now).forEach((counter, count) -> {
                long before = member.counted.getOrDefault(counter, 0L);
                if (count > before) {
                    member.counted.put(counter, count);
                    totals.merge(counter, count - before, Long::sum);
                }
            });
        }
    }

    private static Map<String, Long> counts(Counters now) {
        return Map.of(
                "executor.completed", now.completed() + now.failed(),
                "coworker.failed", now.failed(),
                "coworker.canceled", now.canceled(),
                "coworker.timed.out", now.timedOut(),
                "coworker.rejected", now.rejected(),
                "coworker.spawn.failures", now.spawnFailures());
    }

    /** Times a request. */
    void observe(RequestTrace.Point point, RequestTrace request) {
        Registered now = registered;
        if (now == null) {
            return;
        }
        switch (point) {
            case STARTED -> now.idle.record(request.queuedNanos(), NANOSECONDS);
            case ENDED -> now.execution.record(request.ranNanos(), NANOSECONDS);
            case DELIVERED -> {
                requireNonNull(now.waits.get(request.outcome)).record(request.queuedNanos(), NANOSECONDS);
                requireNonNull(now.requests.get(request.layer)).record(request.totalNanos(), NANOSECONDS);
            }
        }
    }

    /**
     * The meters in the registry: those that Micrometer has for a ThreadPoolExecutor, under the same names and with the
     * same units, then our own.
     */
    private final class Registered {
        private final List<Meter> all = new ArrayList<>();
        final Timer execution;
        final Timer idle;
        final Map<RequestTrace.Outcome, Timer> waits = new EnumMap<>(RequestTrace.Outcome.class);
        final Map<Request.Layer, Timer> requests = new EnumMap<>(Request.Layer.class);

        /** Registers them; what the registry throws leaves none behind. */
        Registered() {
            try {
                execution = timer("executor", "Run of the work", Tags.empty());
                idle = timer("executor.idle", "Wait of the work for a worker, if one started it", Tags.empty());
                for (RequestTrace.Outcome outcome : RequestTrace.Outcome.values()) {
                    Tags tags = Tags.of("outcome", RecorderEvents.label(outcome));
                    waits.put(outcome, timer("coworker.wait", "Wait for a worker, started or not", tags));
                }
                for (Request.Layer layer : Request.Layer.values()) {
                    Tags tags = Tags.of("layer", RecorderEvents.label(layer));
                    requests.put(layer, timer("coworker.request", "From submission to return or callback", tags));
                }
                counter("executor.completed", TASKS, "Work that returned or threw");
                counter("coworker.failed", TASKS, "Work that threw");
                counter("coworker.canceled", TASKS, "Accepted work that never ran");
                counter("coworker.timed.out", TASKS, "Canceled: not started in time");
                counter("coworker.rejected", TASKS, "Refused work");
                counter("coworker.spawn.failures", null, "Starts of a worker that failed");
                gauge("executor.active", THREADS, "Workers that run work", Counters::active);
                gauge("executor.queued", TASKS, "Work that waits for a worker", Counters::queued);
                gauge("executor.queue.remaining", TASKS, "Free places in the queue", Tracer::remaining);
                gauge("executor.pool.size", THREADS, "Workers, starting ones included", Counters::curThreads);
                gauge("executor.pool.core", THREADS, "Workers kept when idle", Counters::minThreads);
                gauge("executor.pool.max", THREADS, "The bound on the workers", Counters::maxThreads);
                gauge("coworker.pool.idle", THREADS, "Workers that wait for work", Counters::idleThreads);
                gauge("coworker.waiting", "callers", "Callers that wait for a place in the queue", Counters::waiting);
                gauge(
                        "coworker.undelivered",
                        "callbacks",
                        "Callbacks that wait for their context",
                        Counters::undelivered);
                gauge("coworker.stuck", TASKS, "Requests that run longer than stuckAfter", Counters::stuck);
            } catch (Throwable e) {
                remove();
                throw e;
            }
        }

        private Timer timer(String name, String description, Tags more) {
            return added(Timer.builder(names.prefix + name)
                    .tags(names.tags.and(more))
                    .description(description)
                    .register(registry));
        }

        /** The function refers to the pools strongly, which the counter alone does not. */
        private void counter(String name, @Nullable String unit, String description) {
            added(FunctionCounter.builder(names.prefix + name, Meters.this, ignored -> total(name))
                    .tags(names.tags)
                    .description(description)
                    .baseUnit(unit)
                    .register(registry));
        }

        private void gauge(String name, String unit, String description, ToLongFunction<Counters> of) {
            gauge(name, unit, description, (pool, now) -> of.applyAsLong(now));
        }

        private void gauge(String name, String unit, String description, ToLongBiFunction<Tracer, Counters> of) {
            added(Gauge.builder(names.prefix + name, () -> read(of))
                    .tags(names.tags)
                    .description(description)
                    .baseUnit(unit)
                    .register(registry));
        }

        private <M extends Meter> M added(M meter) {
            all.add(meter);
            return meter;
        }

        boolean arePresent() {
            List<Meter> inRegistry = registry.getMeters();
            return all.stream().anyMatch(inRegistry::contains);
        }

        void remove() {
            all.forEach(registry::remove);
        }
    }
}
