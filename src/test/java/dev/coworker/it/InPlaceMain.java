package dev.coworker.it;

import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** Work that runs on its caller when {@code main} returns. See {@link InPlaceIT}. */
final class InPlaceMain {
    private InPlaceMain() {}

    public static void main(String[] args) throws Exception {
        ThreadPool pool = ThreadPool.builder()
                .inPlace(1)
                .idleTimeout(Duration.ofMillis(1))
                .daemon(Boolean.getBoolean("daemon"))
                .build();
        CountDownLatch begun = new CountDownLatch(1);
        long patience = System.nanoTime() + 2_000_000_000L;
        Thread.startVirtualThread(() -> {
            try {
                while (pool.submitCo(Thread::currentThread) != Thread.currentThread()
                        && System.nanoTime() - patience < 0) {
                    Thread.sleep(1);
                }
                while (pool.stats().curThreads() > 0 && System.nanoTime() - patience < 0) {
                    Thread.sleep(1); // a worker would keep the JVM alive
                }
                pool.submitCo(() -> {
                    begun.countDown();
                    Thread.sleep(300);
                    System.out.println("ended on a virtual thread: "
                            + Thread.currentThread().isVirtual());
                });
            } catch (InterruptedException e) {
                System.out.println("interrupted");
            }
        });
        begun.await();
    }
}
