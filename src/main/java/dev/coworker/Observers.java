package dev.coworker;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Who watches the requests of one pool: meters, and the flight recorder. Mostly nobody, which costs a read or two. */
final class Observers {
    private static final RequestObserver[] NONE = {};

    final String poolName;
    private final AtomicBoolean complained = new AtomicBoolean();
    private final Mutex lock = new Mutex();
    private volatile RequestObserver[] observers = NONE; // written under lock, never changed itself

    Observers(String poolName) {
        this.poolName = poolName;
    }

    /** Whether a request that is submitted now is worth an {@link Observation}. */
    boolean watch() {
        return observers != NONE || Events.areRequestsRecorded();
    }

    RequestObserver[] all() {
        return observers;
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
