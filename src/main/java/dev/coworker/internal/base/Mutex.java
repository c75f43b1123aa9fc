package dev.coworker.internal.base;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock for the library's short critical sections, which contain no foreign code and never wait.
 *
 * <p>A virtual thread never queues for it. If one were queued, the lock could be handed to it while no carrier is free
 * to run it, and the workers queued behind it could be the ones that would free a carrier. So virtual threads try
 * again, and park for a moment between tries, so that a holder that waits for a processor gets one. Platform threads
 * queue, because the operating system always runs them. The holder is always mounted: nothing inside a section parks.
 */
public final class Mutex implements AutoCloseable {
    private static final int MAX_PAUSES = 16;
    private static final int MAX_YIELDS = 4;
    private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
    private final ReentrantLock lock = new ReentrantLock();

    /** Acquires the lock until {@link #close}. Spins first: parking takes many times as long as a section. */
    public Mutex hold() {
        if (!lock.tryLock()) {
            lockContended();
        }
        return this;
    }

    /** Acquires the lock until {@link #close} if it is free now, or in a moment. */
    public boolean tryHold() {
        for (int tries = 0; !lock.tryLock(); tries++) {
            if (tries >= MAX_PAUSES) {
                return false;
            }
            Thread.onSpinWait();
        }
        return true;
    }

    private void lockContended() {
        for (int pauses = 1; pauses <= MAX_PAUSES; pauses *= 2) {
            for (int i = 0; i < pauses; i++) {
                Thread.onSpinWait();
            }
            if (!lock.isLocked() && lock.tryLock()) {
                return;
            }
        }
        if (Thread.currentThread().isVirtual()) {
            for (int tries = 1; !lock.tryLock(); tries++) {
                pause(tries);
            }
        } else {
            lock.lock();
        }
    }

    /** If the thread is interrupted it does not park, so it yields too. */
    @SuppressWarnings("ThreadPriorityCheck") // gives the carrier to other virtual threads
    private void pause(int tries) {
        Thread.yield();
        if (tries > MAX_YIELDS) {
            try {
                LockSupport.parkNanos(this, NAP_NANOS);
            } catch (OutOfMemoryError e) {
                // it has yielded
            }
        }
    }

    @Override
    public void close() {
        lock.unlock();
    }

    public boolean isHeldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }
}
