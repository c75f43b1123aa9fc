package dev.coworker.contract;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** A thread factory that fails as it is told to, and creates threads otherwise. */
public final class FailingFactory implements ThreadFactory {
    private final Queue<ThreadFactory> failures = new ConcurrentLinkedQueue<>();
    private final AtomicInteger calls = new AtomicInteger();
    private volatile ThreadFactory otherwise = Thread::new;

    /** The next calls fail, one after the other. */
    public FailingFactory failNext(ThreadFactory... next) {
        failures.addAll(java.util.List.of(next));
        return this;
    }

    /** From now on every call fails. */
    public FailingFactory fail(ThreadFactory failure) {
        otherwise = failure;
        return this;
    }

    /** From now on every call succeeds. */
    public void heal() {
        failures.clear();
        otherwise = Thread::new;
    }

    public int calls() {
        return calls.get();
    }

    @Override
    public Thread newThread(Runnable worker) {
        calls.incrementAndGet();
        ThreadFactory failure = failures.poll();
        return (failure == null ? otherwise : failure).newThread(worker);
    }

    public static Thread outOfMemory(Runnable worker) {
        throw new OutOfMemoryError("unable to create native thread, says the test");
    }
}
