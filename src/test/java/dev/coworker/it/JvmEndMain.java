package dev.coworker.it;

import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * Returns from main while workers have work: such as never ends, or such as ends when main has returned. See {@link
 * JvmEndIT}.
 */
final class JvmEndMain {
    private JvmEndMain() {}

    public static void main(String[] args) throws InterruptedException {
        boolean stuck = Boolean.parseBoolean(args[0]);
        Thread main = Thread.currentThread();
        CountDownLatch taken = new CountDownLatch(2);
        CountDownLatch never = new CountDownLatch(1);
        ThreadPool pool = ThreadPool.builder()
                .daemon(stuck)
                .maxThreads(2)
                .idleTimeout(Duration.ZERO)
                .build();
        for (int i = 0; i < 2; i++) {
            pool.submit(() -> {
                taken.countDown();
                if (stuck) {
                    never.await();
                }
                main.join();
                System.out.println("finished");
            });
        }
        taken.await();
        if (stuck) {
            pool.submit(() -> System.out.println("never reached"));
        }
        System.out.println("main returns");
    }
}
