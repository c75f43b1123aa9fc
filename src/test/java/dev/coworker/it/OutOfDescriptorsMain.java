package dev.coworker.it;

import dev.coworker.AioContext;
import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.file.OffloadedFileSystem;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;

/**
 * A JVM that opens files until it has no file descriptor left, and then uses the library for the first time; see {@link
 * OutOfDescriptorsIT}, to which it prints what came of it.
 */
final class OutOfDescriptorsMain {
    private static final int WORKERS = 8;
    private static final Duration SOON = Duration.ofSeconds(1);

    private OutOfDescriptorsMain() {}

    public static void main(String[] args) throws Exception {
        Path file = Files.createTempFile("coworker-", ".txt"); // also loads what the JDK needs for files
        try {
            Files.writeString(file, "content");
            List<FileInputStream> held = takeAllDescriptors(file);
            ThreadPool pool = ThreadPool.builder()
                    .maxThreads(WORKERS)
                    .idleTimeout(Duration.ofMillis(1))
                    .build();
            withoutDescriptors(pool, file);
            for (FileInputStream each : held) {
                each.close();
            }
            System.out.println("read again: " + onVirtualThread(() -> pool.submitCo(() -> read(file))) + " "
                    + pool.submitAio(() -> read(file), (value, failure) -> {})
                            .toCompletableFuture()
                            .get()
                    + " " + onVirtualThread(() -> Files.readString(over(pool, file))));
            System.out.println("closed: " + pool.close(Duration.ofSeconds(10)));
            check(pool.stats());
        } finally {
            Files.delete(file);
        }
    }

    private static List<FileInputStream> takeAllDescriptors(Path file) throws IOException {
        List<FileInputStream> held = new ArrayList<>();
        Files.newByteChannel(file).close();
        for (; ; ) {
            try {
                held.add(new FileInputStream(file.toFile()));
            } catch (IOException e) {
                System.out.println("none is left");
                return held;
            }
        }
    }

    private static void withoutDescriptors(ThreadPool pool, Path file) throws Exception {
        System.out.println("co: " + onVirtualThread(() -> failureOf(() -> pool.submitCo(() -> read(file)))));
        System.out.println("aio: "
                + failureOf(() -> pool.submitAio(() -> read(file), (value, failure) -> {})
                        .toCompletableFuture()
                        .get()));
        System.out.println("file: " + onVirtualThread(() -> failureOf(() -> Files.readString(over(pool, file)))));
        pool.submit(() -> read(file)); // logged, by a logger that could not read its settings
        System.out.println("workers at once: " + occupyAll(pool));
        System.out.println("late: "
                + onVirtualThread(() -> failureOf(() -> pool.submitCo(
                        () -> new CountDownLatch(1).await(1, TimeUnit.DAYS),
                        CallOptions.defaults().endWithin(SOON).onCancel(Canceller.interrupt())))));
        try (AioContext context = AioContext.start("loop");
                ThreadPool another = ThreadPool.create(context)) {
            CompletableFuture<String> thread = new CompletableFuture<>();
            another.submitAio(
                    () -> 1,
                    (value, failure) -> thread.complete(Thread.currentThread().getName()));
            System.out.println("callback on " + thread.get());
        }
        System.out.println("another pool is closed");
        System.out.println("failed starts: " + pool.stats().spawnFailures());
    }

    /** So many requests that each waits for all others, so that each has a worker, most of them a new one. */
    private static int occupyAll(ThreadPool pool) throws Exception {
        Phaser all = new Phaser(WORKERS);
        List<CompletableFuture<Integer>> ends = new ArrayList<>();
        for (int i = 0; i < WORKERS; i++) {
            ends.add(pool.submitAio(all::arriveAndAwaitAdvance, (value, failure) -> {})
                    .toCompletableFuture());
        }
        for (CompletableFuture<Integer> end : ends) {
            end.get();
        }
        return ends.size();
    }

    private static String read(Path file) throws IOException {
        try (SeekableByteChannel channel = Files.newByteChannel(file)) {
            return channel.size() + " bytes";
        }
    }

    private static Path over(ThreadPool pool, Path file) {
        return OffloadedFileSystem.over(pool).getPath(file.toString());
    }

    private static <T> T onVirtualThread(Callable<T> call) throws Exception {
        FutureTask<T> task = new FutureTask<>(call);
        Thread.startVirtualThread(task);
        return task.get();
    }

    private static String failureOf(Callable<?> call) {
        try {
            return "none: " + call.call();
        } catch (ExecutionException e) {
            return withoutPath(e.getCause());
        } catch (Exception e) {
            return withoutPath(e);
        }
    }

    private static String withoutPath(Throwable failure) {
        return failure.toString().replaceAll("/\\S*: ", "");
    }

    private static void check(ThreadPoolStats stats) {
        boolean balanced = stats.submitted() == stats.completed() + stats.failed() + stats.canceled();
        System.out.println("balanced: " + balanced + ", threads left: " + stats.curThreads());
    }
}
