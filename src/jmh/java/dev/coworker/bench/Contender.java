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
import java.util.concurrent.Semaphore;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.intrinsics.IntrinsicsKt;
import kotlin.coroutines.jvm.internal.ContinuationImpl;
import kotlin.jvm.functions.Function2;
import kotlinx.coroutines.BuildersKt;
import kotlinx.coroutines.CoroutineScope;
import kotlinx.coroutines.CoroutineStart;
import kotlinx.coroutines.Dispatchers;
import kotlinx.coroutines.GlobalScope;

/**
 * One way to run blocking work for virtual threads, written as its users would write it. All have 64 workers, where
 * they have workers, and one event loop for callbacks. Each prepares tasks in its own form, so that none pays for an
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

    static Contender named(String name) throws Exception {
        return switch (name) {
            case COWORKER -> new CoworkerContender();
            case BEFORE -> OldVersion.contender();
            case EXECUTOR -> new OnExecutor();
            case SEMAPHORE -> new InlineBehindSemaphore();
            case KOTLIN -> new OnKotlin();
            case VERTX -> new OnVertx();
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** Starts the callers of a round. Each calls until the round is over. */
    void start(Calls calls, int callers) {
        for (int i = 0; i < callers; i++) {
            int caller = i;
            Thread.startVirtualThread(() -> calls.makeAll(caller, call(calls.workOfCaller.apply(caller))));
        }
    }

    /** Prepares calls of this work. */
    public Call call(Callable<?> work) {
        throw new UnsupportedOperationException();
    }

    /** Prepares requests of this work, without an outcome. */
    public Runnable submit(Runnable work) {
        throw new UnsupportedOperationException();
    }

    /** Prepares empty requests with this callback, which one thread runs. */
    public Runnable submitWithCallback(Runnable callback) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}

    /** {@code executor.submit(work).get()}. */
    private static final class OnExecutor extends Contender {
        private final ExecutorService pool = Executors.newFixedThreadPool(WORKERS);
        private final ExecutorService loop = Executors.newSingleThreadExecutor();

        @Override
        public Call call(Callable<?> work) {
            return () -> pool.submit(work).get();
        }

        @Override
        public Runnable submit(Runnable work) {
            return () -> pool.execute(work);
        }

        @Override
        public Runnable submitWithCallback(Runnable callback) {
            Supplier<Object> work = () -> null;
            BiConsumer<Object, Throwable> own = (value, failure) -> callback.run();
            return () -> CompletableFuture.supplyAsync(work, pool).whenCompleteAsync(own, loop);
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
        public Runnable submit(Runnable work) {
            Callable<Object> own = Executors.callable(work);
            return () -> context.executeBlocking(own, false);
        }

        @Override
        public Runnable submitWithCallback(Runnable callback) {
            Callable<Object> work = () -> null;
            Handler<AsyncResult<Object>> own = result -> callback.run();
            return () -> context.executeBlocking(work, false).onComplete(own);
        }

        @Override
        public void close() {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    /**
     * {@code while (!over) { withContext(Dispatchers.IO) { work() } }} on {@code Dispatchers.Default}, as the state
     * machine that Kotlin's compiler makes of it. Its callers are coroutines. It keeps no latencies.
     */
    private static final class OnKotlin extends Contender {
        @Override
        void start(Calls calls, int callers) {
            for (int i = 0; i < callers; i++) {
                int caller = i;
                BuildersKt.launch(
                        GlobalScope.INSTANCE,
                        Dispatchers.getDefault(),
                        CoroutineStart.DEFAULT,
                        (scope, completion) -> makeAll(calls, caller, completion));
            }
        }

        @SuppressWarnings({"unchecked", "serial"}) // coroutines are never serialized
        private static Object makeAll(Calls calls, int caller, Continuation<?> completion) {
            Callable<?> work = calls.workOfCaller.apply(caller);
            Function2<CoroutineScope, Continuation<? super Object>, Object> block = (scope, inner) -> {
                try {
                    return work.call();
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            };
            final class Caller extends ContinuationImpl {
                private int made = -1;

                Caller() {
                    super((Continuation<Object>) completion);
                }

                /** Where a suspended call goes on: it has one outcome more. */
                @Override
                protected Object invokeSuspend(Object result) {
                    made++;
                    while (!calls.over) {
                        Object returned = BuildersKt.withContext(Dispatchers.getIO(), block, this);
                        if (returned == IntrinsicsKt.getCOROUTINE_SUSPENDED()) {
                            return returned;
                        }
                        made++;
                    }
                    calls.end(caller, made);
                    return Unit.INSTANCE;
                }
            }
            return new Caller().invokeSuspend(Unit.INSTANCE);
        }
    }
}
