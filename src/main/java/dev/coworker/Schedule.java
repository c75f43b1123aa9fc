package dev.coworker;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a context is to run, first scheduled first, and whether its home thread will look at it without being told.
 *
 * <pre>
 *   running   sleeping  nothing is left, and poll waits             lock
 *   sleeping  running   something was scheduled or set              lock, then unpark(sleeper)
 *   sleeping  running   interrupted, or out of time                 lock
 *   running   dormant   nothing is left, and the thread moves on    lock
 *   dormant   running   something was scheduled or set              lock, then Home.activate
 *   running   dormant   the home could not be activated             lock
 * </pre>
 *
 * <p>Whoever schedules ends sleep and dormancy in the very section that links the bottom half: so each of them costs one
 * wake-up however many schedule, and a home thread that runs needs none, because it looks again, in the section in which
 * it goes to sleep. Nothing foreign, and no unpark, happens under the lock.
 */
final class Schedule {
    private final AioContext context; // for messages, and for thread dumps: what the home thread is parked for
    private final BooleanSupplier urgent; // a notifier is set; reads only
    private final Mutex lock = new Mutex();

    // guarded by lock; the sleeper also reads its own field without
    private @Nullable BottomHalf head;
    private @Nullable BottomHalf tail;
    private long sequence; // of the bottom half scheduled last
    private long passes;
    private long refused; // what was scheduled up to this number counted on an activation that failed
    private volatile @Nullable Thread sleeper;
    private boolean dormant;
    private int polling; // calls by which the home thread looks by itself, nested ones included
    private boolean closed;

    Schedule(AioContext context, BooleanSupplier urgent, boolean dormant) {
        this.context = context;
        this.urgent = urgent;
        this.dormant = dormant;
    }

    /**
     * Links a bottom half, unless it is linked or deleted already, and wakes a sleeper.
     *
     * @return whether the caller is to activate the home
     */
    boolean add(BottomHalf bottomHalf) {
        Thread asleep;
        boolean activate;
        lock.lock();
        try {
            if (bottomHalf.deleted || bottomHalf.scheduled) {
                return false;
            }
            if (closed) {
                throw new RejectedExecutionException(context + " is closed");
            }
            bottomHalf.scheduled = true;
            bottomHalf.sequence = ++sequence;
            bottomHalf.previous = tail;
            if (tail == null) {
                head = bottomHalf;
            } else {
                tail.next = bottomHalf;
            }
            tail = bottomHalf;
            asleep = sleeper;
            activate = endRest();
        } finally {
            lock.unlock();
        }
        LockSupport.unpark(asleep);
        return activate;
    }

    /** Has the home thread look, as if something had been added; whether the caller is to activate the home. */
    boolean rouse() {
        lock.lock();
        Thread asleep = sleeper;
        boolean activate = endRest();
        lock.unlock();
        LockSupport.unpark(asleep);
        return activate;
    }

    /** Has a sleeper look at what it waits for, which was made true before. */
    void nudge() {
        lock.lock();
        Thread asleep = sleeper;
        sleeper = null;
        lock.unlock();
        LockSupport.unpark(asleep);
    }

    /** Caller holds lock. */
    private boolean endRest() {
        boolean activate = sleeper == null && polling == 0 && dormant && !(closed && head == null);
        sleeper = null;
        dormant &= !activate;
        return activate;
    }

    /** Whether it was scheduled. */
    boolean remove(BottomHalf bottomHalf, boolean delete) {
        lock.lock();
        try {
            boolean scheduled = bottomHalf.scheduled;
            bottomHalf.deleted |= delete;
            unlink(bottomHalf);
            return scheduled;
        } finally {
            lock.unlock();
        }
    }

    boolean contains(BottomHalf bottomHalf) {
        lock.lock();
        try {
            return bottomHalf.scheduled;
        } finally {
            lock.unlock();
        }
    }

    /** The home thread looks by itself from here on, so that nobody need be activated. False: it does so too often at once. */
    boolean beginPoll(int most) {
        lock.lock();
        boolean begins = polling < most;
        if (begins) {
            polling++;
        }
        lock.unlock();
        return begins;
    }

    /** How many calls are under way by which the home thread looks. */
    int polling() {
        lock.lock();
        try {
            return polling;
        } finally {
            lock.unlock();
        }
    }

    /** The home thread stops looking: whether the caller is to activate the home for what is left. */
    boolean endPoll() {
        lock.lock();
        try {
            polling--;
            boolean activate = polling == 0 && dormant && !isIdle();
            dormant &= !activate;
            return activate;
        } finally {
            lock.unlock();
        }
    }

    /** Begins a pass: it runs what was scheduled up to now, which the returned number bounds. */
    long beginPass() {
        lock.lock();
        try {
            passes++;
            return sequence;
        } finally {
            lock.unlock();
        }
    }

    /** Takes the oldest bottom half if it was scheduled no later than {@code last}. */
    @Nullable
    BottomHalf takeFirst(long last) {
        lock.lock();
        try {
            BottomHalf first = head;
            if (first == null || first.sequence > last) {
                return null;
            }
            unlink(first);
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** The home could not be activated: whoever schedules from here on tries again; what is scheduled now counted on it. */
    void activationFailed() {
        lock.lock();
        dormant = true;
        refused = sequence;
        lock.unlock();
    }

    /** Takes the oldest bottom half that counted on an activation that failed; leaves all to a home thread that looks by itself. */
    @Nullable
    BottomHalf takeDropped() {
        lock.lock();
        try {
            BottomHalf first = head;
            if (polling > 0 || first == null || first.sequence > refused) {
                return null;
            }
            unlink(first);
            return first;
        } finally {
            lock.unlock();
        }
    }

    /** Caller holds lock. */
    private void unlink(BottomHalf bottomHalf) {
        if (!bottomHalf.scheduled) {
            return;
        }
        BottomHalf before = bottomHalf.previous;
        BottomHalf after = bottomHalf.next;
        if (before == null) {
            head = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            tail = before;
        } else {
            after.previous = before;
        }
        bottomHalf.previous = null;
        bottomHalf.next = null;
        bottomHalf.scheduled = false;
    }

    /** Home thread: waits until there is something to run (true); the deadline, an interrupt, or close ends it (false). */
    boolean sleep(long deadlineNanos) {
        return sleep(deadlineNanos, () -> false);
    }

    /** As {@link #sleep(long)}, but also ends, with true, when it was nudged, and with false when {@code done} is true. */
    boolean sleep(long deadlineNanos, BooleanSupplier done) {
        Thread me = Thread.currentThread();
        lock.lock();
        try {
            if (!isIdle()) {
                return true;
            }
            if (closed) {
                return false;
            }
            sleeper = me;
        } finally {
            lock.unlock();
        }
        // in this order: `done` may wait for a lock, and that wait may consume the permit of the wake-up
        while (!done.getAsBoolean() && sleeper == me && !me.isInterrupted()) {
            if (deadlineNanos == Long.MAX_VALUE) {
                LockSupport.park(context);
                continue;
            }
            long left = deadlineNanos - System.nanoTime();
            if (left <= 0) {
                break;
            }
            LockSupport.parkNanos(context, left);
        }
        lock.lock();
        try {
            boolean woken = sleeper != me;
            sleeper = null;
            return woken;
        } finally {
            lock.unlock();
        }
    }

    /** The home thread moves on: true when nothing is left, and then the next to schedule activates the home. */
    boolean becomeDormant() {
        lock.lock();
        try {
            return isIdle() && (dormant = true);
        } finally {
            lock.unlock();
        }
    }

    /** As {@link #becomeDormant}, but only once this is closed. */
    boolean becomeDormantIfClosed() {
        lock.lock();
        try {
            return closed && isIdle() && (dormant = true);
        } finally {
            lock.unlock();
        }
    }

    private boolean isIdle() {
        return head == null && !urgent.getAsBoolean();
    }

    /** From here on nothing can be added. */
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

    boolean isPolled() {
        return polling() > 0;
    }

    /** How many passes were begun: two equal readings mean that nobody polled in between. */
    long passes() {
        lock.lock();
        try {
            return passes;
        } finally {
            lock.unlock();
        }
    }
}
