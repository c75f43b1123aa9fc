package dev.coworker.it;

import dev.coworker.ThreadPool;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * A pool in a JVM whose memory is limited from outside while it runs; see {@link OutOfThreadsIT}, with which it speaks
 * in lines. Its workers ask for stacks so large that under the limit they, and nothing else, cannot be had.
 */
final class OutOfThreadsMain {
    private static final long STACK_BYTES = 256L << 20;
    private static final int REQUESTS = 200;

    private static volatile long stackBytes = STACK_BYTES;

    private OutOfThreadsMain() {}

    public static void main(String[] args) throws Exception {
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        ThreadPool pool = ThreadPool.builder()
                .minThreads(1)
                .maxThreads(8)
                .idleTimeout(Duration.ZERO)
                .threadFactory(
                        worker -> Thread.ofPlatform().stackSize(stackBytes).unstarted(worker))
                .build();
        request(pool, 1).await();
        say("one worker lives");
        expect(orders, "limited");

        request(pool, REQUESTS).await();
        say("served by the one: " + (pool.stats().spawnFailures() > 0));

        pool.resize(0, 8);
        until(() -> pool.stats().curThreads() == 0);
        stackBytes = 2 * STACK_BYTES; // the one that has come free would do for another worker
        long before = pool.stats().spawnFailures();
        CountDownLatch served = request(pool, REQUESTS);
        until(() -> pool.stats().spawnFailures() > before + 2);
        say("none can start: " + served.getCount() + " wait");
        expect(orders, "lifted");

        served.await();
        say("served after all: " + pool.stats().completed());
        say("closed: " + pool.close(Duration.ofSeconds(10)) + " " + pool.stats().curThreads());
    }

    /** So many calls, of which each holds a worker long enough for the next to want one of its own. */
    private static CountDownLatch request(ThreadPool pool, int calls) {
        CountDownLatch served = new CountDownLatch(calls);
        AtomicInteger sum = new AtomicInteger();
        for (int i = 0; i < calls; i++) {
            Thread.startVirtualThread(() -> {
                try {
                    pool.submitCo(() -> {
                        TimeUnit.MILLISECONDS.sleep(1);
                        sum.incrementAndGet();
                    });
                    served.countDown();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
        }
        return served;
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static void expect(BufferedReader orders, String order) throws Exception {
        String line = orders.readLine();
        if (!order.equals(line)) {
            throw new AssertionError("expected " + order + ", read " + line);
        }
    }
}
