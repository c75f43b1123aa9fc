package snippets;

import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;

/** The three layers, as the javadoc shows them. */
final class Layers {
    private Layers() {}

    static void pool(Path file, PrintStream out) throws InterruptedException {
        // @start region=pool
        try (ThreadPool pool = ThreadPool.create()) { // 0 to 64 workers, 10 s idle time
            Thread reader = Thread.startVirtualThread(() -> {
                try {
                    out.println(pool.submitCo(() -> Files.readString(file))); // parks until a worker has read it
                } catch (IOException | InterruptedException e) {
                    out.println("not read: " + e);
                }
            });
            reader.join();
        } // returns when all that was accepted has ended
        // @end
    }

    static int co(ThreadPool pool, FileChannel channel, ByteBuffer buffer, long position) throws InterruptedException {
        // @start region=co
        int n;
        try {
            n = pool.submitCo(() -> channel.read(buffer, position));
        } catch (IOException e) { // the channel's own, not wrapped
            n = -1;
        }
        // @end
        return n;
    }

    static void action(ThreadPool pool, FileChannel channel) throws IOException, InterruptedException {
        // @start region=action
        pool.submitCo(() -> channel.force(true));
        // @end
    }

    static String within(ThreadPool pool, Callable<String> database, String cached) throws Exception {
        // @start region=within
        try {
            return pool.submitCo(() -> database.call(), Duration.ofMillis(50));
        } catch (TimeoutException e) { // every worker was busy for 50 ms; the query never ran and never will
            return cached;
        }
        // @end
    }

    static AioRequest<Long> aio(ThreadPool pool, Path file, PrintStream out) {
        // @start region=aio
        AioRequest<Long> request = pool.submitAio(() -> Files.size(file), (size, failure) -> {
            if (failure == null) {
                out.println(size + " bytes");
            } else {
                out.println("no size: " + failure); // a CancellationException after request.cancel()
            }
        });
        // @end
        return request;
    }

    static void submit(ThreadPool pool, Path temporary) {
        // @start region=submit
        pool.submit(() -> Files.delete(temporary)); // an IOException goes to the uncaught-exception handler
        // @end
    }

    static void cancel(AioRequest<?> request, PrintStream out) {
        // @start region=cancel
        if (request.cancel()) {
            out.println("withdrawn: it never ran");
        } // in either case its callback has returned by now, and its buffers are free
        // @end
    }

    static ThreadPool builder() {
        // @start region=builder
        ThreadPool pool = ThreadPool.builder()
                .name("disk")
                .maxThreads(8)
                .maxQueued(1_000) // the caller after that waits, or is rejected by submit and submitAio
                .idleTimeout(Duration.ofMinutes(1))
                .build();
        // @end
        return pool;
    }

    static Long executor(ThreadPool pool, Path file) throws InterruptedException, ExecutionException {
        Future<Long> size;
        // @start region=executor
        try (ExecutorService executor = pool.asExecutorService()) {
            size = executor.submit(() -> Files.size(file));
        } // waits for the tasks of this view; the pool stays open
        // @end
        return size.get();
    }
}
