package dev.coworker.internal.pool;

/**
 * A pool with one worker that has arrived and searches, and leaves when its idle time is over; the actor is its thread.
 */
final class OneWorker {
    final Pool pool;
    final Request request = Parts.request(null);
    final Worker worker;

    OneWorker(long idleNanos, int maxThreads, boolean spin) {
        pool = Parts.pool(Parts.unpolledLoop(), 1, maxThreads, idleNanos, Pool.UNBOUNDED, true, spin);
        pool.workers.resize(1, maxThreads);
        if (!pool.workers.starter.beginStart()) {
            throw new AssertionError("min is not reserved");
        }
        worker = new Worker(pool, pool.workers);
        worker.fresh = false;
        pool.workers.starter.arm(worker);
        pool.workers.arrived(worker);
        pool.workers.resize(0, maxThreads);
    }

    /**
     * The worker looks, idles where there is nothing, and looks again when it was woken. Returns whether it has the
     * request.
     */
    boolean serve() {
        worker.setThread(Thread.currentThread());
        return pool.queue.take(worker) != null || serveNext();
    }

    /** The worker finds the queue empty, perhaps after a request. */
    boolean serveNext() {
        worker.setThread(Thread.currentThread());
        return pool.workers.awaitRequest(worker) && pool.queue.take(worker) != null;
    }

    /** Says whether a worker is on its way to a request that was not served. Ends the pool. */
    String rest(boolean served) {
        int[] counts = pool.workers.counts();
        boolean allIdle = counts[0] == counts[1]; // cur, a reservation included, and idle
        boolean queued = !pool.queue.isEmpty();
        pool.workers.stop(); // what is reserved is not started
        return served ? "served" : queued && allIdle ? "lost" : "on its way";
    }
}
