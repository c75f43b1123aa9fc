package dev.coworker;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The pool as an {@link java.util.concurrent.ExecutorService}: an account of its own tasks over the fire-and-forget layer.
 * Shutting it down ends the account, not the workers; closing the pool ends both.
 */
final class ExecutorView extends AbstractExecutorService {
    private final ThreadPool pool;
    private final Dispatcher dispatcher;
    private final Mutex lock = new Mutex();

    // guarded by lock
    private final Set<Task> tasks = new LinkedHashSet<>(); // accepted and not ended, oldest first
    private boolean shutdown;
    private volatile boolean stopped; // by shutdownNow; written under lock

    /** A command on its way through the pool. */
    private final class Task implements Action<RuntimeException> {
        final Runnable command;

        @Nullable
        PlainRequest request; // set before the task can be seen

        private boolean returned; // to the caller of shutdownNow, who may still run it

        Task(Runnable command) {
            this.command = command;
        }

        @Override
        public void run() {
            command.run();
        }

        boolean withdraw() {
            PlainRequest request = this.request;
            return request != null && dispatcher.withdraw(request, false);
        }

        /** It has run, or never will: by its future's cancel, shutdownNow, the pool's close, or a decorator's fault. */
        void settled() {
            if (!returned && command instanceof FutureTask<?> future) {
                future.cancel(false);
            }
            ended(this);
        }
    }

    /** A future that leaves the queue when it is canceled. */
    private static final class ViewFuture<T extends @Nullable Object> extends FutureTask<T> {
        private volatile @Nullable Task task;

        ViewFuture(Callable<T> callable) {
            super(callable);
        }

        ViewFuture(Runnable runnable, T value) {
            super(runnable, value);
        }

        @Override
        protected void done() {
            Task task = this.task;
            if (task != null && isCancelled()) {
                task.withdraw();
            }
        }
    }

    ExecutorView(ThreadPool pool, Dispatcher dispatcher) {
        this.pool = pool;
        this.dispatcher = dispatcher;
    }

    @Override
    public void execute(Runnable command) {
        Task task = new Task(Objects.requireNonNull(command, "command"));
        PlainRequest request = pool.newPlainRequest(task, task::settled);
        task.request = request;
        if (command instanceof ViewFuture<?> future) {
            future.task = task;
        }
        lock.lock();
        try {
            if (shutdown) {
                throw new RejectedExecutionException(this + " is shut down");
            }
            tasks.add(task);
        } finally {
            lock.unlock();
        }
        try {
            dispatcher.accept(request);
        } catch (Throwable e) {
            ended(task);
            throw e;
        }
        if (stopped && task.withdraw()) {
            throw new RejectedExecutionException(this + " is shut down"); // shutdownNow came before it was queued
        }
    }

    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Callable<T> callable) {
        return new ViewFuture<>(callable);
    }

    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return new ViewFuture<>(runnable, value);
    }

    private void ended(Task task) {
        lock.lock();
        tasks.remove(task);
        lock.unlock();
        dispatcher.waiters.signal(this);
    }

    @Override
    public void shutdown() {
        lock.lock();
        shutdown = true;
        lock.unlock();
        dispatcher.waiters.signal(this);
    }

    @Override
    public List<Runnable> shutdownNow() {
        List<Task> all;
        lock.lock();
        try {
            shutdown = true;
            stopped = true;
            all = new ArrayList<>(tasks);
        } finally {
            lock.unlock();
        }
        List<Runnable> neverRun = new ArrayList<>();
        for (Task task : all) {
            PlainRequest request = task.request;
            if (request == null) {
                continue;
            }
            if (dispatcher.queue.remove(request, false)) {
                task.returned = true; // by the one thread that withdrew it, before it is told
                neverRun.add(task.command);
                dispatcher.left(request);
            } else {
                request.interruptWorker();
            }
        }
        dispatcher.waiters.signal(this);
        return neverRun;
    }

    @Override
    public boolean isShutdown() {
        if (dispatcher.isClosing()) {
            return true;
        }
        lock.lock();
        try {
            return shutdown;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean isTerminated() {
        if (!isShutdown()) {
            return false;
        }
        lock.lock();
        try {
            return tasks.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return dispatcher.waiters.awaitInterruptibly(this, this::isTerminated, unit.toNanos(timeout));
    }

    @Override
    public String toString() {
        return "ExecutorService of " + pool.name();
    }
}
