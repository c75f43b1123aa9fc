package dev.coworker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** The slices of a pool that are open, or have not ended. */
final class Slices {
    private final AtomicLong delivered = new AtomicLong();
    private final Mutex lock = new Mutex();
    private volatile List<SliceDispatcher> all = List.of(); // written under lock, never changed itself
    private boolean closed; // guarded by lock

    /**
     * Adds one.
     *
     * @throws IllegalStateException when the pool is closed
     */
    void add(SliceDispatcher slice) {
        for (SliceDispatcher each : all) {
            if (each.isDrained()) {
                left(each); // given up by close(Duration), and ended since
            }
        }
        change(slices -> {
            if (closed) {
                throw new IllegalStateException(
                        slice.dispatcher().poolName + " is closed: it can have no slice " + slice);
            }
            slices.add(slice);
        });
    }

    void left(SliceDispatcher slice) {
        change(slices -> slices.remove(slice));
    }

    private void change(Consumer<List<SliceDispatcher>> change) {
        lock.lock();
        try {
            List<SliceDispatcher> slices = new ArrayList<>(all);
            change.accept(slices);
            all = List.copyOf(slices);
        } finally {
            lock.unlock();
        }
    }

    /** From here on there is no new slice, and no slice accepts a request. */
    void close() {
        lock.lock();
        closed = true;
        lock.unlock();
        all.forEach(SliceDispatcher::refuse);
    }

    boolean areDrained() {
        for (SliceDispatcher slice : all) {
            if (!slice.isDrained()) {
                return false;
            }
        }
        return true;
    }

    void cancelAll() {
        all.forEach(SliceDispatcher::cancelAll);
    }

    /** A callback of one of them has returned, or never will. */
    void callbackEnded() {
        delivered.getAndIncrement();
    }

    /** How many callbacks of slices, closed ones too, have returned or never will. */
    long delivered() {
        return delivered.get();
    }
}
