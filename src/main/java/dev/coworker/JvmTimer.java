package dev.coworker;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The one timer of the JVM, which the JDK keeps for {@link CompletableFuture}: it starts threads that could not be started
 * by whom they should have been. Silent while nothing is pending, and not bound to this library's class loader.
 *
 * <p>Its own thread must exist before threads run out, and must not inherit from whoever happens to need it first; so
 * {@link #ready} makes it, from a thread that has nothing to bequeath.
 *
 * <p>The JDK's timer needs memory for each task. Where there is none, a task that must not be lost is <em>owed</em>: a thread
 * that was made in advance and never started until then, which takes none of the heap, runs what is owed every 10 ms, until
 * nothing is owed any more and another thread stands in reserve.
 */
final class JvmTimer {
    /** A task that must not be lost, made ahead, so that owing it needs no memory. It takes being run early, or once too often. */
    static final class Alarm {
        private final Runnable task;

        // guarded by LOCK
        private boolean owed;
        private @Nullable Alarm next;

        Alarm(Runnable task) {
            this.task = task;
        }
    }

    private static final long OWED_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final Executor HERE = Runnable::run;
    private static final Mutex LOCK = new Mutex();
    private static volatile boolean ready;

    // guarded by LOCK
    private static @Nullable Alarm firstOwed;
    private static @Nullable Alarm lastOwed;
    private static @Nullable Thread reserve; // not started; null while it pays what is owed

    private JvmTimer() {}

    /**
     * Returns when the timer has its thread.
     *
     * @throws OutOfMemoryError when that thread cannot be created; a later call tries again
     */
    static void ready() {
        if (ready) {
            return;
        }
        Thread creator = Home.newIndependentThread("coworker-timer-creator", () -> {
            after(0, () -> {});
            makeReserve();
            ready = true;
        });
        creator.start();
        boolean interrupted = false;
        while (creator.isAlive()) {
            try {
                creator.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!ready) {
            throw new OutOfMemoryError("unable to create the timer's thread");
        }
    }

    /** As the other, but where the task cannot be scheduled, it is owed. */
    static void after(long nanos, Alarm alarm) {
        try {
            after(nanos, alarm.task);
        } catch (Throwable e) {
            owe(alarm);
        }
    }

    /** Has the task run in some 10 ms, or as soon after that as a thread can be had. */
    static void owe(Alarm alarm) {
        Thread idle;
        LOCK.lock();
        try {
            if (!alarm.owed) {
                alarm.owed = true;
                if (lastOwed == null) {
                    firstOwed = alarm;
                } else {
                    lastOwed.next = alarm;
                }
                lastOwed = alarm;
            }
            idle = reserve;
            reserve = null;
        } finally {
            LOCK.unlock();
        }
        if (idle == null) {
            return;
        }
        try {
            idle.start();
        } catch (Throwable e) {
            // neither heap nor threads: whoever owes next tries again
            LOCK.lock();
            reserve = idle;
            LOCK.unlock();
        }
    }

    /** The reserve's life: what it owes, again and again, until there is nothing and a successor stands by. */
    private static void payAll() {
        do {
            LockSupport.parkNanos(OWED_NANOS);
            Thread.interrupted();
            Alarm last = lastOwed();
            for (Alarm alarm; (alarm = nextOwed()) != null; ) {
                try {
                    alarm.task.run();
                } catch (Throwable e) {
                    owe(alarm);
                }
                if (alarm == last) {
                    break; // what has been owed since is for the next turn
                }
            }
        } while (!makeReserve());
    }

    private static @Nullable Alarm lastOwed() {
        LOCK.lock();
        try {
            return lastOwed;
        } finally {
            LOCK.unlock();
        }
    }

    private static @Nullable Alarm nextOwed() {
        LOCK.lock();
        try {
            Alarm first = firstOwed;
            if (first != null) {
                firstOwed = first.next;
                if (firstOwed == null) {
                    lastOwed = null;
                }
                first.next = null;
                first.owed = false;
            }
            return first;
        } finally {
            LOCK.unlock();
        }
    }

    /** Whether the calling thread may end: another stands by, and nothing is owed. */
    private static boolean makeReserve() {
        Thread successor;
        try {
            successor = Home.newIndependentThread("coworker-timer-reserve", JvmTimer::payAll);
        } catch (OutOfMemoryError e) {
            return false;
        }
        LOCK.lock();
        try {
            if (firstOwed != null) {
                return false;
            }
            reserve = successor;
            return true;
        } finally {
            LOCK.unlock();
        }
    }

    /** Runs a task on the timer's thread after a delay; the task catches what it throws and does not block. */
    static void after(long nanos, Runnable task) {
        CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, HERE).execute(task);
    }
}
