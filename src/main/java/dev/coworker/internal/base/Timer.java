package dev.coworker.internal.base;

import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks after a delay: overdue and repeated thread starts, deadlines of requests, the end of a burst of warnings.
 *
 * <p>There is one for the JVM, {@link #jvm()}, with a daemon thread of its own that is started on demand and ends after
 * two seconds without tasks. The JDK's own delayer is not used: dependents of somebody's {@code orTimeout} run on its
 * thread and may block it, and on JDK 21 that thread refers to the class loader that needed it first.
 */
public abstract class Timer {
    /** The deadline that never passes; what huge waits come to. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final OfJvm JVM = new OfJvm();

    /** A task that can be scheduled again and again, at one time each. */
    public static class Task {
        private final Runnable action;
        private final boolean mayBlock;

        // guarded by the timer's lock
        private boolean scheduled;
        long dueNanos;
        long sequence;

        @Nullable
        Task child; // the links of TimerHeap

        @Nullable
        Task next;

        @Nullable
        Task previous;

        /** Creates a task that neither blocks nor runs foreign code. */
        public Task(Runnable action) {
            this(action, false);
        }

        /**
         * Creates a task.
         *
         * @param action what to run
         * @param mayBlock true if it runs foreign code: it gets a thread of its own then
         */
        public Task(Runnable action, boolean mayBlock) {
            this.action = action;
            this.mayBlock = mayBlock;
        }

        /** For a timer to call: runs the action, on a thread of its own if it may block. */
        final void run() {
            if (mayBlock) {
                try {
                    Threads.newDaemon("coworker-timer-task", this::runHere).start();
                    return;
                } catch (OutOfMemoryError e) {
                    // out of threads
                }
            }
            runHere();
        }

        /** One that fails for want of memory runs again: none of them may be lost. */
        private void runHere() {
            try {
                action.run();
            } catch (OutOfMemoryError e) {
                JVM.schedule(this, AGAIN_NANOS);
            } catch (Throwable e) {
                Log.quietly(() -> Log.LOGGER.log(Level.ERROR, "a task of the timer failed", e));
            }
        }
    }

    /** Returns the timer of the JVM. */
    public static Timer jvm() {
        return JVM;
    }

    /**
     * Has the task run after the delay. If it is scheduled already, the earlier of the two times counts. Never waits,
     * and never throws for want of memory.
     *
     * @return false if the timer's thread cannot be started: the task runs when a later call succeeds in starting it
     */
    public abstract boolean schedule(Task task, long delayNanos);

    /** Takes the task back, if it is scheduled. One that has begun goes on. */
    public abstract void cancel(Task task);

    /** Returns true on the thread of {@link #jvm()}, which must not be blocked. */
    public static boolean isTimerThread() {
        return Thread.currentThread() == JVM.thread;
    }

    /** Returns a deadline in {@link System#nanoTime} terms, or {@link #NO_DEADLINE}; a negative wait counts as zero. */
    public static long deadlineAfter(long nanos) {
        return nanos > NO_DEADLINE / 2
                ? NO_DEADLINE
                // deadlines are compared by difference, since nanoTime may overflow: a past one is not after now
                : Math.min(System.nanoTime() + Math.max(nanos, 0), NO_DEADLINE - 1);
    }

    /** Returns true if the deadline has passed. Reads the clock only if there is a deadline. */
    public static boolean hasPassed(long deadlineNanos) {
        return deadlineNanos != NO_DEADLINE && deadlineNanos - System.nanoTime() <= 0;
    }

    /** Returns the later of two deadlines. */
    public static long later(long one, long other) {
        boolean none = one == NO_DEADLINE || other == NO_DEADLINE;
        return none ? NO_DEADLINE : one - other >= 0 ? one : other;
    }

    private static final class OfJvm extends Timer implements Runnable {
        private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(2);

        private final Mutex lock = new Mutex();

        // guarded by lock
        private final TimerHeap tasks = new TimerHeap();
        private long lastSequence;
        private long wakeUpNanos; // when the thread looks by itself
        private volatile @Nullable Thread thread; // also read without

        @Override
        public boolean schedule(Task task, long delayNanos) {
            Thread woken = null;
            Thread started = null;
            try (Mutex ignored = lock.hold()) {
                long due = System.nanoTime() + Math.min(delayNanos, NO_DEADLINE / 2);
                if (!task.scheduled || due - task.dueNanos < 0) {
                    remove(task);
                    task.scheduled = true;
                    task.dueNanos = due;
                    task.sequence = ++lastSequence;
                    tasks.add(task);
                }
                if (thread == null) {
                    started = create();
                    thread = started;
                    if (started == null) {
                        return false;
                    }
                } else if (due - wakeUpNanos < 0) {
                    woken = thread;
                    wakeUpNanos = due;
                }
            }
            LockSupport.unpark(woken);
            return started == null || start(started);
        }

        private @Nullable Thread create() {
            try {
                return Threads.newDaemon("coworker-timer", this);
            } catch (OutOfMemoryError e) {
                return null;
            }
        }

        private boolean start(Thread started) {
            try {
                started.start();
                return true;
            } catch (OutOfMemoryError e) {
                try (Mutex ignored = lock.hold()) {
                    thread = null;
                }
                return false;
            }
        }

        @Override
        public void cancel(Task task) {
            try (Mutex ignored = lock.hold()) {
                remove(task);
            }
        }

        /** Caller holds lock. */
        private void remove(Task task) {
            if (task.scheduled) {
                tasks.remove(task);
                task.scheduled = false;
            }
        }

        @Override
        public void run() {
            boolean idle = false; // nothing was scheduled when the thread looked last
            for (; ; ) {
                Task due = null;
                long wait = 0;
                try (Mutex ignored = lock.hold()) {
                    long now = System.nanoTime();
                    if (tasks.first() == null && idle && wakeUpNanos - now <= 0) {
                        thread = null;
                        return;
                    }
                    Task first = tasks.first();
                    if (first == null) {
                        wakeUpNanos = idle ? wakeUpNanos : now + KEEP_ALIVE_NANOS;
                        idle = true;
                    } else if (first.dueNanos - now > 0) {
                        wakeUpNanos = first.dueNanos;
                        idle = false;
                    } else {
                        remove(first);
                        due = first;
                    }
                    wait = wakeUpNanos - now;
                }
                if (due != null) {
                    run(due);
                } else {
                    LockSupport.parkNanos(this, wait);
                }
                Thread.interrupted(); // an interrupt would turn each wait into a spin
            }
        }

        private static void run(Task due) {
            try {
                due.run();
            } catch (Throwable e) {
                // not even a report of what it threw was possible, and other tasks must not miss their time
            }
        }
    }
}
