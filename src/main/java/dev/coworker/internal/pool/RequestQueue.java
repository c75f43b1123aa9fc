package dev.coworker.internal.pool;

import dev.coworker.internal.base.Mutex;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The one queue: every accepted request that no worker has begun is here, in one of three places.
 *
 * <ul>
 *   <li>The <b>ready list</b>: workers take the oldest. In front of it is the inbox, a lock-free stack for requests
 *       that need neither a place nor a permit. A thread that holds the lock moves all of it to the end of the list,
 *       oldest first.
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
 * <p><b>Accounting.</b> A place is held from the ready list to the end of the request; the bound is {@code maxThreads +
 * maxQueued}. A permit is held from the overflow line or the ready list to the end. The pool counts a request as
 * submitted when it joins the ready list, or when it is withdrawn before; a slice counts it when it is accepted. The
 * lock moves each request out of its waiting states, so it is either taken or canceled, and cancellation unlinks it in
 * O(1).
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

    private static final Request CLOSED = new Request.FireAndForget(null, () -> null, null);
    private static final VarHandle INBOX;

    static {
        Offer.values(); // loads the class here, and not in the first submission of a JVM
        try {
            INBOX = MethodHandles.lookup().findVarHandle(RequestQueue.class, "inbox", Request.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final boolean bounded;
    private final int maxQueued;

    // newest first, linked by `previous`: compareAndSet to push, getAndSet under lock to take all; CLOSED takes no more
    private volatile @Nullable Request inbox;

    private final Mutex lock = new Mutex();

    // guarded by lock; the first request of the ready list is also read without, as a hint
    private final Request.Chain ready = new Request.Chain();
    private final Request.Chain overflow = new Request.Chain();
    private @Nullable Lane openLanes; // the first of those that are not closed and drained
    private int inLanes; // requests that wait for a permit
    private int places; // held, if there is a bound
    private int bound;
    private long submitted;
    private long taken;
    private long canceled;
    private long timedOut;
    private long callbacks; // accepted requests that have one
    private boolean closed;

    // counted by workers without the lock; with it held no request is taken, so `taken` minus both is what is active
    private final AtomicLong completed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    RequestQueue(int maxQueued, int maxThreads) {
        this.bounded = maxQueued != UNBOUNDED;
        this.maxQueued = maxQueued;
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
            return push(request);
        }
        try (Mutex ignored = lock.hold()) {
            return accept(request, mayWait);
        }
    }

    private Offer push(Request request) {
        for (; ; ) {
            Request before = inbox;
            if (before == CLOSED) {
                return Offer.CLOSED;
            }
            request.previous = before;
            if (INBOX.compareAndSet(this, before, request)) {
                return before == null && ready.isEmpty() ? Offer.READY_ALONE : Offer.READY;
            }
        }
    }

    /** Caller holds lock. */
    private Offer accept(Request request, boolean mayWait) {
        Lane lane = request.lane;
        if (closed || (lane != null && lane.isClosed())) {
            return Offer.CLOSED;
        }
        if (lane == null && !mayWait && isAtBound()) {
            return Offer.FULL;
        }
        if (request.hasCallback()) {
            callbacks++;
        }
        if (lane != null) {
            lane.accept(request);
            if (!lane.hasFreePermit()) {
                request.waitIn(Request.LANE);
                lane.waiting.append(request);
                inLanes++;
                return Offer.WAITING;
            }
            lane.acquirePermit();
        }
        boolean alone = ready.isEmpty();
        if (!admit(request)) {
            return Offer.WAITING;
        }
        return alone ? Offer.READY_ALONE : Offer.READY;
    }

    /** Accepts a request if a worker is free for it now, and a permit; otherwise counts it as timed out. */
    Offer offerIfFree(Request request, int maxThreads) {
        try (Mutex ignored = lock.hold()) {
            takeInbox();
            Lane lane = request.lane;
            if (closed || (lane != null && lane.isClosed())) {
                return Offer.CLOSED;
            }
            if (lane != null && !lane.hasFreePermit()) {
                lane.accept(request);
                lane.countCanceled(request, true);
                return Offer.NO_PERMIT_FREE;
            }
            if (ready.size() + active() >= maxThreads) {
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

    /** Caller holds lock. */
    private boolean isAtBound() {
        return bounded && (places >= bound || !overflow.isEmpty());
    }

    /**
     * Caller holds lock; the request has its permit. Moves it to the ready list, or if that is full, to the overflow
     * line.
     */
    private boolean admit(Request request) {
        if (isAtBound()) {
            request.waitIn(Request.OVERFLOW);
            overflow.append(request);
            return false;
        }
        makeReady(request);
        return true;
    }

    /** Caller holds lock. */
    private void makeReady(Request request) {
        takeInbox(); // which came before
        places++;
        submitted++;
        request.waitIn(Request.READY);
        ready.append(request);
    }

    /** Caller holds lock: places or permits came free. Returns whether a request became ready. */
    private boolean moveWaiting(@Nullable Lane lane) {
        boolean moved = false;
        while (places < bound && !overflow.isEmpty()) {
            Request oldest = overflow.removeFirst();
            if (oldest != null) {
                makeReady(oldest);
                moved = true;
            }
        }
        while (lane != null && lane.hasFreePermit() && !lane.waiting.isEmpty()) {
            Request oldest = lane.waiting.removeFirst();
            if (oldest != null) {
                inLanes--;
                lane.acquirePermit();
                moved |= admit(oldest);
            }
        }
        if (lane != null) {
            leaveIfDrained(lane);
        }
        return moved;
    }

    /**
     * Caller holds lock: the ready list and the counters know of all that was accepted, but for what is pushed from
     * here on.
     */
    private void takeInbox() {
        Request newest = inbox;
        if (newest != null && newest != CLOSED) {
            appendAll((Request) INBOX.getAndSet(this, null));
        }
    }

    /**
     * A stack of requests, each linked to the one before: gets the links the other way too, and goes behind the ready
     * list.
     */
    private void appendAll(@Nullable Request newest) {
        if (newest == null || newest == CLOSED) {
            return;
        }
        int count = 0;
        Request each = newest;
        for (Request next = null; ; each = each.previous) {
            each.next = next;
            each.waitIn(Request.READY);
            if (each.hasCallback()) {
                callbacks++;
            }
            count++;
            next = each;
            if (each.previous == null) {
                break;
            }
        }
        submitted += count;
        ready.append(each, newest, count);
    }

    /**
     * Takes the oldest ready request for the worker. One whose deadline for the start has passed is canceled instead:
     * the caller must tell it.
     */
    @Nullable
    Request take(Worker worker) {
        try (Mutex ignored = lock.hold()) {
            if (ready.isEmpty()) {
                takeInbox();
            }
            Request oldest = ready.removeFirst();
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
            if (oldest.lane != null) {
                oldest.lane.begin();
            }
            worker.assign(oldest);
            return oldest;
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
        takeInbox();
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
            places--;
            if (lane != null) {
                lane.releasePermit();
                lane.finish(request, threw);
            }
            return moveWaiting(lane);
        }
    }

    /**
     * A worker runs a request of its own pool in place: one that it has just made, or one that waits. It counts as
     * active, and holds neither a place nor a permit. Returns its work, or null if it was withdrawn or has begun.
     */
    @Nullable
    Callable<?> beginInPlace(Request request, Worker worker, boolean waits) {
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
            return request.begin(worker);
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

    /** The pool's bound on the workers has changed. */
    void setMaxThreads(int maxThreads) {
        try (Mutex ignored = lock.hold()) {
            bound = boundOf(maxThreads);
            moveWaiting(null);
        }
    }

    /**
     * Returns whether no request is ready. Requests that were offered before are seen, and a thread that offers later
     * sees what the caller wrote, both by the inbox or the lock.
     */
    boolean isEmpty() {
        return upTo(1) == 0;
    }

    /** As {@link #isEmpty}, but counts the ready requests, of which there may be more than {@code most}. */
    int upTo(int most) {
        try (Mutex ignored = lock.hold()) {
            int seen = Math.min(ready.size(), most);
            Request newest = inbox;
            for (Request each = newest == CLOSED ? null : newest; each != null && seen < most; each = each.previous) {
                seen++;
            }
            return seen;
        }
    }

    /** A hint for a worker that spins: whether there seems to be a ready request. */
    boolean seemsReady() {
        Request newest = inbox;
        return !ready.isEmpty() || (newest != null && newest != CLOSED);
    }

    /** Registers a slice. */
    void open(Lane lane, String poolName) {
        try (Mutex ignored = lock.hold()) {
            if (closed) {
                throw new IllegalStateException(poolName + " is closed: it can have no slice " + lane);
            }
            lane.nextOpen = openLanes;
            if (openLanes != null) {
                openLanes.previousOpen = lane;
            }
            openLanes = lane;
        }
    }

    /** From here on the slice accepts nothing. */
    void close(Lane lane) {
        try (Mutex ignored = lock.hold()) {
            lane.close();
            leaveIfDrained(lane);
        }
    }

    /** Returns whether the slice is closed, nothing of it waits or runs, and its callbacks have returned. */
    boolean isDrained(Lane lane) {
        try (Mutex ignored = lock.hold()) {
            leaveIfDrained(lane);
            return lane.isDrained();
        }
    }

    private void leaveIfDrained(Lane lane) {
        Lane before = lane.previousOpen;
        Lane after = lane.nextOpen;
        if (!lane.isDrained() || (before == null && lane != openLanes)) {
            return;
        }
        if (before == null) {
            openLanes = after;
        } else {
            before.nextOpen = after;
        }
        if (after != null) {
            after.previousOpen = before;
        }
        lane.nextOpen = null;
        lane.previousOpen = null;
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
            appendAll((Request) INBOX.getAndSet(this, CLOSED));
            for (Lane lane = openLanes; lane != null; lane = lane.nextOpen) {
                lane.close();
            }
        }
    }

    /** Cancels what waits of one slice, or of all with null, in all three places. The caller must tell each request. */
    List<Request> cancelAll(@Nullable Lane only) {
        List<Request> all = new ArrayList<>();
        try (Mutex ignored = lock.hold()) {
            takeInbox();
            for (Lane lane = openLanes; lane != null; lane = lane.nextOpen) {
                cancelAll(lane.waiting, only, all);
            }
            cancelAll(overflow, only, all);
            cancelAll(ready, only, all);
            moveWaiting(only);
            return all;
        }
    }

    private void cancelAll(Request.Chain chain, @Nullable Lane only, List<Request> all) {
        for (Request each = chain.first(), next; each != null; each = next) {
            next = each.next;
            if (only == null || each.lane == only) {
                unlink(each);
                cancel(each, Reason.CLOSED);
                all.add(each);
            }
        }
    }

    /** Returns whether nothing waits and nothing runs, in the pool and in its slices. */
    boolean isQuiescent() {
        try (Mutex ignored = lock.hold()) {
            takeInbox();
            return ready.isEmpty() && overflow.isEmpty() && inLanes == 0 && active() == 0;
        }
    }

    /** Returns how many accepted requests, of slices too, have a callback. */
    long callbacks() {
        try (Mutex ignored = lock.hold()) {
            takeInbox();
            return callbacks;
        }
    }

    /** Reads the counters of the requests: a consistent cut but for outcomes that are counted meanwhile. */
    Pool.Counters counters(int[] workers, int undelivered, long rejected, long spawnFailures) {
        try (Mutex ignored = lock.hold()) {
            takeInbox();
            long done;
            long threw;
            do {
                threw = failed.get();
                done = completed.get();
            } while (failed.get() != threw); // ends: no more can fail than are active
            int queued = ready.size();
            int active = (int) (submitted - (done + threw + canceled + queued));
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
                    submitted,
                    done,
                    threw,
                    canceled,
                    timedOut,
                    rejected,
                    spawnFailures);
        }
    }

    /** Caller holds lock. Read in this order, it is never less than what is active when the call returns. */
    private long active() {
        return taken - completed.get() - failed.get();
    }
}
