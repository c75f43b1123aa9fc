package dev.coworker.internal.pool;

import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.base.Timer;
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
import java.util.concurrent.CompletableFuture.AsynchronousCompletionTask;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.RunnableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A pool, or a slice, as an {@link java.util.concurrent.ExecutorService}: an account of its own tasks over the
 * fire-and-forget layer. Shutting it down ends the account, not the workers. Closing the pool, or the slice, ends both.
 *
 * <p>A command that the pool's close drops is told to the one that waits for it: a {@link Future} is canceled, anything
 * else goes to the uncaught-exception handler. So does a future that nothing waits for, as far as the view can tell.
 */
public final class ExecutorView extends AbstractExecutorService {
    /**
     * The future that the calling thread made last, and has not submitted. An {@code ExecutorCompletionService} makes
     * one here and submits another future around it: both must end.
     */
    private static final ThreadLocal<@Nullable Future<?>> UNSUBMITTED = new ThreadLocal<>();

    private final Pool pool;
    private final @Nullable Lane lane;
    private final BiFunction<Callable<?>, Runnable, Request.FireAndForget> newRequest;
    private final Mutex lock = new Mutex();

    // guarded by lock
    private final Set<Task> tasks = new LinkedHashSet<>(); // accepted and not ended, oldest first
    private boolean shutdown;
    private volatile boolean stopped; // by shutdownNow; written under lock

    /** A command on its way through the pool. */
    private final class Task implements Callable<@Nullable Object> {
        final Runnable command;
        final @Nullable Future<?> inner;

        final Request.FireAndForget request;

        private boolean returned; // to the caller of shutdownNow, who may still run it
        private boolean ran;

        Task(Runnable command, @Nullable Future<?> inner) {
            this.command = command;
            this.inner = inner;
            this.request = newRequest.apply(this, this::completed);
        }

        @Override
        public @Nullable Object call() {
            ran = true;
            command.run();
            return null;
        }

        boolean withdraw() {
            return pool.withdraw(request, RequestQueue.Reason.WITHDRAWN);
        }

        /** It has run, or never will: by its future's cancel, shutdownNow, close, or a decorator's fault. */
        void completed() {
            try {
                if (!ran && !returned) {
                    drop();
                }
            } catch (Throwable e) {
                CallbackQueue.report(pool.handler, e); // a listener of the future; the others must still be told
            } finally {
                ended(this);
            }
        }

        private void drop() {
            Object work = command instanceof ViewFuture<?> future ? future.submitted : command; // canceled, it has none
            RejectedExecutionException dropped = needsReport(work)
                    ? new RejectedExecutionException(ExecutorView.this + " was closed before it ran " + work)
                    : null;
            // one by one, since a list would take memory; inner first: the outer one hands it out
            cancel(inner);
            cancel(work);
            cancel(command);
            if (dropped != null) {
                CallbackQueue.report(pool.handler, dropped);
            }
        }

        private static void cancel(@Nullable Object task) {
            if (task instanceof Future<?> future) {
                future.cancel(false);
            }
        }

        /** Returns true if no future's cancel tells the one that waits. */
        private boolean needsReport(@Nullable Object work) {
            if (work instanceof AsynchronousCompletionTask) {
                return true; // the stage that waits is another one
            }
            if (work instanceof Future<?>) {
                // A completion service makes its inner future elsewhere, where another executor is around this one.
                return inner == null && work.getClass().getEnclosingClass() == ExecutorCompletionService.class;
            }
            // A task that is both is a library's own, such as Reactor's: it keeps the future for its cancel only.
            return work == command || (work instanceof Runnable && work instanceof Callable<?>);
        }
    }

    /** A future that leaves the queue when it is canceled, and runs in place when a worker of the pool waits for it. */
    private final class ViewFuture<T extends @Nullable Object> extends FutureTask<T> {
        private volatile @Nullable Task task;
        private volatile @Nullable Object submitted; // the work as it was given, until the future is done

        private final @Nullable Queue<? super ViewFuture<T>> ended;

        ViewFuture(Callable<T> callable, Object submitted, @Nullable Queue<? super ViewFuture<T>> ended) {
            super(callable);
            this.submitted = submitted;
            this.ended = ended;
        }

        @Override
        public T get() throws InterruptedException, ExecutionException {
            help();
            return super.get();
        }

        @Override
        public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
            help();
            return super.get(timeout, unit);
        }

        void help() {
            Task task = this.task;
            if (!isDone() && task != null) {
                pool.helpIfWaiting(task.request);
            }
        }

        @Override
        protected void done() {
            submitted = null;
            Task task = this.task;
            if (task != null && isCancelled()) {
                task.withdraw();
            }
            if (ended != null) {
                ended.add(this);
            }
        }
    }

    /** Creates a view; {@code newRequest} makes a request of a piece of work and of what to run when it has ended. */
    public ExecutorView(
            Pool pool, @Nullable Lane lane, BiFunction<Callable<?>, Runnable, Request.FireAndForget> newRequest) {
        this.pool = pool;
        this.lane = lane;
        this.newRequest = newRequest;
    }

    @Override
    public void execute(Runnable command) {
        Objects.requireNonNull(command, "command");
        Future<?> made = UNSUBMITTED.get();
        if (made != null) {
            UNSUBMITTED.remove();
        }
        Task task = new Task(command, made == command ? null : made);
        if (command instanceof ViewFuture<?> future) {
            future.task = task;
        }
        try (Mutex ignored = lock.hold()) {
            if (shutdown) {
                throw rejected();
            }
            if (pool.isClosing(lane)) {
                throw pool.reject(lane, true); // a view that has terminated takes no task again
            }
            tasks.add(task);
        }
        try {
            pool.submit(task.request);
        } catch (Throwable e) {
            ended(task);
            throw e;
        }
        if (stopped) { // perhaps before it was queued, so that shutdownNow could neither return nor interrupt it
            if (task.withdraw()) {
                throw rejected();
            }
            task.request.interrupt();
        }
    }

    private RejectedExecutionException rejected() {
        return new RejectedExecutionException(this + " is shut down");
    }

    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Callable<T> callable) {
        return newFuture(callable, callable);
    }

    @Override
    protected <T extends @Nullable Object> RunnableFuture<T> newTaskFor(Runnable runnable, T value) {
        return newFuture(Executors.callable(runnable, value), runnable);
    }

    private <T extends @Nullable Object> RunnableFuture<T> newFuture(Callable<T> callable, Object submitted) {
        ViewFuture<T> future = new ViewFuture<>(callable, submitted, null);
        UNSUBMITTED.set(future);
        return future;
    }

    @Override
    public <T extends @Nullable Object> T invokeAny(Collection<? extends Callable<T>> tasks)
            throws InterruptedException, ExecutionException {
        try {
            return invokeAny(tasks, Timer.NO_DEADLINE);
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
                ViewFuture<T> future = new ViewFuture<>(Objects.requireNonNull(task, "task"), task, ended);
                futures.add(future);
                execute(future);
            }
            for (int left = futures.size(); ; left--) {
                for (int i = 0; i < futures.size() && ended.isEmpty(); i++) {
                    futures.get(i).help();
                }
                ViewFuture<T> first = ended.poll(nanos - (System.nanoTime() - start), TimeUnit.NANOSECONDS);
                if (first == null) {
                    throw new TimeoutException();
                }
                try {
                    return first.get();
                } catch (ExecutionException | CancellationException e) {
                    if (left == 1) {
                        throw e instanceof ExecutionException failed ? failed : new ExecutionException(e);
                    }
                }
            }
        } finally {
            futures.forEach(future -> future.cancel(true));
        }
    }

    private void ended(Task task) {
        boolean last;
        try (Mutex ignored = lock.hold()) {
            tasks.remove(task);
            last = tasks.isEmpty();
        }
        if (last) {
            pool.viewWaiters.signal();
        }
    }

    @Override
    public void shutdown() {
        try (Mutex ignored = lock.hold()) {
            shutdown = true;
        }
        pool.viewWaiters.signal();
    }

    @Override
    public List<Runnable> shutdownNow() {
        List<Task> all;
        try (Mutex ignored = lock.hold()) {
            shutdown = true;
            stopped = true;
            all = new ArrayList<>(tasks);
        }
        List<Runnable> neverRun = new ArrayList<>();
        List<Request> begun = new ArrayList<>();
        for (Task task : all) {
            if (pool.queue.remove(task.request, RequestQueue.Reason.WITHDRAWN)) {
                task.returned = true; // by the one thread that withdrew it, before it is told
                neverRun.add(task.command);
                pool.canceled(task.request, RequestQueue.Reason.WITHDRAWN);
            } else {
                begun.add(task.request);
            }
        }
        begun.forEach(Request::interrupt); // last: a worker that it frees takes what waits
        pool.viewWaiters.signal();
        return neverRun;
    }

    @Override
    public boolean isShutdown() {
        if (pool.isClosing(lane)) {
            return true;
        }
        try (Mutex ignored = lock.hold()) {
            return shutdown;
        }
    }

    @Override
    public boolean isTerminated() {
        if (!isShutdown()) {
            return false;
        }
        try (Mutex ignored = lock.hold()) {
            return tasks.isEmpty();
        }
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
        return isTerminated()
                || pool.viewWaiters.awaitInterruptibly(this::isTerminated, Timer.deadlineAfter(nanos(timeout, unit)));
    }

    /** No time is zero: less would overflow when the time that has passed is taken from it. */
    private static long nanos(long timeout, TimeUnit unit) {
        return Math.max(0, unit.toNanos(timeout));
    }

    @Override
    public String toString() {
        return "ExecutorService of " + (lane != null ? lane.name : pool);
    }
}
