package dev.coworker;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The bound: a fixed number of places, one for each request in the queue, and the callers that wait for one, first come
 * first served; among them, the turns of slices, whose place is told to whoever brings them.
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

    /** Stands in line once, for one place. */
    abstract static class Waiter {
        volatile @Nullable Entry verdict; // written under lock, read by who is told

        // guarded by lock
        private boolean inLine;
        private @Nullable Waiter previous;
        private @Nullable Waiter next;

        /** The verdict was given; without the lock. */
        abstract void told();
    }

    private static final class Caller extends Waiter {
        private final Thread thread = Thread.currentThread();

        @Override
        void told() {
            LockSupport.unpark(thread);
        }
    }

    private final int places;
    private final Mutex lock = new Mutex();

    // guarded by lock
    private int free;
    private @Nullable Waiter head;
    private @Nullable Waiter tail;
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

    /**
     * For what was accepted before, also after close: takes a place if there is one and nobody waits for it, else has the waiter,
     * if any, stand in line. ADMITTED or FULL.
     */
    Entry enterAccepted(@Nullable Waiter waiter) {
        if (!isBounded()) {
            return Entry.ADMITTED;
        }
        lock.lock();
        try {
            if (head == null && free > 0) {
                free--;
                return Entry.ADMITTED;
            }
            if (waiter != null) {
                link(waiter);
            }
            return Entry.FULL;
        } finally {
            lock.unlock();
        }
    }

    /** False when the verdict was given first, or it is not in line yet. */
    boolean leaveLine(Waiter waiter) {
        lock.lock();
        try {
            if (!waiter.inLine) {
                return false;
            }
            unlink(waiter);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Gives a place back: to the oldest that waits, if any. */
    void leave() {
        if (!isBounded()) {
            return;
        }
        Waiter oldest;
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
            oldest.told();
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
        Waiter first;
        lock.lock();
        try {
            first = head;
            for (Waiter each = first; each != null; each = each.next) {
                each.inLine = false;
                each.verdict = Entry.CANCELED;
            }
            head = null;
            tail = null;
            waiting = 0;
        } finally {
            lock.unlock();
        }
        for (Waiter each = first; each != null; each = each.next) {
            each.told();
        }
    }

    private void link(Waiter waiter) {
        waiter.previous = tail;
        if (tail == null) {
            head = waiter;
        } else {
            tail.next = waiter;
        }
        tail = waiter;
        waiter.inLine = true;
        waiting++;
    }

    private void unlink(Waiter waiter) {
        if (waiter.previous == null) {
            head = waiter.next;
        } else {
            waiter.previous.next = waiter.next;
        }
        if (waiter.next == null) {
            tail = waiter.previous;
        } else {
            waiter.next.previous = waiter.previous;
        }
        waiter.inLine = false;
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
