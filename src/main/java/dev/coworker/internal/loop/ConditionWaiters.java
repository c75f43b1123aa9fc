package dev.coworker.internal.loop;

import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.base.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The threads that wait for one condition: the callback of one request, the end of one pool, of one slice, of one view.
 * Each object that can be waited for has its own, so a thread that waits for one costs the others nothing.
 *
 * <p>No signal is lost: a waiter counts itself, then evaluates its condition; the thread that makes the condition true
 * does so by a volatile write, or under a lock that the condition takes, and then reads the count.
 */
public final class ConditionWaiters {
    private static final class Waiter {
        final Thread thread = Thread.currentThread();
        volatile boolean signaled; // a permit alone can be lost: a lock that the condition takes may consume it
    }

    private final EventLoop loop;
    private final Mutex lock = new Mutex();
    private final List<Waiter> waiting = new ArrayList<>(); // guarded by lock
    private volatile int count; // written under lock

    /** Creates an empty set of waiters, which poll {@code loop} if they are on its thread. */
    public ConditionWaiters(EventLoop loop) {
        this.loop = loop;
    }

    /**
     * Waits until {@code done} or the deadline; on the loop's thread it polls meanwhile. An interrupt does not end the
     * wait; the interrupt status is kept.
     *
     * @return whether it is done
     */
    public boolean await(BooleanSupplier done, long deadlineNanos) {
        boolean interrupted = false;
        try {
            for (; ; ) {
                try {
                    return awaitInterruptibly(done, deadlineNanos);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * Waits as {@link #await}, but an interrupt ends the wait.
     *
     * @throws InterruptedException if interrupted before or while it waits
     */
    public boolean awaitInterruptibly(BooleanSupplier done, long deadlineNanos) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        if (done.getAsBoolean()) {
            return true;
        }
        Waiter waiter = new Waiter();
        change(waiter, true);
        try {
            return loop.inLoop()
                    ? loop.pollUntil(() -> isDone(waiter, done), deadlineNanos)
                    : parkUntil(waiter, done, deadlineNanos);
        } finally {
            change(waiter, false);
        }
    }

    private static boolean isDone(Waiter waiter, BooleanSupplier done) {
        waiter.signaled = false;
        return done.getAsBoolean();
    }

    private static boolean parkUntil(Waiter waiter, BooleanSupplier done, long deadlineNanos)
            throws InterruptedException {
        while (!isDone(waiter, done)) {
            while (!waiter.signaled) {
                if (!Threads.park(waiter, deadlineNanos)) {
                    return done.getAsBoolean();
                }
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        }
        return true;
    }

    private void change(Waiter waiter, boolean waits) {
        try (Mutex ignored = lock.hold()) {
            if (waits) {
                waiting.add(waiter);
            } else {
                waiting.remove(waiter);
            }
            count = waiting.size();
        }
    }

    public boolean isAny() {
        return count != 0;
    }

    /** The condition may have become true: the waiters look again. */
    public void signal() {
        if (count == 0) {
            return;
        }
        try (Mutex ignored = lock.hold()) {
            for (int i = 0; i < waiting.size(); i++) { // a copy, or an iterator, could fail to be allocated
                Waiter waiter = waiting.get(i);
                waiter.signaled = true;
                LockSupport.unpark(waiter.thread);
            }
        }
        loop.tasks.wakeSleeper(); // one of them may be the loop's thread, asleep in a poll
    }
}
