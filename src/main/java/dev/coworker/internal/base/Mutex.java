package dev.coworker.internal.base;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock for the library's short critical sections, which contain no foreign code and never wait.
 *
 * <p>A virtual thread never queues for it. If one were queued, the lock could be handed to it while no carrier is free
 * to run it, and the workers queued behind it could be the ones that would free a carrier. So virtual threads try and
 * yield. Only platform threads queue, because the operating system always runs them in the end. The holder is always
 * mounted: nothing inside a section parks.
 */
public final class Mutex implements AutoCloseable {
    private static final int MAX_PAUSES = 16;
    private final ReentrantLock lock = new ReentrantLock();

    /**
     * Acquires the lock until {@link #close}. Spins for a moment first, since parking takes many times as long as a
     * section.
     */
    public Mutex hold() {
        if (!lock.tryLock()) {
            lockContended();
        }
        return this;
    }

    @SuppressWarnings(
            "ThreadPriorityCheck") // gives the carrier to other virtual threads; one of them may hold the lock
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
            while (!lock.tryLock()) {
                Thread.yield();
            }
        } else {
            lock.lock();
        }
    }

    /** Releases the lock, at the end of a {@code try} that holds it. */
    @Override
    public void close() {
        lock.unlock();
    }

    public boolean isHeldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }
}
