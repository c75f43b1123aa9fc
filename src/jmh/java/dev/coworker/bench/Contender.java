package dev.coworker.bench;

import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Supplier;

/**
 * One way to run blocking work for virtual threads, written as its users would write it. All have 64 workers, where
 * they have workers, and one event loop for callbacks. Each makes tasks in its own form, so that none pays for an
 * adapter in a burst. Public, as {@link OldVersion} has another class loader.
 */
public abstract class Contender implements AutoCloseable {
    static final String COWORKER = "Coworker";
    static final String BEFORE = "before";
    static final String EXECUTOR = "ThreadPoolExecutor";
    static final String SEMAPHORE = "semaphore, inline";
    static final String KOTLIN = "Kotlin Dispatchers.IO";
    static final String VERTX = "Vert.x executeBlocking";
    public static final int WORKERS = 64;

    /** One call by a caller, which waits for the outcome. */
    public interface Call {
        void run() throws Exception;
    }

    static Contender named(String name) throws ReflectiveOperationException {
        return switch (name) {
            case COWORKER -> new CoworkerContender();
            case BEFORE -> OldVersion.contender();
            case EXECUTOR -> new OnExecutor();
            case SEMAPHORE -> new InlineBehindSemaphore();
            case KOTLIN -> new KotlinContender();
            case VERTX -> new OnVertx();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** Starts the callers of a round. Each calls until the round is over. */
    void start(Calls.Round round, int callers) {
        for (int i = 0; i < callers; i++) {
            int caller = i;
            Thread.startVirtualThread(() -> round.caller(caller, this::call));
        }
    }

    /** Prepares calls of this work. */
    public abstract Call call(Callable<?> work);

    /** Submits empty requests without an outcome. Each counts itself on its worker. */
    public void submit(int requests, LongAdder ran) {
        throw new UnsupportedOperationException();
    }

    /** Submits empty requests with a callback. The one thread that runs the callbacks counts them. */
    public void submitWithCallback(int requests, AtomicLong calledBack) {
        throw new UnsupportedOperationException();
    }

    /** Submits the same work several times, without an outcome. */
    public void submit(int requests, Runnable work) {
        throw new UnsupportedOperationException();
    }

    @Override
    public abstract void close();

    /** {@code executor.submit(work).get()}. */
    private static final class OnExecutor extends Contender {
        private final ThreadPoolExecutor pool =
                new ThreadPoolExecutor(WORKERS, WORKERS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        private final ExecutorService loop = Executors.newSingleThreadExecutor();

        @Override
        public Call call(Callable<?> work) {
            return () -> pool.submit(work).get();
        }

        @Override
        public void submit(int requests, LongAdder ran) {
            submit(requests, ran::increment);
        }

        @Override
        public void submitWithCallback(int requests, AtomicLong calledBack) {
            Supplier<Object> work = () -> null;
            BiConsumer<Object, Throwable> callback = (value, failure) -> Bursts.count(calledBack);
            for (int i = 0; i < requests; i++) {
                CompletableFuture.supplyAsync(work, pool).whenCompleteAsync(callback, loop);
            }
        }

        @Override
        public void submit(int requests, Runnable work) {
            for (int i = 0; i < requests; i++) {
                pool.execute(work);
            }
        }

        @Override
        public void close() {
            pool.close();
            loop.close();
        }
    }

    /** A bound on callers, and no worker: the virtual thread does the work itself and holds its carrier meanwhile. */
    private static final class InlineBehindSemaphore extends Contender {
        private final Semaphore permits = new Semaphore(WORKERS);

        @Override
        public Call call(Callable<?> work) {
            return () -> {
                permits.acquire();
                try {
                    work.call();
                } finally {
                    permits.release();
                }
            };
        }

        @Override
        public void close() {}
    }

    private static final class OnVertx extends Contender {
        private final Vertx vertx = Vertx.vertx(new VertxOptions().setWorkerPoolSize(WORKERS));
        private final Context context = vertx.getOrCreateContext();

        @Override
        public Call call(Callable<?> work) {
            return () -> context.executeBlocking(work, false)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
        }

        @Override
        public void submit(int requests, LongAdder ran) {
            Callable<Object> work = () -> {
                ran.increment();
                return null;
            };
            for (int i = 0; i < requests; i++) {
                context.executeBlocking(work, false);
            }
        }

        @Override
        public void submitWithCallback(int requests, AtomicLong calledBack) {
            Callable<Object> work = () -> null;
            Handler<AsyncResult<Object>> callback = result -> Bursts.count(calledBack);
            for (int i = 0; i < requests; i++) {
                context.executeBlocking(work, false).onComplete(callback);
            }
        }

        @Override
        public void close() {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
