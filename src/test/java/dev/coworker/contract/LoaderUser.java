package dev.coworker.contract;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/** A user of the library that uses much of it, closes its pools and goes. Loaded by a class loader of its own. */
public final class LoaderUser implements Callable<Integer> {
    private final AtomicInteger served = new AtomicInteger();

    @Override
    public Integer call() throws Exception {
        AtomicInteger starts = new AtomicInteger();
        try (ThreadPool pool = ThreadPool.builder()
                .maxThreads(2)
                .maxQueued(1)
                .uncaughtExceptionHandler((thread, failure) -> served.incrementAndGet())
                .threadFactory(worker -> {
                    if (starts.incrementAndGet() == 1) {
                        throw new OutOfMemoryError("unable to create native thread, says the test");
                    }
                    return new Thread(worker);
                })
                .build()) {
            use(pool);
        }
        AioContext own = AioContext.start("own");
        try (ThreadPool pool = ThreadPool.builder().context(own).build()) {
            use(pool);
        }
        own.close();
        return served.get();
    }

    private void use(ThreadPool pool) throws Exception {
        CountDownLatch called = new CountDownLatch(1);
        pool.submitAio(served::incrementAndGet, (value, failure) -> called.countDown());
        called.await();
        AtomicReference<Throwable> thrown = new AtomicReference<>();
        Thread caller = Thread.startVirtualThread(() -> {
            try {
                pool.submitCo(served::incrementAndGet);
                pool.submitCo(served::incrementAndGet, Duration.ofMinutes(1));
                try (var slice = pool.slice("slice", 1)) {
                    slice.submitCo(() -> {
                        served.incrementAndGet();
                        throw new IOException("of the work");
                    });
                }
            } catch (IOException e) {
                served.incrementAndGet();
            } catch (InterruptedException | TimeoutException | RuntimeException e) {
                thrown.set(e);
            }
        });
        caller.join();
        if (thrown.get() != null) {
            throw new AssertionError(thrown.get());
        }
        ExecutorService view = pool.asExecutorService();
        view.submit(served::incrementAndGet).get();
        view.shutdown();
    }
}
