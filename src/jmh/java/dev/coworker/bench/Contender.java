package dev.coworker.bench;

import dev.coworker.Action;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.Work;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * One way to have blocking work done elsewhere, as its users would write it, in the three forms in which Coworker offers it.
 * All get the same work, at most {@link #WORKERS} threads to do it on where they have a bound, and one loop for callbacks.
 */
abstract class Contender implements AutoCloseable {
    static final int WORKERS = 64;
    private static final Callback IGNORED = () -> {};

    /** Work in the form in which each contender takes it, so that none pays for an adapter. */
    interface Task extends Runnable, Action<RuntimeException>, Work<Object, RuntimeException>, Supplier<Object> {
        @Override
        void run();

        @Override
        default Object call() {
            run();
            return null;
        }

        @Override
        default Object get() {
            return call();
        }
    }

    /** What is called back, in the form in which each contender calls it. */
    interface Callback extends Runnable, BiConsumer<Object, Throwable>, Handler<AsyncResult<Object>> {
        @Override
        void run();

        @Override
        default void accept(Object value, Throwable failure) {
            run();
        }

        @Override
        default void handle(AsyncResult<Object> result) {
            run();
        }
    }

    static Contender named(String name) {
        return named(name, WORKERS);
    }

    static Contender named(String name, int workers) {
        return switch (name) {
            case "coworker" -> new Coworker(workers, true);
            case "coworker (no spin)" -> new Coworker(workers, false);
            case "ThreadPoolExecutor" -> new OnExecutor(fixed(workers));
            case "ForkJoinPool" ->
                new OnExecutor(new ForkJoinPool(workers, ForkJoinPool.defaultForkJoinWorkerThreadFactory, null, true));
            case "cached pool" -> new OnExecutor(Executors.newCachedThreadPool());
            case "semaphore" -> new SemaphoreAndPool(workers);
            case "Kotlin" -> new KotlinCoroutines();
            case "Vert.x" -> new VertxBlocking(workers);
            case "Reactor" -> new BoundedElastic(workers);
            case "inline" -> new Inline();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static ThreadPoolExecutor fixed(int workers) {
        return new ThreadPoolExecutor(workers, workers, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    }

    /** Each caller makes its calls one after the other; returns when all are through. */
    void call(int callers, int calls, IntFunction<Work<?, ?>> workOfCaller, Latencies latencies) throws Exception {
        CountDownLatch done = new CountDownLatch(callers);
        for (int i = 0; i < callers; i++) {
            Work<?, ?> work = workOfCaller.apply(i);
            Thread.startVirtualThread(() -> {
                try {
                    if (latencies == null) {
                        for (int call = 0; call < calls; call++) {
                            call(work);
                        }
                    } else {
                        for (int call = 0; call < calls; call++) {
                            long since = System.nanoTime();
                            call(work);
                            latencies.add(System.nanoTime() - since);
                        }
                    }
                } catch (Exception e) {
                    throw new CompletionException(e);
                } finally {
                    done.countDown();
                }
            });
        }
        done.await();
    }

    /** One call, on a virtual thread. */
    abstract Object call(Work<?, ?> work) throws Exception;

    /** Hands work over, and does not want to hear of it. */
    abstract void submit(Task work);

    /** Hands work over; the callback runs on the one loop. */
    abstract void callBack(Task work, Callback callback);

    /** Hands work over that can be canceled while it waits. */
    Object submitCancellable(Task work) {
        throw new UnsupportedOperationException();
    }

    /** Takes work out of the queue again. */
    boolean cancel(Object submitted) {
        throw new UnsupportedOperationException();
    }

    /** Requests that wait for a worker. */
    int queued() {
        throw new UnsupportedOperationException();
    }

    @Override
    public abstract void close();

    private static final class Coworker extends Contender {
        private final ThreadPool pool;

        Coworker(int workers, boolean spin) {
            pool = ThreadPool.builder().maxThreads(workers).spin(spin).build();
        }

        @Override
        Object call(Work<?, ?> work) throws Exception {
            return pool.submitCo(work);
        }

        @Override
        void submit(Task work) {
            pool.submit(work);
        }

        @Override
        void callBack(Task work, Callback callback) {
            pool.submitAio(work, callback);
        }

        @Override
        Object submitCancellable(Task work) {
            return pool.submitAio(work, IGNORED);
        }

        @Override
        boolean cancel(Object submitted) {
            return ((AioRequest<?>) submitted).cancelAsync();
        }

        @Override
        int queued() {
            return pool.stats().queued();
        }

        @Override
        public void close() {
            pool.close();
        }
    }

    /** {@code executor.submit(work).get()}, and CompletableFuture for callbacks. */
    private static class OnExecutor extends Contender {
        final ExecutorService pool;
        final ExecutorService loop = Executors.newSingleThreadExecutor();

        OnExecutor(ExecutorService pool) {
            this.pool = pool;
        }

        @Override
        Object call(Work<?, ?> work) throws Exception {
            return pool.submit(work).get();
        }

        @Override
        void submit(Task work) {
            pool.execute(work);
        }

        @Override
        void callBack(Task work, Callback callback) {
            CompletableFuture.supplyAsync(work, pool).whenCompleteAsync(callback, loop);
        }

        @Override
        Object submitCancellable(Task work) {
            return pool.submit((Runnable) work);
        }

        /** {@code Future.cancel} alone leaves it in the queue. */
        @Override
        boolean cancel(Object submitted) {
            return ((Future<?>) submitted).cancel(false) && ((ThreadPoolExecutor) pool).remove((Runnable) submitted);
        }

        @Override
        int queued() {
            return ((ThreadPoolExecutor) pool).getQueue().size();
        }

        @Override
        public void close() {
            pool.close();
            loop.close();
        }
    }

    /** What people write by hand: a virtual thread for each request, a semaphore, and a pool that the bound keeps small. */
    private static final class SemaphoreAndPool extends OnExecutor {
        private final Semaphore permits;
        private final ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();

        SemaphoreAndPool(int workers) {
            super(Executors.newCachedThreadPool());
            permits = new Semaphore(workers);
        }

        @Override
        Object call(Work<?, ?> work) throws Exception {
            permits.acquire();
            try {
                return super.call(work);
            } finally {
                permits.release();
            }
        }

        @Override
        void submit(Task work) {
            virtual.execute(() -> callQuietly(work));
        }

        @Override
        void callBack(Task work, Callback callback) {
            virtual.execute(() -> {
                callQuietly(work);
                loop.execute(callback);
            });
        }

        private void callQuietly(Task work) {
            try {
                call(work);
            } catch (Exception e) {
                throw new CompletionException(e);
            }
        }

        @Override
        public void close() {
            virtual.close();
            super.close();
        }
    }

    private static final class VertxBlocking extends Contender {
        private final Vertx vertx;
        private final Context context;

        VertxBlocking(int workers) {
            vertx = Vertx.vertx(new VertxOptions().setWorkerPoolSize(workers));
            context = vertx.getOrCreateContext();
        }

        @Override
        Object call(Work<?, ?> work) throws Exception {
            return context.executeBlocking(work, false)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get();
        }

        @Override
        void submit(Task work) {
            context.executeBlocking(work, false);
        }

        @Override
        void callBack(Task work, Callback callback) {
            context.<Object>executeBlocking(work, false).onComplete(callback);
        }

        @Override
        public void close() {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static final class BoundedElastic extends Contender {
        private final Scheduler workers;
        private final Scheduler loop = Schedulers.newSingle("loop");

        BoundedElastic(int workers) {
            this.workers = Schedulers.newBoundedElastic(workers, Integer.MAX_VALUE, "bench");
        }

        @Override
        Object call(Work<?, ?> work) throws Exception {
            return Mono.fromCallable(work).subscribeOn(workers).toFuture().get();
        }

        @Override
        void submit(Task work) {
            workers.schedule(work);
        }

        @Override
        void callBack(Task work, Callback callback) {
            // a null value is an empty Mono: it completes, and no more
            Mono.fromCallable(work).subscribeOn(workers).publishOn(loop).subscribe(null, null, callback);
        }

        @Override
        public void close() {
            workers.dispose();
            loop.dispose();
        }
    }

    /** No hop at all. */
    private static final class Inline extends Contender {
        @Override
        Object call(Work<?, ?> work) throws Exception {
            return work.call();
        }

        @Override
        void submit(Task work) {
            work.run();
        }

        @Override
        void callBack(Task work, Callback callback) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
