package nbd;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * The bytes that requests in flight may hold: a bound for each connection and one for the whole server. A client at its
 * bound is not read from, until replies have left. When the server is at its bound, a client that starves says so,
 * and those that have kept the server waiting for too long can be dropped.
 */
final class Budget {
    private final Semaphore all;
    private final int perConnection;
    private final long patienceNanos;

    Budget(int total, int perConnection, long patienceNanos) {
        this.all = new Semaphore(total, true);
        this.perConnection = perConnection;
        this.patienceNanos = patienceNanos;
    }

    /** A share whose holder has {@code starving} run each time that it has been patient in vain. */
    Share newShare(Runnable starving) {
        return new Share(starving);
    }

    /** What is free; for tests, and for a look at a server that is idle. */
    int available() {
        return all.availablePermits();
    }

    /** One connection's. Its reader takes, whoever has answered gives back. */
    final class Share {
        private final Semaphore own = new Semaphore(perConnection);
        private final Runnable starving;

        private Share(Runnable starving) {
            this.starving = starving;
        }

        void take(int bytes) throws InterruptedException {
            own.acquire(bytes);
            while (!all.tryAcquire(bytes, patienceNanos, TimeUnit.NANOSECONDS)) {
                starving.run();
            }
        }

        void giveBack(long bytes) {
            all.release((int) bytes);
            own.release((int) bytes);
        }

        /** The bytes that are in flight. */
        int taken() {
            return perConnection - own.availablePermits();
        }

        /** Waits until nothing is in flight; nothing can be taken from then on. */
        void awaitAll() {
            own.acquireUninterruptibly(perConnection);
        }
    }
}
