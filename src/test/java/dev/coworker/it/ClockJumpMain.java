package dev.coworker.it;

import dev.coworker.Action;
import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Deadlines in a JVM whose wall clock jumps by a day; see {@link ClockJumpIT}, to which it prints what came of them.
 * The jump is what this writes to libfaketime's file.
 */
final class ClockJumpMain {
    private static final Path OFFSET = Path.of(System.getenv("FAKETIME_TIMESTAMP_FILE"));
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final Duration LATER = Duration.ofHours(1);
    private static final Duration PATIENCE = Duration.ofSeconds(20); // of a busy machine

    private final CountDownLatch released = new CountDownLatch(1);

    private ClockJumpMain() {}

    public static void main(String[] args) throws Exception {
        for (int hours : new int[] {24, -24}) {
            new ClockJumpMain().run(hours);
        }
    }

    private void run(int hours) throws Exception {
        ThreadPool busy = ThreadPool.builder().maxThreads(1).stuckAfter(LATER).build();
        ThreadPool canceled = ThreadPool.create();
        ThreadPool kept = ThreadPool.builder().idleTimeout(LATER).build();
        ThreadPool left = ThreadPool.builder().idleTimeout(SOON).build();
        for (ThreadPool idle : new ThreadPool[] {kept, left}) {
            idle.submit(() -> {});
            idle.awaitIdle(PATIENCE);
        }
        CompletableFuture<Long> runs = call(busy, released::await, within(CallOptions.defaults(), LATER));
        until(() -> busy.stats().active() == 1);
        CompletableFuture<Long> waits =
                call(busy, () -> {}, CallOptions.defaults().startWithin(LATER));
        CompletableFuture<Long> endsSoon =
                call(canceled, () -> new CountDownLatch(1).await(), within(CallOptions.defaults(), SOON));
        CompletableFuture<Long> startsSoon =
                call(busy, () -> {}, CallOptions.defaults().startWithin(SOON));
        until(() -> busy.stats().queued() == 2 && canceled.stats().active() == 1);

        long moved = jump(hours);
        System.out.println("jump to " + hours + " h: " + (moved > 0 ? "forwards" : "backwards"));
        System.out.println("end in time: " + isInTime(endsSoon.get()));
        System.out.println("start in time: " + isInTime(startsSoon.get()));
        until(() -> left.stats().curThreads() == 0);
        System.out.println("the idle worker left");
        long waitsSince = System.nanoTime();
        busy.awaitIdle(SOON);
        System.out.println("wait in time: " + isInTime(System.nanoTime() - waitsSince));
        System.out.println("later ones: " + (runs.isDone() || waits.isDone()) + " "
                + busy.stats().stuck() + " " + kept.stats().curThreads());
        released.countDown();
        System.out.println("done: " + (runs.get() > 0 && waits.get() > 0));
        System.out.println("timed out: "
                + (busy.stats().timedOut() + canceled.stats().failed()) + ", closed: "
                + (busy.close(PATIENCE) && canceled.close(PATIENCE) && kept.close(PATIENCE) && left.close(PATIENCE)));
    }

    private static CallOptions within(CallOptions options, Duration time) {
        return options.endWithin(time).onCancel(Canceller.interrupt());
    }

    /** Returns by how much the clock has moved in milliseconds. */
    private static long jump(int hours) throws IOException {
        long before = System.currentTimeMillis();
        long beforeNanos = System.nanoTime();
        Files.writeString(OFFSET, (hours < 0 ? "" : "+") + TimeUnit.HOURS.toSeconds(hours) + "\n");
        long moved = System.currentTimeMillis() - before;
        long took = System.nanoTime() - beforeNanos;
        if (Math.abs(moved) < TimeUnit.HOURS.toMillis(23) || took > PATIENCE.toNanos()) {
            throw new AssertionError("nothing is proved: the clock moved by " + moved + " ms in " + took + " ns");
        }
        return moved;
    }

    private static boolean isInTime(long nanos) {
        boolean in = nanos >= SOON.toNanos() && nanos < PATIENCE.toNanos();
        if (!in) {
            System.out.println(Duration.ofNanos(nanos));
        }
        return in;
    }

    /** Its result is how long the call took, also when it timed out. */
    private static CompletableFuture<Long> call(
            ThreadPool pool, Action<InterruptedException> work, CallOptions options) {
        CompletableFuture<Long> ended = new CompletableFuture<>();
        long since = System.nanoTime();
        Thread.startVirtualThread(() -> {
            try {
                pool.submitCo(work, options);
            } catch (TimeoutException e) {
                // counted by the pool
            } catch (Throwable e) {
                ended.completeExceptionally(e);
            }
            ended.complete(System.nanoTime() - since);
        });
        return ended;
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
        }
    }
}
