package dev.coworker.it;

import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.Slice;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Callers that ask for more, in every way, until they are told to end; {@link StoppedIT} stops this JVM meanwhile. */
final class StoppedStormMain {
    private static final int CALLERS = 50;

    private final ThreadPool pool = ThreadPool.builder()
            .maxThreads(4)
            .maxQueued(20)
            .idleTimeout(Duration.ofMillis(1)) // so that threads start and end all the time
            .build();
    private final Slice slice = pool.slice("slice", 2);
    private final AtomicLong callbacks = new AtomicLong();
    private final AtomicLong expected = new AtomicLong(); // callbacks
    private volatile boolean ending;

    private StoppedStormMain() {}

    public static void main(String[] args) throws Exception {
        new StoppedStormMain().run();
    }

    private void run() throws Exception {
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            callers.add(Thread.startVirtualThread(this::ask));
        }
        System.out.println("ready");
        System.in.read();
        ending = true;
        for (Thread caller : callers) {
            caller.join();
        }
        System.out.println("closed: " + pool.close(Duration.ofSeconds(10)));
        ThreadPoolStats stats = pool.stats();
        System.out.println(pool);
        System.out.println("balanced: " + (stats.submitted() == stats.completed() + stats.failed() + stats.canceled())
                + ", callbacks left: " + (expected.get() - callbacks.get()) + ", threads: " + stats.curThreads());
    }

    private void ask() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        while (!ending) {
            Submitter submitter = random.nextBoolean() ? pool : slice;
            Duration time = Duration.ofMillis(random.nextInt(20));
            try {
                switch (random.nextInt(6)) {
                    case 0 -> submitter.submitCo(this::work);
                    case 1 -> submitter.submitCo(this::work, time);
                    case 2 ->
                        submitter.submitCo(
                                this::work,
                                CallOptions.defaults().endWithin(time).onCancel(Canceller.interrupt()));
                    case 3 -> {
                        submitter.submitAio(this::work, (value, failure) -> callbacks.incrementAndGet());
                        expected.incrementAndGet();
                    }
                    case 4 -> {
                        submitter
                                .submitAio(this::work, (value, failure) -> callbacks.incrementAndGet())
                                .cancel();
                        expected.incrementAndGet();
                    }
                    default -> LockSupport.parkNanos(time.toNanos());
                }
            } catch (TimeoutException | RejectedExecutionException e) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
            } catch (InterruptedException e) {
                // the canceller's, as the outcome of the work
            }
        }
    }

    private Void work() throws InterruptedException {
        TimeUnit.MICROSECONDS.sleep(ThreadLocalRandom.current().nextInt(2000));
        return null;
    }
}
