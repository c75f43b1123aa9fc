package dev.coworker.it;

import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;

/** Uses each layer, in a JVM of its own that has nothing but java.base; see {@link OptionalModulesIT}. */
final class OptionalModulesMain {
    private OptionalModulesMain() {}

    public static void main(String[] args) throws Exception {
        StringBuilder said = new StringBuilder();
        said.append("flight recorder: ").append(exists("jdk.jfr.Event"));
        said.append(", Micrometer: ").append(exists("io.micrometer.core.instrument.MeterRegistry"));
        ThreadPool pool = ThreadPool.builder().maxThreads(1).build();
        FutureTask<Integer> call = new FutureTask<>(() -> pool.submitCo(() -> 1));
        Thread.startVirtualThread(call);
        said.append(", co ").append(call.get());
        FutureTask<Integer> back = new FutureTask<>(() -> 2);
        pool.submitAio(() -> 2, (value, failure) -> back.run());
        said.append(", aio ").append(back.get());
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        pool.submit(() -> {
            started.countDown();
            go.await();
            said.append(", submit 3");
        });
        started.await();
        pool.submitAio(() -> 4, (value, failure) -> {}).cancel();
        go.countDown();
        if (!pool.close(Duration.ofSeconds(10))) {
            throw new AssertionError(pool);
        }
        System.out.println(said + ", canceled " + pool.stats().canceled());
    }

    private static boolean exists(String name) {
        try {
            Class.forName(name);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
