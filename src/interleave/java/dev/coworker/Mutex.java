package dev.coworker;

import java.util.concurrent.locks.ReentrantLock;

/** The library's lock without its tries, whose every look would be a switch to explore; it takes this class's place here. */
final class Mutex {
    private final ReentrantLock lock = new ReentrantLock();

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    boolean isHeldByCurrentThread() {
        return lock.isHeldByCurrentThread();
    }
}
