package dev.coworker.internal.pool;

import java.util.LinkedHashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The capacity of a pool and of its slices: who holds a place or a permit, and which requests wait for one. Requests of
 * the inbox need neither, and do not come here.
 *
 * <p>A <b>place</b> is held from the ready list to the end of the request; the bound is {@code maxThreads + maxQueued}.
 * The overflow line waits for places. A <b>permit</b> is held from the overflow line or the ready list to the end. When
 * one of them comes free, the thread that frees it moves the oldest request that may have it, in the same critical
 * section. So no thread has to run for a request to become ready.
 *
 * <p><b>Floors.</b> Requests of a slice with a floor never join the overflow line: they wait in the lane for a place
 * too. Places within a floor are kept from other requests.
 *
 * <p>The queue's lock guards all of it, and each caller holds it.
 */
final class Capacity {
    private final ReadyList ready;
    final int maxQueued;
    final Request.Chain overflow = new Request.Chain();
    private final Set<Lane> openLanes = new LinkedHashSet<>(); // those that are not closed and drained
    private int inLanes; // requests that wait in lanes
    private int places; // held, if there is a bound
    long submitted; // joined the ready list, or withdrawn before that; but for those of the inbox
    long canceled;
    long timedOut;

    Capacity(ReadyList ready, int maxQueued) {
        this.ready = ready;
        this.maxQueued = maxQueued;
    }

    private boolean isPlaceFree() {
        return places + ready.keptPlaces() < (long) ready.maxThreads + maxQueued;
    }

    boolean isBounded() {
        return maxQueued != RequestQueue.UNBOUNDED;
    }

    /** Returns whether a request that may not wait is to be refused. */
    boolean isFull(@Nullable Lane lane) {
        return lane == null
                ? isAtBound()
                : lane.permits + lane.waiting.size() >= (long) lane.maxPermits + lane.maxQueued;
    }

    /** For requests without a floor. */
    private boolean isAtBound() {
        return isBounded() && (!isPlaceFree() || !overflow.isEmpty());
    }

    /** Returns whether the next request of the slice may leave the lane. */
    private boolean mayEnter(Lane lane) {
        return lane.hasFreePermit() && (lane.floor == 0 || lane.permits < lane.floor || !isAtBound());
    }

    /** An accepted request becomes ready, or waits. */
    RequestQueue.Offer enter(Request request) {
        Lane lane = request.lane;
        if (lane != null) {
            lane.accept(request);
            if (!mayEnter(lane)) {
                request.waitIn(Request.LANE);
                lane.waiting.append(request);
                inLanes++;
                return RequestQueue.Offer.WAITING;
            }
            lane.permits++;
        }
        return admit(request);
    }

    /** The request has its permit. Moves it to the ready list, or if that is full, to the overflow line. */
    private RequestQueue.Offer admit(Request request) {
        if (!hasFloor(request.lane) && isAtBound()) {
            request.waitIn(Request.OVERFLOW);
            overflow.append(request);
            return RequestQueue.Offer.WAITING;
        }
        return makeReady(request) ? RequestQueue.Offer.READY_ALONE : RequestQueue.Offer.READY;
    }

    private static boolean hasFloor(@Nullable Lane lane) {
        return lane != null && lane.floor > 0;
    }

    /** Returns whether it seems to be the only one. */
    private boolean makeReady(Request request) {
        places++;
        submitted++;
        return ready.append(request);
    }

    /** Returns whether the slice, or the pool, has a place and a permit for a request that never waits. */
    boolean mayBegin(@Nullable Lane lane) {
        return (hasFloor(lane) || !isAtBound()) && (lane == null || (!lane.isClosed() && mayEnter(lane)));
    }

    /** A request that has never waited has begun. */
    void begin(Request request) {
        acceptUnqueued(request);
        places++;
        if (request.lane != null) {
            request.lane.permits++;
            request.lane.active++;
        }
    }

    /** Counts a request that needs neither place nor permit: it runs in another one's place, or not at all. */
    void acceptUnqueued(Request request) {
        submitted++;
        if (request.lane != null) {
            request.lane.accept(request);
        }
    }

    /** A request has ended. Returns whether another one became ready. */
    boolean finish(Request request, boolean threw) {
        Lane lane = request.lane;
        places--;
        if (lane != null) {
            lane.permits--;
            lane.finish(request, threw);
        }
        return moveWaiting(lane);
    }

    /** Places or permits came free. Returns whether a request became ready. */
    boolean moveWaiting(@Nullable Lane lane) {
        boolean moved = moveFromFloors();
        Request oldest;
        while ((oldest = overflow.first) != null && isPlaceFree()) {
            overflow.unlink(oldest);
            makeReady(oldest);
            moved = true;
        }
        moved |= moveFromFloors(); // once the overflow line is empty
        if (lane != null) {
            moved |= moveFrom(lane);
            if (lane.isClosed() && lane.isIdle() && lane.floor > 0) {
                setFloor(lane, 0);
                moved |= moveWaiting(null) || ready.upTo(1) > 0; // more workers may take from the list now
            }
            forgetIfDrained(lane);
        }
        return moved;
    }

    private boolean moveFromFloors() {
        boolean moved = false;
        for (int i = 0; i < ready.floors.size(); i++) { // an iterator could fail to be allocated
            moved |= moveFrom(ready.floors.get(i));
        }
        return moved;
    }

    private boolean moveFrom(Lane lane) {
        boolean moved = false;
        Request oldest;
        while ((oldest = lane.waiting.first) != null && mayEnter(lane)) {
            lane.waiting.unlink(oldest);
            inLanes--;
            lane.permits++;
            moved |= admit(oldest) != RequestQueue.Offer.WAITING;
        }
        return moved;
    }

    /** Removes a request that waits: canceled, or with null, to run elsewhere. Returns false if it does not wait. */
    boolean remove(Request request, RequestQueue.@Nullable Reason reason) {
        if (!unlink(request)) {
            return false;
        }
        if (reason != null) {
            cancel(request, reason);
        }
        moveWaiting(request.lane);
        return true;
    }

    /** A worker took the request, but its deadline for the start has passed. */
    void cancelExpired(Request request) {
        places--;
        if (request.lane != null) {
            request.lane.permits--;
        }
        cancel(request, RequestQueue.Reason.TIMED_OUT);
        moveWaiting(request.lane);
    }

    /** Takes a waiting request out of its place; returns false if it does not wait, or is not accepted yet. */
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
            lane.permits--;
        }
        return true;
    }

    /** The request is unlinked. */
    private void cancel(Request request, RequestQueue.Reason reason) {
        request.cancelInQueue(reason);
        countCanceled(request, reason == RequestQueue.Reason.TIMED_OUT);
    }

    private void countCanceled(Request request, boolean late) {
        canceled++;
        if (late) {
            timedOut++;
        }
        if (request.lane != null) {
            request.lane.countCanceled(request, late);
        }
    }

    /** A request that may not wait was not offered after all: no permit, or no worker, is free for it. */
    void countNoneFree(Request request) {
        acceptUnqueued(request);
        countCanceled(request, true);
    }

    /** Cancels what waits of one slice, or of all with null, and appends it. The inbox was closed before that. */
    void cancelAll(@Nullable Lane only, Request.Chain all) {
        for (Lane lane : openLanes) {
            cancelAll(lane.waiting, only, all);
            cancelAll(lane.ready, only, all);
        }
        cancelAll(overflow, only, all);
        cancelAll(ready.common, only, all);
        moveWaiting(only);
    }

    private void cancelAll(Request.Chain chain, @Nullable Lane only, Request.Chain all) {
        for (Request each = chain.first, next; each != null; each = next) {
            next = each.next;
            if (only == null || each.lane == only) {
                unlink(each);
                cancel(each, RequestQueue.Reason.CLOSED);
                all.append(each);
            }
        }
    }

    /** Returns false, and changes nothing, if the floors would take all workers. */
    boolean setMaxThreads(int newMax) {
        if (!ready.setMaxThreads(newMax)) {
            return false;
        }
        moveWaiting(null);
        return true;
    }

    /** Returns false if the floors would take all workers. */
    boolean open(Lane lane, int floor) {
        if (!ready.setFloor(lane, floor)) {
            return false;
        }
        openLanes.add(lane);
        return true;
    }

    /** Returns false, and changes nothing, if the floors would take all workers. */
    boolean resize(Lane lane, int floor, int maxPermits) {
        if (lane.isClosed()) {
            return true;
        }
        if (!setFloor(lane, floor)) {
            return false;
        }
        lane.maxPermits = maxPermits;
        moveWaiting(lane);
        return true;
    }

    /** What a slice with a floor has in the overflow line goes back to its lane. */
    private boolean setFloor(Lane lane, int floor) {
        boolean had = lane.floor > 0;
        if (!ready.setFloor(lane, floor)) {
            return false;
        }
        if (had || floor == 0) {
            return true;
        }
        Request.Chain younger = new Request.Chain();
        younger.appendAll(lane.waiting);
        for (Request each = overflow.first, next; each != null; each = next) {
            next = each.next;
            if (each.lane == lane) {
                overflow.unlink(each);
                each.waitIn(Request.LANE);
                lane.waiting.append(each);
                lane.permits--;
                inLanes++;
            }
        }
        lane.waiting.appendAll(younger);
        return true;
    }

    /** The slice keeps its floor until nothing of it waits or runs. */
    void close(Lane lane) {
        lane.closed = true;
        moveWaiting(lane);
    }

    void closeAll() {
        openLanes.forEach(lane -> lane.closed = true);
    }

    /** Returns whether the slice is closed, nothing of it waits or runs, and its callbacks have returned. */
    boolean forgetIfDrained(Lane lane) {
        boolean drained = lane.isDrained();
        if (drained) {
            openLanes.remove(lane);
        }
        return drained;
    }

    /** Returns whether any request waits for a place or a permit. */
    boolean isAnyWaiting() {
        return !overflow.isEmpty() || inLanes > 0;
    }
}
