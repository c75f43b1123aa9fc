package dev.coworker.internal.pool;

import dev.coworker.internal.base.Mutex;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one queue: every accepted request that no worker has begun is here, in one of three places.
 *
 * <ul>
 *   <li>The {@linkplain ReadyList ready list}: workers take the oldest.
 *   <li>The <b>overflow line</b>: requests that may wait while the pool is at its bound. Those are the callers of
 *       {@code submitCo}, and requests of slices that hold a permit.
 *   <li>The <b>lane</b> of a slice: requests that wait for one of its permits.
 * </ul>
 *
 * <p>When a place or a permit comes free, the thread that frees it moves the oldest request that may have it, in the
 * same critical section. So outside the lock, {@code the overflow line is not empty} means that the pool is at its
 * bound, and {@code a lane is not empty} that all permits of the slice are held. No thread has to run for a request to
 * become ready.
 *
 * <p><b>Floors.</b> Requests of a slice with a floor never join the overflow line: they wait in the lane for a place
 * too. Places within a floor are kept from other requests.
 *
 * <p><b>Accounting.</b> A place is held from the ready list to the end of the request; the bound is {@code maxThreads +
 * maxQueued}. A permit is held from the overflow line or the ready list to the end. The pool counts a request as
 * submitted when it joins the ready list, or when it is withdrawn before; a slice counts it when it is accepted. The
 * lock moves each request out of its waiting states, so it is either taken or canceled, and cancellation unlinks it in
 * O(1).
 *
 * <p><b>Callers that run their own request.</b> See {@link InPlace}: in one section it is accepted, and holds a place
 * and a permit, and is active.
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

    private final boolean bounded;
    private final int maxQueued;

    private final Mutex lock = new Mutex();

    // guarded by lock
    private final ReadyList ready;
    private final Request.Chain overflow = new Request.Chain();
    private final Set<Lane> openLanes = new LinkedHashSet<>(); // those that are not closed and drained
    private int inLanes; // requests that wait in lanes
    private int places; // held, if there is a bound
    private int bound;
    private long submitted; // but for those of the inbox
    private long taken;
    private long canceled;
    private long timedOut;
    private long callbacks; // accepted requests that have one, but for those of the inbox
    private boolean closed;

    // counted by workers without the lock; with it held no request is taken, so `taken` minus both is what is active
    private final AtomicLong completed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    RequestQueue(int maxQueued, int maxThreads) {
        this.bounded = maxQueued != UNBOUNDED;
        this.maxQueued = maxQueued;
        this.ready = new ReadyList(maxThreads);
        this.bound = boundOf(maxThreads);
    }

    private int boundOf(int maxThreads) {
        return (int) Math.min(UNBOUNDED, (long) maxThreads + maxQueued);
    }

    int maxQueued() {
        return maxQueued;
    }

    /**
     * Accepts a request, unless this is closed, or the pool is at its bound and the request may not wait for a place.
     */
    Offer offer(Request request, boolean mayWait) {
        if (!bounded && request.lane == null) {
            return ready.push(request);
        }
        try (Mutex ignored = lock.hold()) {
            return accept(request, mayWait);
        }
    }

    /** Caller holds lock. */
    private Offer accept(Request request, boolean mayWait) {
        Lane lane = request.lane;
        if (closed || (lane != null && lane.isClosed())) {
            return Offer.CLOSED;
        }
        if (!mayWait && (lane == null ? isAtBound() : lane.isFull())) {
            return Offer.FULL;
        }
        if (request.hasCallback()) {
            callbacks++;
        }
        if (lane != null) {
            lane.accept(request);
            if (!mayEnter(lane)) {
                request.waitIn(Request.LANE);
                lane.waiting.append(request);
                inLanes++;
                return Offer.WAITING;
            }
            lane.acquirePermit();
        }
        return admit(request);
    }

    /** Accepts a request if a worker is free for it now, and a permit; otherwise counts it as timed out. */
    Offer offerIfFree(Request request) {
        try (Mutex ignored = lock.hold()) {
            ready.takeInbox();
            Lane lane = request.lane;
            if (closed || (lane != null && lane.isClosed())) {
                return Offer.CLOSED;
            }
            if (lane != null && !lane.hasFreePermit()) {
                lane.accept(request);
                lane.countCanceled(request, true);
                return Offer.NO_PERMIT_FREE;
            }
            boolean ownWorker = lane != null && lane.permits() < lane.kept;
            if (!ownWorker && ready.size() + active() + ready.keptPlaces() >= ready.maxThreads()) {
                if (lane != null) {
                    lane.accept(request);
                    lane.countCanceled(request, true);
                }
                submitted++;
                countCanceled(true);
                return Offer.NO_WORKER_FREE;
            }
            return accept(request, true);
        }
    }

    /** Caller holds lock. For requests without a floor. */
    private boolean isAtBound() {
        return bounded && (places + ready.keptPlaces() >= bound || !overflow.isEmpty());
    }

    /** Caller holds lock: whether the next request of the slice may leave the lane. */
    private boolean mayEnter(Lane lane) {
        return lane.hasFreePermit() && (lane.floor() == 0 || lane.permits() < lane.floor() || !isAtBound());
    }

    /**
     * Caller holds lock; the request has its permit. Moves it to the ready list, or if that is full, to the overflow
     * line.
     */
    private Offer admit(Request request) {
        boolean hasFloor = request.lane != null && request.lane.floor() > 0;
        if (!hasFloor && isAtBound()) {
            request.waitIn(Request.OVERFLOW);
            overflow.append(request);
            return Offer.WAITING;
        }
        return makeReady(request) ? Offer.READY_ALONE : Offer.READY;
    }

    /** Caller holds lock. Returns whether it seems to be the only one. */
    private boolean makeReady(Request request) {
        places++;
        submitted++;
        return ready.append(request);
    }

    /** Caller holds lock: places or permits came free. Returns whether a request became ready. */
    private boolean moveWaiting(@Nullable Lane lane) {
        boolean moved = false;
        for (int i = 0; i < ready.floors().size(); i++) { // an iterator could fail to be allocated
            moved |= moveFrom(ready.floors().get(i));
        }
        while (places + ready.keptPlaces() < bound && !overflow.isEmpty()) {
            Request oldest = overflow.removeFirst();
            if (oldest != null) {
                makeReady(oldest);
                moved = true;
            }
        }
        for (int i = 0; i < ready.floors().size(); i++) { // once the overflow line is empty
            moved |= moveFrom(ready.floors().get(i));
        }
        if (lane != null) {
            moved |= moveFrom(lane);
            if (lane.isClosed() && lane.isIdle() && lane.floor() > 0) {
                setFloor(lane, 0);
                moved |= moveWaiting(null) || ready.upTo(1) > 0; // more workers may take from the list now
            }
            if (lane.isDrained()) {
                openLanes.remove(lane);
            }
        }
        return moved;
    }

    private boolean moveFrom(Lane lane) {
        boolean moved = false;
        while (!lane.waiting.isEmpty() && mayEnter(lane)) {
            Request oldest = lane.waiting.removeFirst();
            if (oldest != null) {
                inLanes--;
                lane.acquirePermit();
                moved |= admit(oldest) != Offer.WAITING;
            }
        }
        return moved;
    }

    /** Changes a slice's bounds. Returns false, and changes nothing, if the floors would take all workers. */
    boolean resize(Lane lane, int floor, int maxPermits) {
        try (Mutex ignored = lock.hold()) {
            if (lane.isClosed()) {
                return true;
            }
            if (!ready.isFloorPossible(lane, floor)) {
                return false;
            }
            lane.setMaxPermits(maxPermits);
            setFloor(lane, floor);
            moveWaiting(lane);
            return true;
        }
    }

    /** Caller holds lock. What a slice with a floor has in the overflow line goes back to its lane. */
    private void setFloor(Lane lane, int floor) {
        boolean had = lane.floor() > 0;
        ready.setFloor(lane, floor);
        if (had || floor == 0) {
            return;
        }
        Request.Chain younger = new Request.Chain();
        younger.appendAll(lane.waiting);
        for (Request each = overflow.first(), next; each != null; each = next) {
            next = each.next;
            if (each.lane == lane) {
                overflow.unlink(each);
                each.waitIn(Request.LANE);
                lane.waiting.append(each);
                lane.releasePermit();
                inLanes++;
            }
        }
        lane.waiting.appendAll(younger);
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
                if (oldest.lane != null) {
                    oldest.lane.releasePermit();
                }
                places--;
                cancel(oldest, Reason.TIMED_OUT);
                moveWaiting(oldest.lane);
                return oldest;
            }
            taken++;
            ready.occupy(worker, oldest);
            if (oldest.lane != null) {
                oldest.lane.begin();
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

    /**
     * Cancels a request that waits. Returns true if it did: the work is unreachable then, and the caller must tell it.
     */
    boolean remove(Request request, Reason reason) {
        try (Mutex ignored = lock.hold()) {
            boolean waited = unlink(request);
            if (waited) {
                cancel(request, reason);
                moveWaiting(request.lane);
            }
            return waited;
        }
    }

    /**
     * Caller holds lock. Takes a waiting request out of its place; returns false if it does not wait, or is not
     * accepted yet.
     */
    private boolean unlink(Request request) {
        ready.takeInbox();
        int place = request.internalState();
        Lane lane = request.lane;
        if (place == Request.READY) {
            ready.unlink(request);
            places--;
        } else if (place == Request.OVERFLOW) {
            overflow.unlink(request);
            submitted++;
        } else if (place == Request.LANE && lane != null) {
            lane.waiting.unlink(request);
            inLanes--;
            submitted++;
            return true;
        } else {
            return false;
        }
        if (lane != null) {
            lane.releasePermit();
        }
        return true;
    }

    /** Caller holds lock, and has unlinked the request. */
    private void cancel(Request request, Reason reason) {
        request.cancelInQueue(reason);
        boolean late = reason == Reason.TIMED_OUT;
        countCanceled(late);
        if (request.lane != null) {
            request.lane.countCanceled(request, late);
        }
    }

    private void countCanceled(boolean late) {
        canceled++;
        if (late) {
            timedOut++;
        }
    }

    /** Counts an outcome, before any thread can see it. Returns whether another request became ready. */
    boolean finish(Request request, boolean threw) {
        (threw ? failed : completed).incrementAndGet();
        Lane lane = request.lane;
        if (!bounded && lane == null) {
            return false;
        }
        try (Mutex ignored = lock.hold()) {
            return freePlace(request, threw);
        }
    }

    /** Caller holds lock. Returns whether another request became ready. */
    private boolean freePlace(Request request, boolean threw) {
        Lane lane = request.lane;
        places--;
        if (lane != null) {
            lane.releasePermit();
            lane.finish(request, threw);
        }
        return moveWaiting(lane);
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
            Lane lane = request.lane;
            if (closed || ready.size() > 0 || request.hasExpired() || !ready.hasFreeWorker(lane)) {
                return null;
            }
            boolean hasFloor = lane != null && lane.floor() > 0;
            if ((!hasFloor && isAtBound()) || (lane != null && (lane.isClosed() || !mayEnter(lane)))) {
                return null;
            }
            InPlace.Caller caller = inPlace.occupy(me, request);
            if (caller == null) {
                return null;
            }
            if (lane != null) {
                lane.accept(request);
                lane.acquirePermit();
                lane.begin();
            }
            places++;
            submitted++;
            taken++;
            ready.countCaller(1);
            ready.occupy(caller, request);
            return caller;
        }
    }

    /** Counts its outcome. Returns whether a request is ready that no worker could take before. */
    boolean finishByCaller(InPlace.Caller caller, InPlace inPlace, Request request, boolean threw) {
        try (Mutex ignored = lock.hold()) {
            (threw ? failed : completed).incrementAndGet();
            boolean mayHaveBeenKept = ready.isShared() && !ready.hasFreeWorker(null);
            ready.release(caller);
            ready.countCaller(-1);
            inPlace.vacate(caller);
            return freePlace(request, threw) || (mayHaveBeenKept && ready.upTo(1) > 0);
        }
    }

    /**
     * A runner runs a request of its own pool inside another: one that it has just made, or one that waits. It counts
     * as active, and holds neither a place nor a permit. Returns its work, or null if it was withdrawn or has begun.
     */
    @Nullable
    Callable<?> beginInPlace(Request request, Runner runner, boolean waits) {
        try (Mutex ignored = lock.hold()) {
            Lane lane = request.lane;
            if (waits) {
                if (!unlink(request)) {
                    return null;
                }
                moveWaiting(lane);
            } else {
                submitted++;
                if (lane != null) {
                    lane.accept(request);
                }
            }
            taken++;
            if (lane != null) {
                lane.begin();
            }
            return request.begin(runner);
        }
    }

    void finishInPlace(Request request, boolean threw) {
        (threw ? failed : completed).incrementAndGet();
        Lane lane = request.lane;
        if (lane != null) {
            try (Mutex ignored = lock.hold()) {
                lane.finish(request, threw);
                moveWaiting(lane);
            }
        }
    }

    /** The pool's bound on the workers changes. Returns false, and changes nothing, if the floors would take all. */
    boolean setMaxThreads(int newMax) {
        try (Mutex ignored = lock.hold()) {
            if (!ready.setMaxThreads(newMax)) {
                return false;
            }
            bound = boundOf(newMax);
            moveWaiting(null);
            return true;
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

    /** See {@link ReadyList#seemsReady}. */
    boolean seemsReady() {
        return ready.seemsReady();
    }

    /** Registers a slice. Returns false if the floors would take all workers. */
    boolean open(Lane lane, String poolName, int floor) {
        try (Mutex ignored = lock.hold()) {
            if (closed) {
                throw new IllegalStateException(poolName + " is closed: it can have no slice " + lane);
            }
            if (!ready.isFloorPossible(lane, floor)) {
                return false;
            }
            ready.setFloor(lane, floor);
            openLanes.add(lane);
            return true;
        }
    }

    /** From here on the slice accepts nothing. It keeps its floor until nothing of it waits or runs. */
    void close(Lane lane) {
        try (Mutex ignored = lock.hold()) {
            lane.close();
            moveWaiting(lane);
        }
    }

    /** Returns whether the slice is closed, nothing of it waits or runs, and its callbacks have returned. */
    boolean isDrained(Lane lane) {
        try (Mutex ignored = lock.hold()) {
            boolean drained = lane.isDrained();
            if (drained) {
                openLanes.remove(lane);
            }
            return drained;
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
            openLanes.forEach(Lane::close);
        }
    }

    /** Cancels what waits of one slice, or of all with null, in all three places. The caller must tell each request. */
    Request.Chain cancelAll(@Nullable Lane only) {
        Request.Chain all = new Request.Chain();
        try (Mutex ignored = lock.hold()) {
            ready.takeInbox();
            for (Lane lane : openLanes) {
                cancelAll(lane.waiting, only, all);
                cancelAll(lane.ready, only, all);
            }
            cancelAll(overflow, only, all);
            cancelAll(ready.common(), only, all);
            moveWaiting(only);
            return all;
        }
    }

    private void cancelAll(Request.Chain chain, @Nullable Lane only, Request.Chain all) {
        for (Request each = chain.first(), next; each != null; each = next) {
            next = each.next;
            if (only == null || each.lane == only) {
                unlink(each);
                cancel(each, Reason.CLOSED);
                all.append(each);
            }
        }
    }

    /** Returns whether any request waits, in any of the three places. */
    boolean anyWaiting() {
        try (Mutex ignored = lock.hold()) {
            ready.takeInbox();
            return ready.size() > 0 || !overflow.isEmpty() || inLanes > 0;
        }
    }

    /** Returns whether nothing waits and nothing runs, in the pool and in its slices. */
    boolean isQuiescent() {
        try (Mutex ignored = lock.hold()) {
            ready.takeInbox();
            return ready.size() == 0 && overflow.isEmpty() && inLanes == 0 && active() == 0;
        }
    }

    /** Returns how many accepted requests, of slices too, have a callback. */
    long callbacks() {
        try (Mutex ignored = lock.hold()) {
            ready.takeInbox();
            return callbacks + ready.arrivedWithCallback();
        }
    }

    /** Reads the counters of the requests: a consistent cut but for outcomes that are counted meanwhile. */
    Pool.Counters counters(int[] workers, int undelivered, int stuck, long rejected, long spawnFailures) {
        try (Mutex ignored = lock.hold()) {
            ready.takeInbox();
            long accepted = submitted + ready.arrived();
            long done;
            long threw;
            do {
                threw = failed.get();
                done = completed.get();
            } while (failed.get() != threw); // ends: no more can fail than are active
            int queued = ready.size();
            int active = (int) (accepted - (done + threw + canceled + queued));
            return new Pool.Counters(
                    workers[0],
                    workers[1],
                    workers[2],
                    workers[3],
                    workers[4],
                    workers[5],
                    queued,
                    active,
                    overflow.size(),
                    undelivered,
                    stuck,
                    accepted,
                    done,
                    threw,
                    canceled,
                    timedOut,
                    rejected,
                    spawnFailures);
        }
    }

    /** Without the lock, a hint: how many requests are active. */
    long seemActive() {
        return active();
    }

    /** Caller holds lock. Read in this order, it is never less than what is active when the call returns. */
    private long active() {
        return taken - completed.get() - failed.get();
    }
}
