package dev.coworker.internal.loop;

import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.base.Threads;
import dev.coworker.internal.loop.EventLoop.ScheduledHandler;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
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
 * <p>The thread that schedules ends sleep or idleness in the section that links the task, so each costs one wake-up.
 * A loop thread that runs needs none: it looks again in the section in which it goes to sleep. No foreign code and no
 * unpark runs under the lock.
 *
 * <p>On a foreign executor, "idle" means that no drain waits in the executor. It becomes idle when a drain begins: a
 * nested event loop in a handler keeps that drain from going on, and can run another.
 */
final class TaskList {
    private final EventLoop loop; // for messages, and for thread dumps: what the thread is parked for
    private final BooleanSupplier urgent; // a notifier is set; reads only
    private final Mutex lock = new Mutex();

    // guarded by lock; the sleeper also reads its own field without
    private final ScheduledHandler tasks; // its next is the oldest, its previous the newest; alone it is an empty list
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
        this.tasks = new ScheduledHandler(loop, () -> {}, null);
    }

    /**
     * Links a task, if there is one that is neither linked nor deleted, and has the loop thread look.
     *
     * @return whether the caller must start the loop thread
     */
    boolean wakeup(@Nullable ScheduledHandler added) {
        Thread asleep;
        boolean start;
        try (Mutex ignored = lock.hold()) {
            if (added != null && !link(added)) {
                return false;
            }
            asleep = sleeper;
            sleeper = null;
            start = asleep == null && polling == 0 && idle && !(closed && isEmpty());
            idle &= !start;
        }
        LockSupport.unpark(asleep);
        return start;
    }

    /** Caller holds lock. Returns whether it is linked now, and was not before. */
    private boolean link(ScheduledHandler entry) {
        if (entry.deleted || entry.scheduled) {
            return false;
        }
        if (closed) {
            throw new RejectedExecutionException(loop + " is closed");
        }
        entry.scheduled = true;
        entry.sequence = ++sequence;
        entry.previous = tasks.previous;
        entry.next = tasks;
        tasks.previous.next = entry;
        tasks.previous = entry;
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
    boolean remove(ScheduledHandler entry, boolean delete) {
        try (Mutex ignored = lock.hold()) {
            boolean scheduled = entry.scheduled;
            entry.deleted |= delete;
            unlink(entry);
            return scheduled;
        }
    }

    boolean contains(ScheduledHandler entry) {
        try (Mutex ignored = lock.hold()) {
            return entry.scheduled;
        }
    }

    /** The loop thread looks by itself from here on. Returns false if it does so too often at once. */
    boolean beginPoll(int most) {
        try (Mutex ignored = lock.hold()) {
            boolean begins = polling < most;
            polling += begins ? 1 : 0;
            return begins;
        }
    }

    /** A drain has left the executor's queue, and begins. Returns whether it finds more than one task. */
    boolean beginDrain() {
        try (Mutex ignored = lock.hold()) {
            polling++;
            idle = true;
            return tasks.next != tasks.previous;
        }
    }

    int polling() {
        try (Mutex ignored = lock.hold()) {
            return polling;
        }
    }

    /** Returns whether the caller must start the loop thread for what is left. */
    boolean endPoll() {
        try (Mutex ignored = lock.hold()) {
            polling--;
            return mustStart(false);
        }
    }

    /** A drain leaves all to the one that runs. Returns whether that has ended, and the caller must start another. */
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
    ScheduledHandler takeFirst(long last) {
        try (Mutex ignored = lock.hold()) {
            ScheduledHandler first = tasks.next;
            if (first == tasks || first.sequence > last) {
                return null;
            }
            unlink(first);
            return first;
        }
    }

    /** The loop thread could not be started, on which all relied: the next thread to schedule tries again. */
    void startFailed() {
        try (Mutex ignored = lock.hold()) {
            idle = true;
            refused = sequence;
        }
    }

    /** Takes the oldest task that relied on a start that failed, unless the loop thread looks by itself. */
    @Nullable
    ScheduledHandler takeDropped() {
        try (Mutex ignored = lock.hold()) {
            return polling > 0 ? null : takeFirst(refused);
        }
    }

    /** Caller holds lock. Does nothing to one that is not linked. */
    private static void unlink(ScheduledHandler entry) {
        entry.previous.next = entry.next;
        entry.next.previous = entry.previous;
        entry.previous = entry;
        entry.next = entry;
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

    /** The loop thread may end: true if nothing is left; an open loop may also keep its thread. */
    boolean becomeIdle(boolean onlyIfClosed) {
        try (Mutex ignored = lock.hold()) {
            boolean idles = !hasWork() && (closed || !onlyIfClosed);
            idle |= idles;
            return idles;
        }
    }

    private boolean isEmpty() {
        return tasks.next == tasks;
    }

    private boolean hasWork() {
        return !isEmpty() || urgent.getAsBoolean();
    }

    boolean isWaitedFor() {
        try (Mutex ignored = lock.hold()) {
            return hasWork();
        }
    }

    void close() {
        try (Mutex ignored = lock.hold()) {
            closed = true;
        }
    }

    long passes() {
        try (Mutex ignored = lock.hold()) {
            return passes;
        }
    }
}
