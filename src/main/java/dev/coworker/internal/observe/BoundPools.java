package dev.coworker.internal.observe;

import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.pool.Pool;
import io.micrometer.core.instrument.MeterRegistry;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The pools whose meters have one name, prefix and set of tags in one registry. A registry has each meter once, so they
 * share them, and its figures are sums.
 *
 * <pre>
 *   meters    null      present   a pool is bound                                   by the thread that binds it
 *   meters    present   null      none is, any more: unbound, or found collected    by the thread that unbinds it, or reads
 * </pre>
 *
 * <p>The registry is foreign code: it is called without the lock, by one thread at a time. Another thread that wants a
 * change writes it into {@code roll}, and the first looks again before it leaves.
 *
 * <p><strong>Reachability.</strong> The registry's meters refer to this, and so does a bound pool; this refers to its
 * pools weakly. So no gauge reads NaN, no registry keeps a pool, and nothing here keeps a registry but a pool that is
 * bound to it.
 *
 * <p><strong>Counters never fall</strong> while the meters are present: a pool that was unbound or collected leaves its
 * counts behind, and goes on from there if it is bound again.
 */
public final class BoundPools implements RequestTrace.Observer {
    /** A pool that is bound, or was. */
    static final class Member {
        private final WeakReference<MeteredPool> pool;
        private volatile int binders; // written under LOCK
        private volatile Pool.Counters last; // as far as is known
        private volatile int remaining; // places in the queue

        Member(MeteredPool pool, Pool.Counters stats) {
            this.pool = new WeakReference<>(pool);
            this.last = stats;
            this.remaining = pool.remaining(stats);
        }

        boolean isCollected() {
            return pool.refersTo(null);
        }

        boolean isBound() {
            return binders != 0 && !isCollected();
        }

        void read() {
            MeteredPool live = binders == 0 ? null : pool.get();
            if (live != null) {
                last = live.counters();
                remaining = live.remaining(last);
            }
        }

        Pool.Counters last() {
            return last;
        }

        int remaining() {
            return remaining;
        }
    }

    /** The members, and the counts of those that were collected. */
    private record Roll(List<Member> members, Pool.Counters departed) {
        static final Roll EMPTY =
                new Roll(List.of(), new Pool.Counters(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));

        @Nullable
        Member find(MeteredPool pool) {
            for (Member member : members) {
                if (member.pool.refersTo(pool)) {
                    return member;
                }
            }
            return null;
        }

        boolean anyBound() {
            return members.stream().anyMatch(Member::isBound);
        }

        Roll with(Member member) {
            List<Member> more = new ArrayList<>(members);
            more.add(member);
            return new Roll(List.copyOf(more), departed);
        }

        Roll withoutCollected() {
            List<Member> left = new ArrayList<>();
            Pool.Counters departed = this.departed;
            for (Member member : members) {
                if (member.isCollected()) {
                    departed = sumOfCounts(departed, member.last);
                } else {
                    left.add(member);
                }
            }
            return new Roll(List.copyOf(left), departed);
        }

        Roll onlyBound() {
            return new Roll(members.stream().filter(Member::isBound).toList(), EMPTY.departed);
        }

        private static Pool.Counters sumOfCounts(Pool.Counters a, Pool.Counters b) {
            long submitted = a.submitted() + b.submitted();
            long completed = a.completed() + b.completed();
            long failed = a.failed() + b.failed();
            long canceled = a.canceled() + b.canceled();
            long timedOut = a.timedOut() + b.timedOut();
            long rejected = a.rejected() + b.rejected();
            long failures = a.spawnFailures() + b.spawnFailures();
            return new Pool.Counters(
                    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, submitted, completed, failed, canceled, timedOut, rejected,
                    failures);
        }
    }

    private static final Mutex LOCK = new Mutex();

    /** Guarded by LOCK. The values are weak since they refer to the keys. */
    private static final Map<MeterRegistry, Map<PoolMeters.Names, WeakReference<BoundPools>>> ALL = new WeakHashMap<>();

    private final MeterRegistry registry;
    private final PoolMeters.Names names;
    private boolean busy; // guarded by LOCK: a thread is calling the registry

    // written under LOCK
    private volatile Roll roll = Roll.EMPTY;
    private volatile @Nullable PoolMeters meters;

    private BoundPools(MeterRegistry registry, PoolMeters.Names names) {
        this.registry = registry;
        this.names = names;
    }

    /** Binds a pool; what the registry throws comes through, and it is not bound. */
    public static BoundPools bind(MeterRegistry registry, PoolMeters.Names names, MeteredPool pool) {
        Pool.Counters stats = pool.counters();
        BoundPools pools;
        try (Mutex ignored = LOCK.hold()) {
            pools = find(registry, names);
            pools.join(pool, stats);
        }
        try {
            pools.ensurePresent();
        } catch (Throwable e) {
            pools.leave(pool, stats);
            throw e;
        }
        return pools;
    }

    /** Caller holds LOCK. */
    private static BoundPools find(MeterRegistry registry, PoolMeters.Names names) {
        Map<PoolMeters.Names, WeakReference<BoundPools>> named = ALL.computeIfAbsent(registry, r -> new HashMap<>());
        named.values().removeIf(reference -> reference.refersTo(null));
        WeakReference<BoundPools> reference = named.get(names);
        BoundPools found = reference == null ? null : reference.get();
        if (found == null) {
            found = new BoundPools(registry, names);
            named.put(names, new WeakReference<>(found));
        }
        return found;
    }

    /** Caller holds LOCK. */
    private void join(MeteredPool pool, Pool.Counters stats) {
        Member member = roll.find(pool);
        if (member == null) {
            member = new Member(pool, stats);
            roll = roll.with(member);
        }
        int before = member.binders;
        member.binders = before + 1;
        if (before == 0) {
            pool.tracer().add(this);
        }
    }

    public void unbind(MeteredPool pool) {
        leave(pool, pool.counters());
        settle();
    }

    private void leave(MeteredPool pool, Pool.Counters stats) {
        try (Mutex ignored = LOCK.hold()) {
            Member member = roll.find(pool);
            if (member == null) {
                return;
            }
            int left = member.binders - 1;
            member.binders = left;
            if (left == 0) {
                member.last = stats;
                pool.tracer().remove(this);
            }
        }
    }

    /** Registers the meters if they are missing, also when somebody has cleared the registry. */
    public void ensurePresent() {
        PoolMeters expected = meters;
        if (expected != null && !expected.arePresent()) {
            try (Mutex ignored = LOCK.hold()) {
                if (meters == expected && !busy) {
                    meters = null;
                }
            }
        }
        settle();
    }

    /** Makes of the registry what the roll wants it to be, unless another thread is at it. */
    private void settle() {
        for (; ; ) {
            PoolMeters before;
            try (Mutex ignored = LOCK.hold()) {
                roll = roll.withoutCollected();
                before = meters;
                if (busy || roll.anyBound() == (before != null)) {
                    return;
                }
                busy = true;
            }
            PoolMeters after = null;
            try {
                if (before == null) {
                    after = new PoolMeters(registry, names, this);
                } else {
                    before.remove();
                }
            } finally {
                try (Mutex ignored = LOCK.hold()) {
                    busy = false;
                    meters = after;
                    if (after == null) {
                        roll = roll.onlyBound();
                    }
                }
            }
        }
    }

    /** A gauge: of those that are bound. */
    double sum(ToDoubleFunction<Member> of) {
        double sum = 0;
        for (Member member : read().members) {
            if (member.isBound()) {
                sum += of.applyAsDouble(member);
            }
        }
        return sum;
    }

    /** A counter: of those that are or were bound. */
    double count(ToLongFunction<Pool.Counters> of) {
        Roll roll = read();
        long count = of.applyAsLong(roll.departed);
        for (Member member : roll.members) {
            count += of.applyAsLong(member.last);
        }
        return count;
    }

    /** Brings what is known of the members up to date; removes the meters if the last member was collected. */
    private Roll read() {
        boolean collected = false;
        for (Member member : roll.members) {
            member.read();
            collected |= member.isCollected();
        }
        if (collected) {
            settle();
        }
        return roll;
    }

    @Override
    public void started(RequestTrace request) {
        PoolMeters meters = this.meters;
        if (meters != null) {
            meters.recordStart(request);
        }
    }

    @Override
    public void ended(RequestTrace request) {
        PoolMeters meters = this.meters;
        if (meters != null) {
            meters.recordEnd(request);
        }
    }

    @Override
    public void delivered(RequestTrace request) {
        PoolMeters meters = this.meters;
        if (meters != null) {
            meters.recordDelivery(request);
        }
    }
}
