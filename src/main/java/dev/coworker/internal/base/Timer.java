package dev.coworker.internal.base;

import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks after a delay. There is one for the JVM, {@link #jvm()}, with a daemon thread of its own that is started
 * on demand and ends after two seconds without tasks.
 *
 * <p>The JDK's own delayer is not used: dependents of somebody's {@code orTimeout} run on its thread and may block it,
 * and on JDK 21 that thread refers to the class loader that needed it first.
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

        // links of the heap: the first child; the next sibling; the previous one, or of a first child the parent
        private @Nullable Task child;
        private @Nullable Task next;
        private @Nullable Task previous;

        /** Creates a task that neither blocks nor runs foreign code. */
        public Task(Runnable action) {
            this(action, false);
        }

        /** Creates a task. If it may block, since it runs foreign code, it gets a thread of its own. */
        public Task(Runnable action, boolean mayBlock) {
            this.action = action;
            this.mayBlock = mayBlock;
        }

        /** For a timer to call. */
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

    public static long later(long one, long other) {
        boolean none = one == NO_DEADLINE || other == NO_DEADLINE;
        return none ? NO_DEADLINE : one - other >= 0 ? one : other;
    }

    private static final class OfJvm extends Timer implements Runnable {
        private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(2);

        private final Mutex lock = new Mutex();

        // guarded by lock
        private final Heap tasks = new Heap();
        private long lastSequence;
        private long wakeUpNanos; // when the thread looks by itself
        private volatile @Nullable Thread thread; // also read without

        @Override
        public boolean schedule(Task task, long delayNanos) {
            Thread started = null;
            try {
                started = add(task, delayNanos);
                if (started != null) {
                    started.start();
                }
                return true;
            } catch (OutOfMemoryError e) {
                if (started != null) {
                    try (Mutex ignored = lock.hold()) {
                        thread = null;
                    }
                }
                return false;
            }
        }

        /** Returns the timer's thread if the caller must start it. */
        private @Nullable Thread add(Task task, long delayNanos) {
            Thread woken;
            try (Mutex ignored = lock.hold()) {
                long due = System.nanoTime() + Math.min(delayNanos, NO_DEADLINE / 2);
                if (!task.scheduled || due - task.dueNanos < 0) {
                    remove(task);
                    task.scheduled = true;
                    task.dueNanos = due;
                    task.sequence = ++lastSequence;
                    tasks.add(task);
                }
                woken = thread;
                if (woken == null) {
                    Thread started = Threads.newDaemon("coworker-timer", this);
                    thread = started;
                    return started;
                }
                if (due - wakeUpNanos >= 0) {
                    return null;
                }
                wakeUpNanos = due;
            }
            LockSupport.unpark(woken);
            return null;
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
                long wait;
                try (Mutex ignored = lock.hold()) {
                    long now = System.nanoTime();
                    Task first = tasks.first();
                    if (first != null && first.dueNanos - now <= 0) {
                        remove(first);
                        due = first;
                    } else if (first != null) {
                        wakeUpNanos = first.dueNanos;
                    } else if (!idle) {
                        wakeUpNanos = now + KEEP_ALIVE_NANOS;
                    } else if (wakeUpNanos - now <= 0) {
                        thread = null;
                        return;
                    }
                    idle = first == null;
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

    /**
     * The tasks of a timer, the one that is due first on top: a pairing heap. The tasks are its nodes, so nothing is
     * allocated, and a retry can be scheduled when there is no memory.
     *
     * <p>Source: Fredman, Sedgewick, Sleator, Tarjan, "The pairing heap: a new form of self-adjusting heap", 1986.
     */
    static final class Heap {
        private @Nullable Task top;

        @Nullable
        Task first() {
            return top;
        }

        void add(Task task) {
            top = merge(task, top);
        }

        /** Removes a task that is in this heap. */
        void remove(Task task) {
            Task children = mergeAll(task.child);
            task.child = null;
            Task before = top;
            if (before == null || before == task) {
                top = children;
            } else {
                cut(task);
                top = merge(before, children);
            }
        }

        /** Puts the later of two tops under the earlier one, which it returns. */
        private static Task merge(Task one, @Nullable Task other) {
            if (other == null) {
                unlink(one);
                return one;
            }
            boolean inOrder = isBefore(one, other);
            Task parent = inOrder ? one : other;
            Task child = inOrder ? other : one;
            unlink(parent);
            child.next = parent.child;
            if (child.next != null) {
                child.next.previous = child;
            }
            child.previous = parent;
            parent.child = child;
            return parent;
        }

        /** Merges siblings two by two, then the pairs, the last one first. */
        private static @Nullable Task mergeAll(@Nullable Task firstSibling) {
            Task pairs = null; // linked by next
            for (Task one = firstSibling; one != null; ) {
                Task other = one.next;
                Task rest = other == null ? null : other.next;
                Task pair = merge(one, other);
                pair.next = pairs;
                pairs = pair;
                one = rest;
            }
            Task all = null;
            while (pairs != null) {
                Task rest = pairs.next;
                all = merge(pairs, all);
                pairs = rest;
            }
            return all;
        }

        /** Takes a task with all that is below it out of its parent's children. */
        private static void cut(Task task) {
            Task previous = task.previous;
            if (previous != null && previous.child == task) {
                previous.child = task.next;
            } else if (previous != null) {
                previous.next = task.next;
            }
            if (task.next != null) {
                task.next.previous = previous;
            }
            unlink(task);
        }

        private static void unlink(Task task) {
            task.next = null;
            task.previous = null;
        }

        /** Of two that are due at the same time, the one that was scheduled first. Times may overflow. */
        private static boolean isBefore(Task one, Task other) {
            long byTime = one.dueNanos - other.dueNanos;
            return byTime != 0 ? byTime < 0 : one.sequence < other.sequence;
        }
    }
}
