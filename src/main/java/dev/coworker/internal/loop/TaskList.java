package dev.coworker.internal.loop;

import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.base.Threads;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an event loop is to run, first scheduled first run, and whether its thread will look at it without being told.
 *
 * <pre>
 *   running   sleeping  nothing is left, and poll waits              lock
 *   sleeping  running   a task was scheduled, or a notifier set      lock, then unpark(sleeper)
 *   sleeping  running   interrupted, or the deadline passed          lock
 *   running   idle      nothing is left, and the thread moves on     lock
 *   idle      running   a task was scheduled, or a notifier set      lock, then LoopThread.start
 *   running   idle      the loop thread could not be started         lock
 * </pre>
 *
 * <p>The thread that schedules ends sleep or idleness in the section that links the task. So each costs one wake-up
 * however many threads schedule. A loop thread that runs needs no wake-up: it looks again in the section in which it
 * goes to sleep. No foreign code and no unpark runs under the lock.
 *
 * <p>On a foreign executor, "idle" means that no drain waits in the executor. It becomes idle when a drain begins. A
 * handler that runs a nested event loop, such as a modal dialog's, keeps that drain from going on. So what is scheduled
 * meanwhile, or is left, brings another drain after a moment, which the nested loop can run.
 */
final class TaskList {
    /** A handler that can be scheduled: the inside of a bottom half. */
    static class Entry {
        final Runnable handler;
        final @Nullable Function<RejectedExecutionException, Runnable> onRejected; // or the scheduler receives it

        // guarded by the list's lock; links and sequence are meaningful while scheduled
        private @Nullable Entry previous;
        private @Nullable Entry next;
        private long sequence;
        private boolean scheduled;
        private boolean deleted;

        Entry(Runnable handler, @Nullable Function<RejectedExecutionException, Runnable> onRejected) {
            this.handler = handler;
            this.onRejected = onRejected;
        }

        /**
         * For the loop thread, without the lock: true only if the handler will run again, or another thread cancels it;
         * false may also be what another thread is about to change.
         */
        public final boolean isScheduledSeenFromLoop() {
            return scheduled;
        }
    }

    private final EventLoop loop; // for messages, and for thread dumps: what the thread is parked for
    private final BooleanSupplier urgent; // a notifier is set; reads only
    private final Mutex lock = new Mutex();

    // guarded by lock; the sleeper also reads its own field without
    private @Nullable Entry head;
    private @Nullable Entry tail;
    private long sequence; // of the task scheduled last
    private long passes;
    private long refused; // tasks up to this number relied on a start that failed
    private volatile @Nullable Thread sleeper;
    private boolean idle;
    private int polling; // calls in which the loop thread looks by itself, nested ones included
    private boolean closed;

    TaskList(EventLoop loop, BooleanSupplier urgent, boolean idle) {
        this.loop = loop;
        this.urgent = urgent;
        this.idle = idle;
    }

    /**
     * Links a task, unless it is linked or deleted already, and wakes a sleeper.
     *
     * @return whether the caller must start the loop thread
     */
    boolean add(Entry entry) {
        return wakeup(entry);
    }

    /** Has the loop thread look, as if a task had been added. Returns whether the caller must start the loop thread. */
    boolean wakeup() {
        return wakeup(null);
    }

    private boolean wakeup(@Nullable Entry added) {
        Thread asleep;
        boolean start;
        try (Mutex ignored = lock.hold()) {
            if (added != null && !link(added)) {
                return false;
            }
            asleep = sleeper;
            sleeper = null;
            start = asleep == null && polling == 0 && idle && !(closed && head == null);
            idle &= !start;
        }
        LockSupport.unpark(asleep);
        return start;
    }

    /** Caller holds lock. */
    private boolean link(Entry entry) {
        if (entry.deleted || entry.scheduled) {
            return false;
        }
        if (closed) {
            throw new RejectedExecutionException(loop + " is closed");
        }
        entry.scheduled = true;
        entry.sequence = ++sequence;
        entry.previous = tail;
        if (tail == null) {
            head = entry;
        } else {
            tail.next = entry;
        }
        tail = entry;
        return true;
    }

    /** Has a sleeper look at what it waits for, which was made true before. */
    void wakeSleeper() {
        Thread asleep;
        try (Mutex ignored = lock.hold()) {
            asleep = sleeper;
            sleeper = null;
        }
        LockSupport.unpark(asleep);
    }

    /** Returns whether it was scheduled. */
    boolean remove(Entry entry, boolean delete) {
        try (Mutex ignored = lock.hold()) {
            boolean scheduled = entry.scheduled;
            entry.deleted |= delete;
            unlink(entry);
            return scheduled;
        }
    }

    boolean contains(Entry entry) {
        try (Mutex ignored = lock.hold()) {
            return entry.scheduled;
        }
    }

    /** The loop thread looks by itself from here on. Returns false if it does so too often at once. */
    boolean beginPoll(int most) {
        try (Mutex ignored = lock.hold()) {
            boolean begins = polling < most;
            if (begins) {
                polling++;
            }
            return begins;
        }
    }

    /** A drain has left the executor's queue, and begins. Returns whether it finds more than one task. */
    boolean beginDrain() {
        try (Mutex ignored = lock.hold()) {
            polling++;
            idle = true;
            return head != tail;
        }
    }

    /** Returns how many calls are under way in which the loop thread looks. */
    int polling() {
        try (Mutex ignored = lock.hold()) {
            return polling;
        }
    }

    /** The loop thread stops looking: returns whether the caller must start it for what is left. */
    boolean endPoll() {
        try (Mutex ignored = lock.hold()) {
            polling--;
            return mustStart(false);
        }
    }

    /**
     * A drain leaves everything to the one that runs: returns whether the caller must start another, if that has ended.
     */
    boolean leaveToOtherDrain() {
        try (Mutex ignored = lock.hold()) {
            idle = true;
            return mustStart(false);
        }
    }

    /** Something waits while a handler runs: returns whether the caller must ask the executor for another drain. */
    boolean needsNestedDrain() {
        try (Mutex ignored = lock.hold()) {
            return mustStart(true);
        }
    }

    /** Caller holds lock. Ends the idleness if something is left. */
    private boolean mustStart(boolean whilePolling) {
        boolean start = polling > 0 == whilePolling && idle && hasWork();
        idle &= !start;
        return start;
    }

    /** Begins a pass: it runs what was scheduled up to now, which the returned number bounds. */
    long beginPass() {
        try (Mutex ignored = lock.hold()) {
            passes++;
            return sequence;
        }
    }

    /** Takes the oldest task if it was scheduled no later than {@code last}. */
    @Nullable
    Entry takeFirst(long last) {
        try (Mutex ignored = lock.hold()) {
            Entry first = head;
            if (first == null || first.sequence > last) {
                return null;
            }
            unlink(first);
            return first;
        }
    }

    /**
     * The loop thread could not be started: the next thread to schedule tries again; what is scheduled now relied on
     * it.
     */
    void startFailed() {
        try (Mutex ignored = lock.hold()) {
            idle = true;
            refused = sequence;
        }
    }

    /** Takes the oldest task that relied on a start that failed, unless the loop thread looks by itself. */
    @Nullable
    Entry takeDropped() {
        try (Mutex ignored = lock.hold()) {
            return polling > 0 ? null : takeFirst(refused);
        }
    }

    /** Caller holds lock. */
    private void unlink(Entry entry) {
        if (!entry.scheduled) {
            return;
        }
        Entry before = entry.previous;
        Entry after = entry.next;
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
        entry.previous = null;
        entry.next = null;
        entry.scheduled = false;
    }

    /**
     * Loop thread: waits until there is something to run, until {@code done}, or until it is told to look again.
     *
     * @return false if the deadline, an interrupt, {@code done} or close ended the wait
     */
    boolean sleep(long deadlineNanos, BooleanSupplier done) {
        Thread me = Thread.currentThread();
        try (Mutex ignored = lock.hold()) {
            if (hasWork()) {
                return true;
            }
            if (closed) {
                return false;
            }
            sleeper = me;
        }
        // in this order: `done` may wait for a lock, and that wait may consume the permit of the wake-up
        while (!done.getAsBoolean() && sleeper == me && !me.isInterrupted()) {
            if (!Threads.park(loop.owner, deadlineNanos)) {
                break;
            }
        }
        try (Mutex ignored = lock.hold()) {
            boolean woken = sleeper != me;
            sleeper = null;
            return woken;
        }
    }

    /**
     * The loop thread moves on: true if nothing is left, and then the next thread to schedule starts it.
     *
     * @param onlyIfClosed whether an open loop keeps its thread
     */
    boolean becomeIdle(boolean onlyIfClosed) {
        try (Mutex ignored = lock.hold()) {
            boolean idles = !hasWork() && (closed || !onlyIfClosed);
            idle |= idles;
            return idles;
        }
    }

    private boolean hasWork() {
        return head != null || urgent.getAsBoolean();
    }

    /** Returns whether something waits for the loop thread. */
    boolean isWaitedFor() {
        try (Mutex ignored = lock.hold()) {
            return hasWork();
        }
    }

    /** From here on nothing can be added. */
    void close() {
        try (Mutex ignored = lock.hold()) {
            closed = true;
        }
    }

    /** Returns how many passes have begun: two equal readings mean that there was no poll in between. */
    long passes() {
        try (Mutex ignored = lock.hold()) {
            return passes;
        }
    }
}
