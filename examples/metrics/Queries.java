package metrics;

import carriers.NativeSleep;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Virtual threads that query a database in native code, again and again: one thread more than there are carriers. A
 * query that runs on its virtual thread holds the carrier. Through a pool it does not.
 */
final class Queries implements AutoCloseable {
    static final int CARRIERS = Integer.getInteger(
            "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
    private static final Duration TIME = Duration.ofMillis(100);

    /** Where queries run. */
    enum Route {
        NONE,
        VIRTUAL_THREADS,
        POOL
    }

    private final NativeSleep database;
    private final ThreadPool pool =
            ThreadPool.builder().name("queries").maxThreads(CARRIERS + 1).build();
    private final List<Thread> threads = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private Route route = Route.NONE; // guarded by lock
    private boolean closed; // guarded by lock

    Queries() throws ReflectiveOperationException {
        database = new NativeSleep();
        for (int i = 0; i <= CARRIERS; i++) {
            threads.add(Thread.startVirtualThread(this::run));
        }
    }

    void take(Route next) {
        lock.lock();
        try {
            route = next;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    ThreadPool pool() {
        return pool;
    }

    private void run() {
        try {
            for (Route now = await(); now != Route.NONE; now = await()) {
                if (now == Route.POOL) {
                    pool.submitCo(this::query);
                } else {
                    query();
                }
                TimeUnit.MILLISECONDS.sleep(1);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void query() {
        database.sleep(TIME);
    }

    /** Returns where the next query runs; {@code NONE} at the end. */
    private Route await() throws InterruptedException {
        lock.lock();
        try {
            while (route == Route.NONE && !closed) {
                changed.await();
            }
            return closed ? Route.NONE : route;
        } finally {
            lock.unlock();
        }
    }

    /** Returns when the queries that run have ended. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        threads.forEach(Queries::join);
        pool.close();
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
