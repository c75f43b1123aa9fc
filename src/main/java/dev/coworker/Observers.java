package dev.coworker;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who watches the requests of one pool, or slice: meters, and the flight recorder. Mostly nobody, which costs a read or two.
 * Whoever watches a pool watches its slices too.
 */
final class Observers {
    private static final RequestObserver[] NONE = {};

    final String poolName;
    final @Nullable String sliceName;
    private final @Nullable Observers ofPool; // where this is a slice's
    private final AtomicBoolean complained = new AtomicBoolean();
    private final Mutex lock = new Mutex();
    private volatile RequestObserver[] observers = NONE; // written under lock, never changed itself

    Observers(String poolName) {
        this.poolName = poolName;
        this.sliceName = null;
        this.ofPool = null;
    }

    /** Of a slice. */
    Observers(Observers ofPool, String sliceName) {
        this.poolName = ofPool.poolName;
        this.sliceName = sliceName;
        this.ofPool = ofPool;
    }

    /** Whether a request that is submitted now is worth an {@link Observation}. */
    boolean watch() {
        return observers != NONE || (ofPool != null && ofPool.observers != NONE) || Events.areRequestsRecorded();
    }

    RequestObserver[] all() {
        return ofPool == null ? observers : concatenated(ofPool.observers, observers);
    }

    private static RequestObserver[] concatenated(RequestObserver[] some, RequestObserver[] others) {
        if (some.length == 0 || others.length == 0) {
            return some.length == 0 ? others : some;
        }
        RequestObserver[] all = Arrays.copyOf(some, some.length + others.length);
        System.arraycopy(others, 0, all, some.length, others.length);
        return all;
    }

    void add(RequestObserver observer) {
        change(all -> all.add(observer));
    }

    void remove(RequestObserver observer) {
        change(all -> all.remove(observer));
    }

    private void change(Consumer<List<RequestObserver>> change) {
        lock.lock();
        try {
            List<RequestObserver> all = new ArrayList<>(List.of(observers));
            change.accept(all);
            observers = all.isEmpty() ? NONE : all.toArray(NONE);
        } finally {
            lock.unlock();
        }
    }

    /** An observer threw: the first time is worth a line. */
    void complain(Throwable thrown) {
        if (complained.compareAndSet(false, true)) {
            AioContext.logQuietly(Level.WARNING, "what watches ", poolName, " threw; not reported again", thrown);
        }
    }
}
