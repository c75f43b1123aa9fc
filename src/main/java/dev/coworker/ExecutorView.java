package dev.coworker;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A pool, or a slice, as an {@link java.util.concurrent.ExecutorService}: an account of its own tasks over the fire-and-forget layer.
 * Shutting it down ends the account, not the workers; closing the pool, or the slice, ends both.
 */
final class ExecutorView extends AbstractExecutorService {
    private final Layers layers;
    private final Entrance entrance;
    private final Waiters waiters;
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
        private boolean ran;

        Task(Runnable command) {
            this.command = command;
        }

        @Override
        public void run() {
            ran = true;
            command.run();
        }

        boolean withdraw() {
            PlainRequest request = this.request;
            return request != null && entrance.withdraw(request, false);
        }

        /** It has run, or never will: by its future's cancel, shutdownNow, the pool's close, or a decorator's fault. */
        void settled() {
            if (!ran && !returned && command instanceof FutureTask<?> future) {
                future.cancel(false);
            }
            ended(this);
        }
    }

    /** A future that leaves the queue when it is canceled. */
    private static final class ViewFuture<T extends @Nullable Object> extends FutureTask<T> {
        private volatile @Nullable Task task;

        private final @Nullable Queue<? super ViewFuture<T>> ended;

        ViewFuture(Callable<T> callable, @Nullable Queue<? super ViewFuture<T>> ended) {
            super(callable);
            this.ended = ended;
        }

        @Override
        protected void done() {
            Task task = this.task;
            if (task != null && isCancelled()) {
                task.withdraw();
            }
            if (ended != null) {
                ended.add(this);
            }
        }
    }

    ExecutorView(Layers layers, Entrance entrance) {
        this.layers = layers;
        this.entrance = entrance;
        this.waiters = entrance.dispatcher().waiters;
    }

    @Override
    public void execute(Runnable command) {
        Task task = new Task(Objects.requireNonNull(command, "command"));
        PlainRequest request = layers.newPlainRequest(task, task::settled);
        task.request = request;
        if (command instanceof ViewFuture<?> future) {
            future.task = task;
        }
        lock.lock();
        try {
            if (shutdown) {
                throw rejected();
            }
            if (entrance.isClosing()) {
                throw entrance.reject(true); // a view that has terminated takes no task again
            }
            tasks.add(task);
        } finally {
            lock.unlock();
        }
        try {
            entrance.accept(request);
        } catch (Throwable e) {
            ended(task);
            throw e;
        }
        if (stopped) { // perhaps before it was queued, so that shutdownNow could neither return nor interrupt it
            if (task.withdraw()) {
                throw rejected();
            }
            request.interruptWorker();
        }
    }

    private RejectedExecutionException rejected() {
        return new RejectedExecutionException(this + " is shut down");
    }

    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Callable<T> callable) {
        return new ViewFuture<>(callable, null);
    }

    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return new ViewFuture<>(Executors.callable(runnable, value), null);
    }

    @Override
    public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks)
            throws InterruptedException, ExecutionException {
        try {
            return invokeAny(tasks, Long.MAX_VALUE);
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public <T extends @Nullable Object> T invokeAny(
            Collection<? extends Callable<T>> tasks, long timeout, TimeUnit unit)
            throws InterruptedException, ExecutionException, TimeoutException {
        return invokeAny(tasks, nanos(timeout, unit));
    }

    /** Unlike the inherited one, which wraps the futures, it takes the losers out of the queue when it cancels them. */
    private <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks, long nanos)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("tasks must not be empty");
        }
        long start = System.nanoTime();
        BlockingQueue<ViewFuture<T>> ended = new LinkedBlockingQueue<>();
        List<ViewFuture<T>> futures = new ArrayList<>();
        try {
            for (Callable<T> task : tasks) {
                ViewFuture<T> future = new ViewFuture<>(Objects.requireNonNull(task, "task"), ended);
                futures.add(future);
                execute(future);
            }
            for (int left = futures.size(); ; left--) {
                ViewFuture<T> first = ended.poll(nanos - (System.nanoTime() - start), TimeUnit.NANOSECONDS);
                if (first == null) {
                    throw new TimeoutException();
                }
                try {
                    return first.get();
                } catch (ExecutionException e) {
                    if (left == 1) {
                        throw e;
                    }
                } catch (CancellationException e) {
                    if (left == 1) {
                        throw new ExecutionException(e);
                    }
                }
            }
        } finally {
            futures.forEach(future -> future.cancel(true));
        }
    }

    private void ended(Task task) {
        lock.lock();
        tasks.remove(task);
        lock.unlock();
        waiters.signal(this);
    }

    @Override
    public void shutdown() {
        lock.lock();
        shutdown = true;
        lock.unlock();
        waiters.signal(this);
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
        List<PlainRequest> begun = new ArrayList<>();
        for (Task task : all) {
            PlainRequest request = task.request;
            if (request == null) {
                continue;
            }
            if (entrance.remove(request, false)) {
                task.returned = true; // by the one thread that withdrew it, before it is told
                neverRun.add(task.command);
                entrance.left(request, "withdrawn");
            } else {
                begun.add(request);
            }
        }
        begun.forEach(PlainRequest::interruptWorker); // last: a worker that it frees takes what waits
        waiters.signal(this);
        return neverRun;
    }

    @Override
    public boolean isShutdown() {
        if (entrance.isClosing()) {
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
        return isTerminated() || waiters.awaitInterruptibly(this, this::isTerminated, nanos(timeout, unit));
    }

    /** No time is zero: less would overflow when the time that has passed is taken from it. */
    private static long nanos(long timeout, TimeUnit unit) {
        return Math.max(0, unit.toNanos(timeout));
    }

    @Override
    public String toString() {
        return "ExecutorService of " + layers.name();
    }
}
