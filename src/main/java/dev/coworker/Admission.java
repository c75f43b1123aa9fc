package dev.coworker;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The bound: a fixed number of places, one for each request in the queue, and the callers that wait for one, first come
 * first served.
 *
 * <p>A place is taken before the request is offered and given back when it leaves the queue, started or withdrawn. A place
 * that comes free while callers wait goes to the oldest and is never seen free; a caller who leaves although one was on
 * its way passes it on. So {@code callers waiting and a place free} never holds outside the lock.
 */
final class Admission {
    static final int UNBOUNDED = Integer.MAX_VALUE;

    /** How an attempt to enter ended. */
    enum Entry {
        ADMITTED,
        FULL,
        CLOSED,
        CANCELED,
        TIMED_OUT
    }

    private static final class Caller {
        final Thread thread = Thread.currentThread();
        volatile @Nullable Entry verdict; // written under lock, read by the caller

        @Nullable
        Caller previous;

        @Nullable
        Caller next;
    }

    private final int places;
    private final Mutex lock = new Mutex();

    // guarded by lock
    private int free;
    private @Nullable Caller head;
    private @Nullable Caller tail;
    private int waiting;
    private boolean closed;

    Admission(int places) {
        this.places = places;
        this.free = places;
    }

    boolean isBounded() {
        return places != UNBOUNDED;
    }

    int places() {
        return places;
    }

    /** Takes a place if there is one and nobody waits for it: ADMITTED, FULL or CLOSED. */
    Entry tryEnter() {
        if (!isBounded()) {
            return Entry.ADMITTED;
        }
        lock.lock();
        try {
            return enterNow();
        } finally {
            lock.unlock();
        }
    }

    private Entry enterNow() {
        if (closed) {
            return Entry.CLOSED;
        }
        if (head != null || free == 0) {
            return Entry.FULL;
        }
        free--;
        return Entry.ADMITTED;
    }

    /**
     * Takes a place, waiting for one until the deadline: any verdict but FULL.
     *
     * @throws InterruptedException when interrupted while waiting; no place is held then
     */
    Entry enter(long deadlineNanos) throws InterruptedException {
        if (!isBounded()) {
            return Entry.ADMITTED;
        }
        Caller caller;
        lock.lock();
        try {
            Entry now = enterNow();
            if (now != Entry.FULL) {
                return now;
            }
            caller = new Caller();
            link(caller);
        } finally {
            lock.unlock();
        }
        for (Entry verdict; ; ) {
            if ((verdict = caller.verdict) != null) {
                return verdict;
            }
            if (Thread.interrupted()) {
                if (!leaveLine(caller) && caller.verdict == Entry.ADMITTED) {
                    leave();
                }
                throw new InterruptedException();
            }
            long left = deadlineNanos == Long.MAX_VALUE ? Long.MAX_VALUE : deadlineNanos - System.nanoTime();
            if (left > 0) {
                Waiters.park(this, left);
            } else if (leaveLine(caller)) {
                return Entry.TIMED_OUT;
            }
        }
    }

    /** False when the verdict was given first. */
    private boolean leaveLine(Caller caller) {
        lock.lock();
        try {
            if (caller.verdict != null) {
                return false;
            }
            unlink(caller);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives a place back: to the oldest caller that waits, if any. */
    void leave() {
        if (!isBounded()) {
            return;
        }
        Caller oldest;
        lock.lock();
        try {
            oldest = head;
            if (oldest == null) {
                free++;
                assert free <= places : free;
            } else {
                unlink(oldest);
                oldest.verdict = Entry.ADMITTED;
            }
        } finally {
            lock.unlock();
        }
        if (oldest != null) {
            LockSupport.unpark(oldest.thread);
        }
    }

    /** Nobody may join the line from here on; who stands in it is served in turn. */
    void close() {
        lock.lock();
        closed = true;
        lock.unlock();
    }

    /** Sends everybody who waits away with CANCELED. */
    void cancelWaiting() {
        Caller first;
        lock.lock();
        try {
            first = head;
            for (Caller each = first; each != null; each = each.next) {
                each.verdict = Entry.CANCELED;
            }
            head = null;
            tail = null;
            waiting = 0;
        } finally {
            lock.unlock();
        }
        for (Caller each = first; each != null; each = each.next) {
            LockSupport.unpark(each.thread);
        }
    }

    private void link(Caller caller) {
        caller.previous = tail;
        if (tail == null) {
            head = caller;
        } else {
            tail.next = caller;
        }
        tail = caller;
        waiting++;
    }

    private void unlink(Caller caller) {
        if (caller.previous == null) {
            head = caller.next;
        } else {
            caller.previous.next = caller.next;
        }
        if (caller.next == null) {
            tail = caller.previous;
        } else {
            caller.next.previous = caller.previous;
        }
        waiting--;
    }

    int waiting() {
        lock.lock();
        try {
            return waiting;
        } finally {
            lock.unlock();
        }
    }

    /** Nobody waits and every place is free: no request is queued or on its way to the queue. */
    boolean isIdle() {
        lock.lock();
        try {
            return head == null && free == places;
        } finally {
            lock.unlock();
        }
    }
}
