package dev.coworker;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A slice's turns at the workers, a fixed number; its requests that wait for one, first come first served; and the books of all
 * that it accepted. Knows nothing of the pool: whoever is given a turn here brings it there ({@link SliceDispatcher}).
 *
 * <pre>
 *   turn      to        by                                                                guard
 *   (made)    given     the submitter, where fewer than all are given                     lock
 *   (made)    waiting   the submitter, where all are                                      lock
 *   waiting   given     whoever ends another turn: to the oldest that waits               lock
 *   waiting   (none)    whoever withdraws its request                                     lock
 *   given     (none)    the worker, when its request has ended, or was withdrawn before   lock
 *   given     (none)    who takes it out of the pool's line or queue: withdrawn           lock
 * </pre>
 *
 * <p>A turn that ends while requests wait goes to the oldest within the section that ends it: {@code somebody waits and a turn is
 * free} never holds outside the lock.
 *
 * <p>A request is QUEUED until a worker begins it, and it is begun or withdrawn under this lock, wherever its turn is.
 */
final class Turns {
    /** What became of a request that came in. */
    enum Entry {
        GIVEN,
        WAITING,
        CLOSED,
        NONE_FREE
    }

    private final int max;
    private final Mutex lock = new Mutex();

    // guarded by lock
    private final Turn.List waiting = new Turn.List();
    private final Turn.List given = new Turn.List();
    private int pending; // given, and its request is still QUEUED
    private int active;
    private long submitted;
    private long completed;
    private long failed;
    private long canceled;
    private long timedOut;
    private long callbacks; // accepted requests that have one
    private boolean closed;

    Turns(int max) {
        this.max = max;
    }

    int max() {
        return max;
    }

    /** Accepts a request unless the slice is closed; where it may not wait and all turns are given, books it as timed out. */
    Entry enter(Turn turn, boolean mayWait) {
        Request request = turn.request;
        lock.lock();
        try {
            if (closed) {
                return Entry.CLOSED;
            }
            submitted++;
            boolean free = given.size() < max;
            if (!free && !mayWait) {
                canceled++;
                timedOut++;
                return Entry.NONE_FREE;
            }
            request.next = turn;
            if (request instanceof AioCall) {
                callbacks++;
            }
            if (free) {
                give(turn);
                return Entry.GIVEN;
            }
            waiting.append(turn);
            return Entry.WAITING;
        } finally {
            lock.unlock();
        }
    }

    /** Caller holds lock. */
    private void give(Turn turn) {
        turn.wasGiven = true;
        given.append(turn);
        pending++;
    }

    /** Caller holds lock: a turn is free. Whoever gets it is to be brought to the pool. */
    private @Nullable Turn giveToOldest() {
        Turn oldest = waiting.oldest();
        if (oldest != null) {
            waiting.unlink(oldest);
            give(oldest);
        }
        return oldest;
    }

    /**
     * Ends a given turn whose request was withdrawn, and that is in no line or queue of the pool. Returns the turn that follows, to
     * be brought to the pool.
     */
    @Nullable
    Turn end(Turn turn) {
        lock.lock();
        try {
            given.unlink(turn);
            return giveToOldest();
        } finally {
            lock.unlock();
        }
    }

    /** The worker that took the turn begins its request: the work, or null when that was withdrawn. */
    @Nullable
    Object begin(Turn turn, Worker worker) {
        lock.lock();
        try {
            if (turn.request.internalState() != Request.QUEUED) {
                return null;
            }
            pending--;
            active++;
            turn.request.next = null;
            return turn.request.begin(worker);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Books the outcome of a turn's request and ends the turn, before anybody can see the outcome. Returns the turn that follows,
     * to be brought when everybody has been told of the outcome.
     */
    @Nullable
    Turn finished(Turn turn, boolean threw) {
        lock.lock();
        try {
            active--;
            if (threw) {
                failed++;
            } else {
                completed++;
            }
            given.unlink(turn);
            return giveToOldest();
        } finally {
            lock.unlock();
        }
    }

    /** Withdraws a request that no worker has begun: true for the one caller that did. */
    boolean remove(Request request, boolean late) {
        lock.lock();
        try {
            // one that can be seen before it was accepted has no turn yet
            if (request.internalState() != Request.QUEUED || !(request.next instanceof Turn turn)) {
                return false;
            }
            if (late) {
                turn.late = true;
                timedOut++;
            }
            cancel(turn);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Caller holds lock; the request is QUEUED. */
    private void cancel(Turn turn) {
        turn.request.cancelInQueue();
        canceled++;
        if (turn.list == waiting) {
            waiting.unlink(turn);
        } else {
            pending--;
        }
    }

    /** From here on nothing is accepted. */
    void close() {
        lock.lock();
        closed = true;
        lock.unlock();
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Closed, no request waits or has a turn, and as many callbacks as that were due. */
    boolean isDrained(long delivered) {
        lock.lock();
        try {
            return closed && waiting.size() == 0 && given.size() == 0 && delivered == callbacks;
        } finally {
            lock.unlock();
        }
    }

    /** From here on nothing is accepted; returns what no worker had begun, canceled, oldest first. */
    List<Request> closeAndCancel() {
        List<Request> all = new ArrayList<>();
        lock.lock();
        try {
            closed = true;
            for (Turn turn = given.oldest(); turn != null; turn = Turn.List.after(turn)) {
                if (turn.request.internalState() == Request.QUEUED) {
                    all.add(turn.request);
                    cancel(turn);
                }
            }
            for (Turn turn; (turn = waiting.oldest()) != null; ) {
                all.add(turn.request);
                cancel(turn);
            }
        } finally {
            lock.unlock();
        }
        return all;
    }

    /** The requests that have a turn. */
    List<Request> given() {
        List<Request> all = new ArrayList<>();
        lock.lock();
        try {
            for (Turn turn = given.oldest(); turn != null; turn = Turn.List.after(turn)) {
                all.add(turn.request);
            }
        } finally {
            lock.unlock();
        }
        return all;
    }

    ThreadPoolStats stats(long rejected) {
        lock.lock();
        try {
            int queued = waiting.size() + pending;
            return new ThreadPoolStats(
                    given.size(),
                    0,
                    0,
                    pending,
                    0,
                    max,
                    queued,
                    active,
                    0,
                    submitted,
                    completed,
                    failed,
                    canceled,
                    timedOut,
                    rejected,
                    0);
        } finally {
            lock.unlock();
        }
    }
}
