package dev.coworker.bench;

import dev.coworker.Action;
import dev.coworker.ThreadPool;
import dev.coworker.Work;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;

/** Coworker. {@link OldVersion} loads this class once more, over an older jar: use only what both versions have. */
public final class CoworkerContender extends Contender {
    private final ThreadPool pool = ThreadPool.builder().maxThreads(WORKERS).build();

    @Override
    public Call call(Callable<?> work) {
        Work<Object, Exception> own = work::call;
        return () -> pool.submitCo(own);
    }

    @Override
    public void submit(int requests, LongAdder ran) {
        submit(requests, ran::increment);
    }

    @Override
    public void submitWithCallback(int requests, AtomicLong calledBack) {
        Callable<Object> work = () -> null;
        BiConsumer<Object, Throwable> callback = (value, failure) -> Bursts.count(calledBack);
        for (int i = 0; i < requests; i++) {
            pool.submitAio(work, callback);
        }
    }

    @Override
    public void submit(int requests, Runnable work) {
        Action<RuntimeException> own = work::run;
        for (int i = 0; i < requests; i++) {
            pool.submit(own);
        }
    }

    @Override
    public void close() {
        pool.close();
    }
}
