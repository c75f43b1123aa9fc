package dev.coworker.internal.pool;

import dev.coworker.internal.base.Mutex;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one queue: every accepted request that no worker has begun is here, in one of three places.
 *
 * <ul>
 *   <li>The {@linkplain ReadyList ready list}: workers take the oldest.
 *   <li>The <b>overflow line</b>: requests that may wait while the pool is at its bound.
 *   <li>The <b>lane</b> of a slice: requests that wait for one of its permits.
 * </ul>
 *
 * <p>{@link Capacity} moves requests from the latter two to the ready list. A request leaves its waiting states under
 * the lock, so it is either taken or canceled, and cancellation unlinks it in O(1).
 *
 * <p>The queue knows nothing of workers: a caller whose request became ready, or that freed something, tells them.
 */
final class RequestQueue {
    /** What became of a request that was offered. */
    enum Offer {
        READY,
        /** Ready, and it seems to be the only one. */
        READY_ALONE,
        WAITING,
        FULL,
        CLOSED,
        NO_PERMIT_FREE,
        NO_WORKER_FREE
    }

    /** Why a request was canceled. */
    enum Reason {
        WITHDRAWN("withdrawn"),
        TIMED_OUT("timed out"),
        CLOSED("closed");

        final String label;

        Reason(String label) {
            this.label = label;
        }
    }

    static final int UNBOUNDED = Integer.MAX_VALUE;

    static {
        Offer.values(); // loads the class here, and not in the first submission of a JVM
    }

    private final Mutex lock = new Mutex();

    // guarded by lock
    private final ReadyList ready;
    private final Capacity capacity;
    private long taken;
    private long callbacks; // accepted requests that have one, but for those of the inbox
    private boolean closed;

    volatile Pool.Bounds latestBounds; // written under lock

    // raised by workers; under the lock if there is a place or a permit to free
    private final AtomicLong completed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    RequestQueue(int maxQueued, int maxThreads) {
        this.latestBounds = new Pool.Bounds(0, maxThreads);
        this.ready = new ReadyList(maxThreads);
        this.capacity = new Capacity(ready, maxQueued);
    }

    int maxQueued() {
        return capacity.maxQueued;
    }

    /** Accepts a request, unless this is closed, or is at its bound and the request may not wait. */
    Offer offer(Request request, boolean mayWait) {
        if (!needsCapacity(request)) {
            return ready.push(request);
        }
        try (Mutex ignored = lock.hold()) {
            return accept(request, mayWait);
        }
    }

    private boolean needsCapacity(Request request) {
        return request.lane != null || capacity.isBounded();
    }

    /** Caller holds lock. */
    private boolean isClosed(@Nullable Lane lane) {
        return closed || (lane != null && lane.isClosed());
    }

    /** Caller holds lock. */
    private Offer accept(Request request, boolean mayWait) {
        if (isClosed(request.lane)) {
            return Offer.CLOSED;
        }
        if (!mayWait && capacity.isFull(request.lane)) {
            return Offer.FULL;
        }
        if (request.hasCallback()) {
            callbacks++;
        }
        return capacity.enter(request);
    }

    /** Accepts a request if a worker is free for it now, and a permit; otherwise counts it as timed out. */
    Offer offerIfFree(Request request) {
        try (Mutex ignored = lock.hold()) {
            ready.takeInbox();
            Lane lane = request.lane;
            if (isClosed(lane)) {
                return Offer.CLOSED;
            }
            if (lane != null && !lane.hasFreePermit()) {
                capacity.countNoneFree(request);
                return Offer.NO_PERMIT_FREE;
            }
            boolean ownWorker = lane != null && lane.permits < lane.kept;
            if (!ownWorker && ready.size() + active() + ready.keptPlaces() >= ready.maxThreads) {
                capacity.countNoneFree(request);
                return Offer.NO_WORKER_FREE;
            }
            return accept(request, true);
        }
    }

    /** Changes a slice's bounds. Returns false, and changes nothing, if the floors would take all workers. */
    boolean resize(Lane lane, int floor, int maxPermits) {
        try (Mutex ignored = lock.hold()) {
            return capacity.resize(lane, floor, maxPermits);
        }
    }

    /**
     * Takes the oldest ready request for the worker. One whose deadline for the start has passed is canceled instead:
     * the caller must tell it.
     */
    @Nullable
    Request take(Worker worker) {
        try (Mutex ignored = lock.hold()) {
            Request oldest = ready.removeFor(worker);
            if (oldest == null) {
                return null;
            }
            if (oldest instanceof BlockingRequest blocking && blocking.hasExpired()) {
                capacity.cancelExpired(oldest);
                return oldest;
            }
            taken++;
            ready.occupy(worker, oldest);
            if (oldest.lane != null) {
                oldest.lane.active++;
            }
            worker.assign(oldest);
            return oldest;
        }
    }

    /** The worker leaves, without another look at the queue. Returns whether other workers may take more now. */
    boolean leave(Worker worker) {
        try (Mutex ignored = lock.hold()) {
            ready.release(worker);
            return ready.isShared() && ready.upTo(1) > 0;
        }
    }

    /** Cancels a request that waits. If true, its work is unreachable, and the caller must tell it. */
    boolean remove(Request request, Reason reason) {
        try (Mutex ignored = lock.hold()) {
            return capacity.remove(request, reason);
        }
    }

    /** Counts an outcome, before any thread can see it. Returns whether another request became ready. */
    boolean finish(Request request, boolean threw) {
        if (!needsCapacity(request)) {
            count(threw);
            return false;
        }
        try (Mutex ignored = lock.hold()) {
            count(threw); // in this section: who sees that nothing runs finds the place free
            return capacity.finish(request, threw);
        }
    }

    private void count(boolean threw) {
        (threw ? failed : completed).incrementAndGet();
    }

    /**
     * A caller begins its own request, if few are active and none is ready, and a worker could begin it now. Returns
     * null, and changes nothing, if it is to be offered.
     */
    InPlace.@Nullable Caller beginByCaller(BlockingRequest request, InPlace inPlace, Thread me) {
        if (!lock.tryHold()) { // to be offered is better than to wait
            return null;
        }
        try (Mutex ignored = lock) {
            ready.takeInbox();
            if (closed
                    || ready.size() > 0
                    || request.hasExpired()
                    || !ready.hasFreeWorker(request.lane)
                    || !capacity.mayBegin(request.lane)) {
                return null;
            }
            InPlace.Caller caller = inPlace.occupy(me, request);
            if (caller == null) {
                return null;
            }
            capacity.begin(request);
            taken++;
            ready.countCaller(1);
            ready.occupy(caller, request);
            return caller;
        }
    }

    /** Counts its outcome. Returns whether a request is ready that no worker could take before. */
    boolean finishByCaller(InPlace.Caller caller, InPlace inPlace, Request request, boolean threw) {
        try (Mutex ignored = lock.hold()) {
            count(threw);
            boolean mayHaveBeenKept = ready.isShared() && !ready.hasFreeWorker(null);
            ready.release(caller);
            ready.countCaller(-1);
            inPlace.vacate(caller);
            return capacity.finish(request, threw) || (mayHaveBeenKept && ready.upTo(1) > 0);
        }
    }

    /**
     * A runner runs a request of its own pool inside another: one that it has just made, or one that waits. It counts
     * as active, and holds neither a place nor a permit. Returns its work, or null if it was withdrawn or has begun.
     */
    @Nullable
    Callable<?> beginInPlace(Request request, Runner runner, boolean waits) {
        try (Mutex ignored = lock.hold()) {
            if (!waits) {
                capacity.acceptUnqueued(request);
            } else if (!capacity.remove(request, null)) {
                return null;
            }
            taken++;
            if (request.lane != null) {
                request.lane.active++;
            }
            return request.begin(runner);
        }
    }

    /** Counts its outcome. Returns whether another request became ready. */
    boolean finishInPlace(Request request, boolean threw) {
        Lane lane = request.lane;
        if (lane == null) {
            count(threw);
            return false;
        }
        try (Mutex ignored = lock.hold()) {
            count(threw);
            lane.finish(request, threw);
            return capacity.moveWaiting(lane); // a closed slice gives its floor back with its last request
        }
    }

    /** The bounds of the workers change. Returns false, and changes nothing, if the floors would take all. */
    boolean resize(Pool.Bounds bounds) {
        try (Mutex ignored = lock.hold()) {
            boolean possible = capacity.setMaxThreads(bounds.maxThreads());
            if (possible) {
                latestBounds = bounds;
            }
            return possible;
        }
    }

    /**
     * Returns whether no request is ready that a worker may take. Requests that were offered before are seen, and a
     * thread that offers later sees what the caller wrote, both by the inbox or the lock.
     */
    boolean isEmpty() {
        return upTo(1) == 0;
    }

    /** As {@link #isEmpty}, but counts the ready requests, of which there may be more than {@code most}. */
    int upTo(int most) {
        try (Mutex ignored = lock.hold()) {
            return ready.upTo(most);
        }
    }

    boolean seemsReady() {
        return ready.seemsReady();
    }

    /** Registers a slice. Returns false if the floors would take all workers. */
    boolean open(Lane lane, String poolName, int floor) {
        try (Mutex ignored = lock.hold()) {
            if (closed) {
                throw new IllegalStateException(poolName + " is closed: it can have no slice " + lane.name);
            }
            return capacity.open(lane, floor);
        }
    }

    /** From here on the slice accepts nothing. It keeps its floor until nothing of it waits or runs. */
    void close(Lane lane) {
        try (Mutex ignored = lock.hold()) {
            capacity.close(lane);
        }
    }

    boolean isDrained(Lane lane) {
        try (Mutex ignored = lock.hold()) {
            return capacity.forgetIfDrained(lane);
        }
    }

    /** Reads something of a slice, or of the pool, under the lock. */
    <T extends @Nullable Object> T read(Supplier<T> of) {
        try (Mutex ignored = lock.hold()) {
            return of.get();
        }
    }

    /** From here on nothing is accepted, by the pool and by its slices. */
    void close() {
        try (Mutex ignored = lock.hold()) {
            closed = true;
            ready.close();
            capacity.closeAll();
        }
    }

    /** Cancels what waits of one slice, or of all with null, in all three places. The caller must tell each request. */
    Request.Chain cancelAll(@Nullable Lane only) {
        Request.Chain all = new Request.Chain();
        try (Mutex ignored = lock.hold()) {
            capacity.cancelAll(only, all);
            return all;
        }
    }

    /** Returns whether any request waits, in any of the three places. */
    boolean anyWaiting() {
        try (Mutex ignored = lock.hold()) {
            ready.takeInbox();
            return ready.size() > 0 || capacity.isAnyWaiting();
        }
    }

    /** Returns whether nothing waits and nothing runs, in the pool and in its slices. */
    boolean isQuiescent() {
        try (Mutex ignored = lock.hold()) {
            ready.takeInbox();
            return ready.size() == 0 && !capacity.isAnyWaiting() && active() == 0;
        }
    }

    /** Returns how many accepted requests, of slices too, have a callback; of those in the inbox, none. */
    long callbacks() {
        try (Mutex ignored = lock.hold()) {
            return callbacks + ready.arrivedWithCallback;
        }
    }

    /** Reads the counters of the requests: a consistent cut but for outcomes that are counted meanwhile. */
    Pool.Counters counters(int[] workers, int undelivered, int stuck, long rejected, long spawnFailures) {
        try (Mutex ignored = lock.hold()) {
            ready.takeInbox();
            long accepted = capacity.submitted + ready.arrived;
            long done;
            long threw;
            do {
                threw = failed.get();
                done = completed.get();
            } while (failed.get() != threw); // ends: no more can fail than are active
            int queued = ready.size();
            int active = (int) (accepted - (done + threw + capacity.canceled + queued));
            return new Pool.Counters(
                    workers[0],
                    workers[1],
                    workers[2],
                    workers[3],
                    workers[4],
                    workers[5],
                    queued,
                    active,
                    capacity.overflow.size(),
                    undelivered,
                    stuck,
                    accepted,
                    done,
                    threw,
                    capacity.canceled,
                    capacity.timedOut,
                    rejected,
                    spawnFailures);
        }
    }

    /** With the lock, never less than what is active at the return, as it is read in this order. Without, a hint. */
    long active() {
        return taken - completed.get() - failed.get();
    }
}
