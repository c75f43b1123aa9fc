package dev.coworker.bench;

import java.util.concurrent.CountDownLatch;

/** Work that occupies all workers of a pool until it is told to end. */
final class Stuck {
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch ended;

    Stuck(Contender pool, int workers) throws InterruptedException {
        CountDownLatch running = new CountDownLatch(workers);
        ended = new CountDownLatch(workers);
        for (int i = 0; i < workers; i++) {
            pool.submit(() -> {
                running.countDown();
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                ended.countDown();
            });
        }
        running.await();
    }

    void release() {
        gate.countDown();
    }

    /** Returns when all of it has ended. */
    void end() throws InterruptedException {
        release();
        ended.await();
    }
}
