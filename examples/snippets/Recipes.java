package snippets;

import dev.coworker.AioContext;
import dev.coworker.Slice;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What docs/recipes.md shows. */
final class Recipes {
    private Recipes() {}

    // @start region=loop
    /** A context inside an event loop that always runs on the same thread. Call it on any other thread. */
    static AioContext onLoop(Executor eventLoop) throws Exception {
        CompletableFuture<Thread> captured = new CompletableFuture<>();
        eventLoop.execute(() -> captured.complete(Thread.currentThread()));
        Thread loopThread = captured.get(10, TimeUnit.SECONDS);
        return AioContext.on(eventLoop, () -> Thread.currentThread() == loopThread);
    }
    // @end

    // @start region=overload
    /** 200, 503 where the pool is overloaded or closed; the work's own exceptions propagate. */
    static int respond(Submitter disk, Path file, Duration patience) throws Exception {
        try {
            String text = disk.submitCo(() -> Files.readString(file), patience);
            return text.isEmpty() ? 204 : 200;
        } catch (TimeoutException | RejectedExecutionException e) {
            return 503;
        }
    }
    // @end

    static List<String> executor(ThreadPool pool, List<Path> files) throws Exception {
        // @start region=view
        try (ExecutorService executor = pool.asExecutorService()) {
            List<CompletableFuture<String>> sizes = files.stream()
                    .map(file -> CompletableFuture.supplyAsync(
                            () -> file.getFileName() + " " + file.toFile().length(), executor))
                    .toList();
            return sizes.stream().map(CompletableFuture::join).toList();
        } // ends the view and waits for its tasks; the pool stays open
        // @end
    }

    static ThreadPool plugin(Class<?> plugin) {
        // @start region=loader
        ThreadPool pool = ThreadPool.builder()
                .name("plugin")
                .contextClassLoader(plugin.getClassLoader())
                .build();
        // @end
        return pool;
    }

    static void idle(ThreadPool pool, PrintStream out) throws InterruptedException {
        // @start region=idle
        if (!pool.awaitIdle(Duration.ofSeconds(30))) {
            out.println("still busy: " + pool);
        }
        // @end
    }

    static void shutdown(ThreadPool pool, PrintStream out) {
        // @start region=shutdown
        if (!pool.close(Duration.ofSeconds(20))) { // then cancels what is queued, and interrupts what runs
            out.println("left running: " + pool);
        }
        // @end
    }

    static void slices(ThreadPool pool, PrintStream out) throws InterruptedException {
        // @start region=slice
        try (Slice reports = pool.slice("reports", 2)) {
            reports.submitCo(() -> out.println("one of two at a time, whatever else the pool runs"));
        }
        // @end
    }
}
