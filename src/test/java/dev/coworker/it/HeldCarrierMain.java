package dev.coworker.it;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The only carrier computes for longer than a caller's deadline, and than the work in front of it. See {@link
 * HeldCarrierIT}.
 */
final class HeldCarrierMain {
    private HeldCarrierMain() {}

    public static void main(String[] args) throws Exception {
        AtomicBoolean ran = new AtomicBoolean();
        AtomicReference<String> outcome = new AtomicReference<>("returned");
        try (ThreadPool pool = ThreadPool.builder().maxThreads(1).build()) {
            CountDownLatch busy = new CountDownLatch(1);
            pool.submit(() -> {
                busy.countDown();
                Thread.sleep(500);
            });
            busy.await();
            Thread caller = Thread.startVirtualThread(() -> {
                try {
                    pool.submitCo(() -> ran.set(true), Duration.ofMillis(100));
                } catch (TimeoutException e) {
                    outcome.set("timed out");
                } catch (InterruptedException e) {
                    outcome.set("interrupted");
                }
            });
            while (pool.stats().queued() == 0) {
                Thread.onSpinWait();
            }
            Thread computing = Thread.startVirtualThread(() -> {
                for (long since = System.nanoTime(); System.nanoTime() - since < 1_000_000_000; ) {
                    Thread.onSpinWait();
                }
            });
            computing.join();
            caller.join();
            ThreadPoolStats stats = pool.stats();
            System.out.println(
                    outcome + ", ran " + ran + ", timedOut " + stats.timedOut() + ", completed " + stats.completed());
        }
    }
}
