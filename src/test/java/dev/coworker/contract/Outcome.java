package dev.coworker.contract;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** A callback, and what it was called with. */
final class Outcome<T> implements BiConsumer<T, Throwable> {
    private static final long PATIENCE_SECONDS = 30;
    private final CountDownLatch called = new CountDownLatch(1);
    private final AtomicInteger calls = new AtomicInteger();
    private volatile T value;
    private volatile Throwable failure;
    private volatile Thread thread;

    @Override
    public void accept(T value, Throwable failure) {
        calls.incrementAndGet();
        this.value = value;
        this.failure = failure;
        this.thread = Thread.currentThread();
        called.countDown();
    }

    int calls() {
        return calls.get();
    }

    T value() throws InterruptedException {
        await();
        return value;
    }

    Throwable failure() throws InterruptedException {
        await();
        return failure;
    }

    Thread thread() throws InterruptedException {
        await();
        return thread;
    }

    /** Returns when the callback has been called; for contexts that poll by themselves. */
    Outcome<T> await() throws InterruptedException {
        if (!called.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the callback was never called");
        }
        return this;
    }
}
