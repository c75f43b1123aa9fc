package dev.coworker.bench;

import dev.coworker.Action;
import dev.coworker.ThreadPool;
import dev.coworker.Work;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;

/** Coworker. {@link OldVersion} loads this class once more, over an older jar: use only what both versions have. */
public final class CoworkerContender extends Contender {
    private final ThreadPool pool;

    public CoworkerContender() {
        this(ThreadPool.builder().maxThreads(WORKERS).build());
    }

    CoworkerContender(ThreadPool pool) {
        this.pool = pool;
    }

    @Override
    public Call call(Callable<?> work) {
        Work<Object, Exception> own = work::call;
        return () -> pool.submitCo(own);
    }

    @Override
    public Runnable submit(Runnable work) {
        Action<RuntimeException> own = work::run;
        return () -> pool.submit(own);
    }

    @Override
    public Runnable submitWithCallback(Runnable callback) {
        Callable<Object> work = () -> null;
        BiConsumer<Object, Throwable> own = (value, failure) -> callback.run();
        return () -> pool.submitAio(work, own);
    }

    @Override
    public void close() {
        pool.close();
    }
}
