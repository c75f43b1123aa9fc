package dev.coworker.it;

import dev.coworker.AioContext;
import dev.coworker.EventNotifier;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A JVM whose loggers cannot be had, in which the library wants to log in each place where it does. */
final class NoLoggerMain {
    private NoLoggerMain() {}

    /** Fails as JDK 21's own does when it is needed first in a JVM without a free file descriptor. */
    public static final class Finder extends System.LoggerFinder {
        @Override
        public System.Logger getLogger(String name, Module module) {
            throw new InternalError("Error loading java.security file");
        }
    }

    public static void main(String[] args) throws Exception {
        AtomicInteger starts = new AtomicInteger();
        ThreadPool pool = ThreadPool.builder()
                .maxThreads(2)
                .stuckAfter(Duration.ofMillis(10))
                .uncaughtExceptionHandler((thread, failure) -> {
                    throw new IllegalStateException("a handler of failures", failure);
                })
                .threadFactory(worker -> {
                    if (starts.incrementAndGet() <= 3) {
                        throw new OutOfMemoryError("as if there were no thread");
                    }
                    return new Thread(worker);
                })
                .build();
        AioContext.main().execute(() -> {
            throw new IllegalStateException("a handler of the context");
        });
        pool.submit(() -> {
            throw new IllegalStateException("work");
        });
        callback(pool);
        System.out.println("served after failed starts: " + pool.stats().spawnFailures());

        CountDownLatch seen = new CountDownLatch(1);
        pool.submit(seen::await);
        until(() -> pool.stats().stuck() == 1);
        seen.countDown();
        callback(pool);
        System.out.println("served after stuck work");

        System.out.println("told of " + rejected());
        System.out.println("closed: " + pool.close(Duration.ofSeconds(10)));
    }

    private static void callback(ThreadPool pool) throws InterruptedException {
        CountDownLatch called = new CountDownLatch(1);
        pool.submitAio(() -> "done", (value, failure) -> called.countDown());
        called.await();
    }

    /** The context logs that an executor rejects, and goes on to tell the pool of the callback that will not run. */
    private static String rejected() throws Exception {
        AioContext context = AioContext.on(task -> {
            throw new RejectedExecutionException("as if it were shut down");
        });
        CompletableFuture<Throwable> told = new CompletableFuture<>();
        try (ThreadPool pool = ThreadPool.builder()
                .context(context)
                .uncaughtExceptionHandler((thread, failure) -> told.complete(failure))
                .build()) {
            EventNotifier notifier = new EventNotifier();
            context.setEventNotifier(notifier, () -> {});
            notifier.set();
            pool.submitAio(() -> "done", (value, failure) -> {});
            return told.get().getClass().getSimpleName();
        }
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(1_000_000);
        }
    }
}
