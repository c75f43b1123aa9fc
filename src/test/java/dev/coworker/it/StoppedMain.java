package dev.coworker.it;

import dev.coworker.Action;
import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Pools in a JVM that is stopped for some seconds while requests wait in every way; see {@link StoppedIT}, to which it
 * prints what came of them.
 */
final class StoppedMain {
    private static final int CALLERS = 20;
    private static final Duration PASSED = Duration.ofSeconds(2); // by the end of the stop
    private static final Duration NOT_PASSED = Duration.ofHours(1);

    private final AtomicInteger done = new AtomicInteger();
    private final AtomicInteger late = new AtomicInteger();
    private final AtomicInteger other = new AtomicInteger();
    private final AtomicInteger callbacks = new AtomicInteger();
    private final AtomicInteger lateRuns = new AtomicInteger();
    private final AtomicInteger threads = new AtomicInteger();
    private final AtomicLong longestTickNanos = new AtomicLong();
    private volatile boolean threadsCanBeHad;

    // each with one kind of trouble
    private final ThreadPool busy =
            ThreadPool.builder().name("busy").maxThreads(2).stuckAfter(PASSED).build();
    private final ThreadPool idle = ThreadPool.builder()
            .name("idle")
            .minThreads(1)
            .maxThreads(4)
            .idleTimeout(Duration.ofSeconds(2))
            .build();
    private final ThreadPool failing = ThreadPool.builder()
            .name("failing")
            .threadFactory(worker -> {
                if (!threadsCanBeHad) {
                    throw new OutOfMemoryError("as if there were no thread");
                }
                return new Thread(worker);
            })
            .build();
    private final ThreadPool slow = ThreadPool.builder()
            .name("slow")
            .maxThreads(3)
            .threadFactory(worker -> {
                threads.incrementAndGet();
                return new Thread(() -> {
                    until(() -> threadsCanBeHad);
                    worker.run();
                });
            })
            .build();

    private StoppedMain() {}

    public static void main(String[] args) throws Exception {
        StoppedMain test = new StoppedMain();
        Thread.ofPlatform().daemon().start(test::tick);
        test.submit();
        System.out.println("ready");
        System.in.read();
        test.resume();
        Runtime.getRuntime().halt(0);
    }

    private void submit() {
        for (int i = 0; i < 2; i++) { // these hold both workers until the stop is over
            call(
                    busy,
                    () -> new CountDownLatch(1).await(),
                    CallOptions.defaults().endWithin(PASSED).onCancel(Canceller.interrupt()));
        }
        until(() -> busy.stats().active() == 2);
        for (int i = 0; i < CALLERS; i++) {
            call(busy, lateRuns::incrementAndGet, CallOptions.defaults().startWithin(PASSED));
            call(busy, () -> {}, CallOptions.defaults().startWithin(NOT_PASSED));
            call(busy, () -> {}, CallOptions.defaults());
            busy.submitAio(() -> "done", (value, failure) -> callbacks.incrementAndGet());
            call(failing, () -> {}, CallOptions.defaults());
        }
        call(slow, () -> {}, CallOptions.defaults());
        Phaser all = new Phaser(4);
        for (int i = 0; i < 4; i++) {
            idle.submit(() -> all.arriveAndAwaitAdvance());
        }
        until(() -> idle.stats().idleThreads() == 4);
        until(() -> failing.stats().spawnFailures() > 1);
        until(() -> slow.stats().pendingThreads() > 0);
    }

    private void resume() {
        long failures = failing.stats().spawnFailures();
        until(() -> busy.stats().active() + busy.stats().queued() == 0);
        until(() -> callbacks.get() == CALLERS);
        until(() -> idle.stats().curThreads() == 1);
        until(() -> failing.stats().spawnFailures() > failures);
        until(() -> slow.stats().pendingThreads() == 3); // each was late, and another was sent in its place
        threadsCanBeHad = true;
        until(() -> done.get() + late.get() + other.get() == 4 * CALLERS + 3);
        call(idle, () -> {}, CallOptions.defaults());
        until(() -> done.get() == 3 * CALLERS + 2);
        System.out.println("stopped: " + (longestTickNanos.get() > PASSED.toNanos()));
        System.out.println("done " + done + ", late " + late + ", other " + other + ", ran late " + lateRuns);
        System.out.println("threads that were late: " + threads);
        for (ThreadPool pool : new ThreadPool[] {busy, idle, failing, slow}) {
            boolean closed = pool.close(Duration.ofSeconds(10));
            ThreadPoolStats stats = pool.stats();
            boolean balanced = stats.submitted() == stats.completed() + stats.failed() + stats.canceled();
            System.out.println(pool.name() + " closed: " + closed + ", balanced: " + balanced + ", threads: "
                    + stats.curThreads() + ", stuck: " + stats.stuck());
        }
    }

    private void call(ThreadPool pool, Action<InterruptedException> work, CallOptions options) {
        Thread.startVirtualThread(() -> {
            try {
                pool.submitCo(work, options);
                done.incrementAndGet();
            } catch (TimeoutException e) {
                late.incrementAndGet();
            } catch (Throwable e) {
                other.incrementAndGet();
            }
        });
    }

    /** Finds out that the JVM was stopped. */
    private void tick() {
        for (long before = System.nanoTime(); ; ) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
            long now = System.nanoTime();
            longestTickNanos.accumulateAndGet(now - before, Math::max);
            before = now;
        }
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
