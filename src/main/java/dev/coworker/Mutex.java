package dev.coworker;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The lock for this package's short critical sections, which contain no foreign code and never wait.
 *
 * <p>A virtual thread never queues for it. A queued one would be handed the next turn and may have no carrier to take it
 * with, as long as every carrier is held by a blocking call; the workers queued behind it, whose results those calls
 * may be waiting for, would then wait for ever. So virtual threads try and yield, and only platform threads, which the
 * operating system always runs in the end, queue. A holder is always mounted: nothing inside a section parks.
 */
final class Mutex {
    private static final int MAX_PAUSES = 16;
    private final ReentrantLock lock = new ReentrantLock();

    /** Takes the lock; a contended one by trying for a moment first, since parking takes many times a section's time. */
    void lock() {
        if (!lock.tryLock()) {
            lockContended();
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // yields its carrier to other virtual threads, the holder among them
    private void lockContended() {
        // ever longer, so that a holder gets through several sections before the next look takes its cache lines away
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
                try {
                    Thread.yield();
                } catch (OutOfMemoryError e) {
                    // no memory to unmount with: it is as if it had been scheduled again at once
                }
            }
        } else {
            lock.lock();
        }
    }

    void unlock() {
        lock.unlock();
    }

    boolean isHeldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }
}
