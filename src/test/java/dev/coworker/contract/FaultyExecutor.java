package dev.coworker.contract;

import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;

/** A serial executor that rejects some of what it is given, or drops it and says nothing, while it is told to. */
final class FaultyExecutor implements Executor, AutoCloseable {
    enum Fault {
        NONE,
        REJECTS,
        DROPS
    }

    private final ExecutorService executor = Executors.newSingleThreadExecutor();
    private final AtomicInteger given = new AtomicInteger();
    private final int every;
    volatile Fault fault;

    /** Creates an executor with a fault in one of {@code every} tasks. */
    FaultyExecutor(Fault fault, int every) {
        this.fault = fault;
        this.every = every;
    }

    @Override
    public void execute(Runnable task) {
        Fault now = given.incrementAndGet() % every == 0 ? fault : Fault.NONE;
        switch (now) {
            case NONE -> executor.execute(task);
            case REJECTS -> throw new RejectedExecutionException("rejected by a faulty executor");
            case DROPS -> {}
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
