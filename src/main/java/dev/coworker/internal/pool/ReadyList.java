package dev.coworker.internal.pool;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The requests that workers may take, first come first served, and which worker may take which.
 *
 * <p><b>The inbox</b> is a lock-free stack in front of the list, for requests that need neither a place nor a permit. A
 * thread that holds the lock moves all of it to the end of the list, oldest first.
 *
 * <p><b>Floors.</b> A slice with a floor has a list of its own. A worker takes a request within its slice's floor
 * first. Any other it takes only if enough workers are left for the floors that are not in use. Then the lists take
 * turns. Each look goes through all such slices: there are few, as the sum of the floors is below {@code maxThreads}.
 * Callers that run their own request occupy a worker each, so while there are any, each look counts in the same way.
 *
 * <p>Nothing but {@link #setFloor} allocates, so a shortage of memory leaves no request half moved. The queue's lock
 * guards all but the inbox. Callers hold it, but for {@link #push} and {@link #seemsReady}.
 */
final class ReadyList {
    private static final Request CLOSED = new Request.FireAndForget(null, () -> null, null);
    private static final AtomicReferenceFieldUpdater<ReadyList, @Nullable Request> INBOX =
            AtomicReferenceFieldUpdater.newUpdater(ReadyList.class, Request.class, "inbox");

    // newest first, linked by `previous`: compareAndSet to push, getAndSet under lock to take all; CLOSED takes no more
    private volatile @Nullable Request inbox;

    final Request.Chain common = new Request.Chain(); // those without a floor
    final List<Lane> floors = new ArrayList<>(); // the lanes that have one
    private volatile boolean mayBeKept; // a ready request, from a worker that looks: by floors, or by callers
    private int turn; // which list is looked at first
    private int occupied; // workers
    private int callers; // of them, callers that run their own request
    private int sumOfFloors; // below maxThreads
    int maxThreads;
    long arrived; // through the inbox
    long arrivedWithCallback;

    ReadyList(int maxThreads) {
        this.maxThreads = maxThreads;
    }

    /** Without the lock: accepts a request that needs neither a place nor a permit. */
    RequestQueue.Offer push(Request request) {
        for (; ; ) {
            Request before = inbox;
            if (before == CLOSED) {
                return RequestQueue.Offer.CLOSED;
            }
            request.previous = before;
            if (INBOX.compareAndSet(this, before, request)) {
                return before == null && common.isEmpty() ? RequestQueue.Offer.READY_ALONE : RequestQueue.Offer.READY;
            }
        }
    }

    /** Without the lock, a hint for a worker that spins: whether there is a request, and none is kept from workers. */
    boolean seemsReady() {
        Request newest = inbox;
        return (!common.isEmpty() || (newest != null && newest != CLOSED)) && !mayBeKept;
    }

    /** The list and the counters know of all that was accepted, but for what is pushed from here on. */
    void takeInbox() {
        Request newest = inbox;
        if (newest != null && newest != CLOSED) {
            appendAll(INBOX.getAndSet(this, null));
        }
    }

    /** The inbox takes nothing any more. */
    void close() {
        appendAll(INBOX.getAndSet(this, CLOSED));
    }

    /** A stack of requests, each linked to the one before: gets the links the other way too. */
    private void appendAll(@Nullable Request newest) {
        if (newest == null || newest == CLOSED) {
            return;
        }
        int count = 0;
        Request oldest = newest;
        for (Request each = newest, younger = null; each != null; younger = each, each = each.previous) {
            each.next = younger;
            each.waitIn(Request.READY);
            if (each.hasCallback()) {
                arrivedWithCallback++;
            }
            count++;
            oldest = each;
        }
        arrived += count;
        common.append(oldest, newest, count);
    }

    /** Appends an accepted request, behind those of the inbox. Returns whether it seems to be the only one. */
    boolean append(Request request) {
        boolean alone = common.isEmpty() && floors.isEmpty();
        takeInbox();
        request.waitIn(Request.READY);
        listOf(request).append(request);
        return alone;
    }

    void unlink(Request request) {
        listOf(request).unlink(request);
    }

    private Request.Chain listOf(Request request) {
        return request.lane != null && request.lane.floor > 0 ? request.lane.ready : common;
    }

    int size() {
        int size = common.size();
        for (int i = 0; i < floors.size(); i++) {
            size += floors.get(i).ready.size();
        }
        return size;
    }

    /** The worker looks: removes and returns the oldest request that it may take. */
    @Nullable
    Request removeFor(Worker worker) {
        release(worker);
        if (common.isEmpty()) {
            takeInbox();
        }
        if (!isShared()) {
            return common.removeFirst();
        }
        for (int i = 0; i < floors.size(); i++) {
            Lane lane = floors.get(i);
            if (lane.occupied < lane.kept && !lane.ready.isEmpty()) {
                return lane.ready.removeFirst();
            }
        }
        for (int lists = floors.size() + 1, left = freeWorkers() > 0 ? lists : 0; left > 0; left--) {
            turn = (turn + 1) % lists;
            Request.Chain list = turn == 0 ? common : floors.get(turn - 1).ready;
            if (!list.isEmpty()) {
                return list.removeFirst();
            }
        }
        return null;
    }

    /** The worker, or the caller, is going to run the request. */
    void occupy(Runner runner, Request request) {
        occupied++;
        runner.occupied = true;
        runner.lane = request.lane;
        if (request.lane != null) {
            request.lane.occupied++;
        }
        if (callers > 0) {
            setMayBeKept();
        }
    }

    /** The worker, or the caller, has run what it took. */
    void release(Runner runner) {
        if (runner.occupied) {
            occupied--;
            runner.occupied = false;
            if (runner.lane != null) {
                runner.lane.occupied--;
                runner.lane = null;
            }
            keepForFloors();
            if (callers > 0) {
                setMayBeKept();
            }
        }
    }

    /** Returns whether a worker could begin a request of the slice, or of the pool, now. */
    boolean hasFreeWorker(@Nullable Lane lane) {
        return (lane != null && lane.occupied < lane.kept) || freeWorkers() > 0;
    }

    /** Before a caller occupies a worker, or after it has released it. */
    void countCaller(int difference) {
        callers += difference;
        setMayBeKept();
    }

    /** Returns whether workers may have to leave a ready request alone. */
    boolean isShared() {
        return !floors.isEmpty() || callers > 0;
    }

    private void setMayBeKept() {
        boolean now = !floors.isEmpty() || (callers > 0 && freeWorkers() <= 0);
        if (mayBeKept != now) {
            mayBeKept = now;
        }
    }

    /** Counts the requests that workers may take; there may be more than {@code most}. */
    int upTo(int most) {
        if (isShared()) {
            return Math.min(takeable(), most);
        }
        int seen = Math.min(common.size(), most);
        Request newest = inbox;
        for (Request each = newest == CLOSED ? null : newest; each != null && seen < most; each = each.previous) {
            seen++;
        }
        return seen;
    }

    private int takeable() {
        takeInbox();
        int within = 0;
        for (int i = 0; i < floors.size(); i++) {
            Lane lane = floors.get(i);
            within += Math.clamp(lane.kept - lane.occupied, 0, lane.ready.size());
        }
        return within + Math.clamp(freeWorkers(), 0, size() - within);
    }

    /** The workers that requests beyond the floors may take. */
    private int freeWorkers() {
        int free = maxThreads - occupied;
        for (int i = 0; i < floors.size(); i++) {
            Lane lane = floors.get(i);
            free -= Math.max(0, lane.kept - lane.occupied);
        }
        return free;
    }

    /** Floors that were raised get the workers that are free now. */
    private void keepForFloors() {
        for (int i = 0; i < floors.size(); i++) {
            Lane lane = floors.get(i);
            while (lane.kept < lane.floor && (lane.kept < lane.occupied || freeWorkers() > 0)) {
                lane.kept++;
            }
        }
    }

    /** Returns false, and changes nothing, if the floors would take all workers. */
    boolean setMaxThreads(int newMax) {
        if (sumOfFloors >= newMax) {
            return false;
        }
        maxThreads = newMax;
        keepForFloors();
        setMayBeKept();
        return true;
    }

    /** The places below the bound that are kept for floors. */
    int keptPlaces() {
        int kept = 0;
        for (int i = 0; i < floors.size(); i++) {
            Lane lane = floors.get(i);
            kept += Math.max(0, lane.floor - lane.permits);
        }
        return kept;
    }

    /**
     * Moves the slice's ready requests to the list that they belong to. Returns false, and changes nothing, if the
     * floors would take all workers.
     */
    boolean setFloor(Lane lane, int floor) {
        if (floor >= maxThreads - (sumOfFloors - lane.floor)) {
            return false;
        }
        if (floor == 0 && lane.floor > 0) {
            floors.remove(lane);
            common.appendAll(lane.ready);
        } else if (floor > 0 && lane.floor == 0) {
            floors.add(lane);
            for (Request each = common.first, next; each != null; each = next) {
                next = each.next;
                if (each.lane == lane) {
                    common.unlink(each);
                    lane.ready.append(each);
                }
            }
        }
        sumOfFloors += floor - lane.floor;
        lane.floor = floor;
        lane.kept = Math.min(lane.kept, floor);
        keepForFloors();
        setMayBeKept();
        return true;
    }
}
