package dev.coworker;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Threads that wait for something to become true of the pool: cancel for a callback, close for everything. Signaling costs
 * one read of a counter while nobody waits (QEMU's {@code pending_cancellations}).
 *
 * <p>No signal is lost: a waiter counts itself before it evaluates its condition, and whoever makes the condition true
 * does so by a volatile write, or under a lock that the condition takes, before reading the count.
 */
final class Waiters {
    private static final class Waiter {
        final @Nullable Object key;
        final Thread thread = Thread.currentThread();
        final @Nullable AioContext polled;
        volatile boolean signaled; // a permit alone can be lost: a lock that the condition takes may eat it
        long round; // guarded by lock: the last wake that took notice of it

        Waiter(@Nullable Object key, @Nullable AioContext polled) {
            this.key = key;
            this.polled = polled;
        }

        void wake() {
            signaled = true;
            if (polled != null) {
                polled.nudge();
            } else {
                LockSupport.unpark(thread);
            }
        }
    }

    /** Between two attempts of a waiter that has no memory to wait with. */
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final AioContext context;
    private final Mutex lock = new Mutex();
    private final List<Waiter> waiting = new ArrayList<>(); // guarded by lock
    private long rounds; // guarded by lock
    private volatile int count; // written under lock

    Waiters(AioContext context) {
        this.context = context;
    }

    /**
     * Waits until {@code done} or the deadline, polling when this is the home thread. Not interruptible; the interrupt
     * status is restored.
     *
     * @param key what the condition is about; null: everything
     * @return whether it is done
     */
    boolean await(@Nullable Object key, BooleanSupplier done, long deadlineNanos) {
        while (!done.getAsBoolean()) {
            try {
                return awaitSignals(key, done, deadlineNanos);
            } catch (OutOfMemoryError e) {
                if (deadlineNanos != Long.MAX_VALUE && deadlineNanos - System.nanoTime() <= 0) {
                    return done.getAsBoolean();
                }
                pause();
            }
        }
        return true;
    }

    private static void pause() {
        boolean interrupted = Thread.interrupted();
        LockSupport.parkNanos(PAUSE_NANOS);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean awaitSignals(@Nullable Object key, BooleanSupplier done, long deadlineNanos) {
        boolean home = context.inContext();
        Waiter waiter = new Waiter(key, home ? context : null);
        add(waiter);
        try {
            return home ? context.pollUntil(done, deadlineNanos) : parkUntil(waiter, done, deadlineNanos);
        } finally {
            remove(waiter);
        }
    }

    private static boolean parkUntil(Waiter waiter, BooleanSupplier done, long deadlineNanos) {
        boolean interrupted = false;
        try {
            for (; ; ) {
                waiter.signaled = false;
                if (done.getAsBoolean()) {
                    return true;
                }
                while (!waiter.signaled) {
                    interrupted |= Thread.interrupted();
                    if (deadlineNanos == Long.MAX_VALUE) {
                        LockSupport.park(waiter);
                        continue;
                    }
                    long left = deadlineNanos - System.nanoTime();
                    if (left <= 0) {
                        return false;
                    }
                    LockSupport.parkNanos(waiter, left);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Parks. A virtual thread of JDK 21 for which there is no memory to unmount it throws; then this returns early. */
    static void park(Object blocker, long nanos) {
        try {
            if (nanos == Long.MAX_VALUE) {
                LockSupport.park(blocker);
            } else {
                LockSupport.parkNanos(blocker, nanos);
            }
        } catch (OutOfMemoryError e) {
            Thread.onSpinWait();
        }
    }

    /**
     * As {@link #await}, but ends with an exception when interrupted, and never polls.
     *
     * @return whether it is done
     */
    boolean awaitInterruptibly(Object key, BooleanSupplier done, long nanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long deadline = AioContext.deadlineAfter(nanos);
        Waiter waiter = new Waiter(key, null);
        add(waiter);
        try {
            for (; ; ) {
                waiter.signaled = false;
                if (done.getAsBoolean()) {
                    return true;
                }
                while (!waiter.signaled) {
                    long left = deadline == Long.MAX_VALUE ? Long.MAX_VALUE : deadline - System.nanoTime();
                    if (left <= 0) {
                        return false;
                    }
                    LockSupport.parkNanos(waiter, left);
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                }
            }
        } finally {
            remove(waiter);
        }
    }

    private void add(Waiter waiter) {
        lock.lock();
        try {
            waiting.add(waiter);
            count = waiting.size();
        } finally {
            lock.unlock();
        }
    }

    private void remove(Waiter waiter) {
        lock.lock();
        waiting.remove(waiter);
        count = waiting.size();
        lock.unlock();
    }

    /** Something changed about {@code key}: those who wait for it, or for everything, look again. */
    void signal(@Nullable Object key) {
        if (count != 0) {
            wake(key, false);
        }
    }

    /** Something changed for everybody. */
    void signalAll() {
        if (count != 0) {
            wake(null, true);
        }
    }

    /** One at a time, and without a list of them: a signal must not be lost because memory is short. */
    private void wake(@Nullable Object key, boolean all) {
        lock.lock();
        long round = ++rounds;
        lock.unlock();
        for (Waiter next; (next = nextToWake(key, all, round)) != null; ) {
            next.wake();
        }
    }

    /** Whoever is passed over came later than this round, or is woken by a later one. */
    private @Nullable Waiter nextToWake(@Nullable Object key, boolean all, long round) {
        lock.lock();
        try {
            for (int i = 0; i < waiting.size(); i++) {
                Waiter waiter = waiting.get(i);
                if (waiter.round < round && (all || waiter.key == null || waiter.key == key)) {
                    waiter.round = round;
                    return waiter;
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }
}
