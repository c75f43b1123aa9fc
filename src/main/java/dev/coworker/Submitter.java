package dev.coworker;

import dev.coworker.internal.observe.RequestTrace;
import dev.coworker.internal.pool.BlockingRequest;
import dev.coworker.internal.pool.CallbackRequest;
import dev.coworker.internal.pool.Decoration;
import dev.coworker.internal.pool.ExecutorView;
import dev.coworker.internal.pool.Lane;
import dev.coworker.internal.pool.Pool;
import dev.coworker.internal.pool.Request;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Accepts work in three layers: {@link #submitCo submitCo} parks the calling virtual thread and returns the result,
 * {@link #submitAio submitAio} calls back on the pool's {@link AioContext}, {@link #submit submit} is fire-and-forget.
 * Use this type as a parameter to accept either a {@link ThreadPool} or a {@link Slice}. {@code ThreadPool} tells what
 * holds for each request.
 *
 * <p><strong>Memory effects.</strong> What a thread did before it submitted happens-before the work. The work
 * happens-before the return of its {@code submitCo}, its callback, and any thread that sees {@link
 * AioRequest.State#DONE}. All of it happens-before the return of {@link #close()}.
 *
 * <p><strong>Nesting.</strong> Work that submits to its own pool, or to a slice of it, and waits runs in place, on the
 * worker that it already has and without a permit: {@code submitCo} on a worker of the pool, and {@code get()} of a
 * future of {@link #asExecutorService()} whose task still waits. So work cannot deadlock with itself by using up the
 * workers.
 *
 * <p>All methods may be called from any thread unless they say otherwise, and take no null.
 */
public abstract sealed class Submitter implements AutoCloseable permits ThreadPool, Slice {
    final Pool pool;
    final @Nullable Lane lane;
    final @Nullable UnaryOperator<Runnable> decorator;
    final RequestTrace.Tracer tracer;
    private final String name;
    private final AioContext context;

    Submitter(
            String name,
            Pool pool,
            @Nullable Lane lane,
            AioContext context,
            @Nullable UnaryOperator<Runnable> decorator,
            RequestTrace.@Nullable Tracer ofPool) {
        this.name = name;
        this.pool = pool;
        this.lane = lane;
        this.context = context;
        this.decorator = decorator;
        this.tracer = new RequestTrace.Tracer(pool, lane, lane == null ? null : name, ofPool);
    }

    /**
     * Runs work on a worker, while the calling virtual thread is parked, and returns its value. The counterpart of
     * QEMU's {@code thread_pool_submit_co}.
     *
     * <p><strong>Waits</strong> until the pool is below its {@linkplain ThreadPool.Builder#maxQueued bound}, in a slice
     * for a permit, then for the work. <strong>Interrupted</strong> before a worker has started the work, it withdraws
     * the work and throws. Interrupted later, it waits all the same, since the worker may still use the caller's
     * buffers, and returns with the interrupt status set. On a worker of another pool, that worker waits. With {@link
     * ThreadPool.Builder#inPlace} the caller may run the work itself.
     *
     * <p>What the work throws comes through as itself, the same instance. If the work created it, the caller's stack is
     * added as a suppressed throwable.
     *
     * {@snippet file="snippets/Layers.java" region="co"}
     *
     * @param work the work, best written as a lambda; it may return null
     * @param <T> the type of the value
     * @param <X> the type of the checked exception that the work throws
     * @return the work's value
     * @throws X when the work throws it
     * @throws InterruptedException when interrupted before the work was started; it never runs
     * @throws WrongThreadException when the caller is neither a virtual thread nor a worker; nothing was submitted
     * @throws IllegalStateException on the loop thread of the pool's context, which would wait for itself; nothing was
     *     submitted
     * @throws java.util.concurrent.RejectedExecutionException when the pool or the slice is closed; it never runs
     * @throws java.util.concurrent.CancellationException when a {@link #close(Duration)} gave up on it; it never runs
     */
    public <T extends @Nullable Object, X extends Exception> T submitCo(Work<? extends T, X> work)
            throws X, InterruptedException {
        return this.<T, RuntimeException>call(Objects.requireNonNull(work, "work"), BlockingRequest.Terms.NONE);
    }

    /**
     * Runs an action as {@link #submitCo(Work)} runs work.
     *
     * {@snippet file="snippets/Layers.java" region="action"}
     *
     * @param work the action, best written as a lambda
     * @param <X> the type of the checked exception that the action throws
     * @throws X when the action throws it
     * @throws InterruptedException when interrupted before the action was started; it never runs
     */
    public <X extends Exception> void submitCo(Action<X> work) throws X, InterruptedException {
        this.<@Nullable Object, RuntimeException>call(asCallable(work), BlockingRequest.Terms.NONE);
    }

    /**
     * Runs work on a worker as {@link #submitCo(Work)} does, if one starts it in time.
     *
     * {@snippet file="snippets/Layers.java" region="within"}
     *
     * @param work the work
     * @param startWithin how long it may take until a worker starts the work, counted from this call; the work itself
     *     may take longer, but it never starts later. Zero or less: only if a worker is free now, that is, fewer
     *     requests are queued or run than {@link ThreadPool.Builder#maxThreads}, and in a slice a permit too. Huge
     *     values mean no deadline.
     * @param <T> the type of the value
     * @param <X> the type of the checked exception that the work throws
     * @return the work's value
     * @throws X when the work throws it
     * @throws InterruptedException when interrupted before the work was started; it never runs
     * @throws TimeoutException when no worker started it in time; it was withdrawn and never runs
     */
    public <T extends @Nullable Object, X extends Exception> T submitCo(Work<? extends T, X> work, Duration startWithin)
            throws X, InterruptedException, TimeoutException {
        return submitCo(work, CallOptions.defaults().startWithin(startWithin));
    }

    /**
     * Runs an action as {@link #submitCo(Work, Duration)} runs work.
     *
     * @param work the action
     * @param startWithin how long it may take until a worker starts the action
     * @param <X> the type of the checked exception that the action throws
     * @throws X when the action throws it
     * @throws InterruptedException when interrupted before the action was started; it never runs
     * @throws TimeoutException when no worker started it in time; it never runs
     */
    public <X extends Exception> void submitCo(Action<X> work, Duration startWithin)
            throws X, InterruptedException, TimeoutException {
        submitCo(work, CallOptions.defaults().startWithin(startWithin));
    }

    /**
     * Runs work on a worker as {@link #submitCo(Work)} does, with deadlines, and with a canceller that asks the work to
     * end when the caller is interrupted or {@link CallOptions#endWithin} is over.
     *
     * @param work the work
     * @param options the deadlines and the canceller
     * @param <T> the type of the value
     * @param <X> the type of the checked exception that the work throws
     * @return the work's value
     * @throws X when the work throws it
     * @throws InterruptedException when interrupted before the work was started; it never runs
     * @throws TimeoutException when no worker started the work in time: it was withdrawn and never runs; or when it did
     *     not end in time: it has ended now, and what it threw is the cause
     */
    public <T extends @Nullable Object, X extends Exception> T submitCo(Work<? extends T, X> work, CallOptions options)
            throws X, InterruptedException, TimeoutException {
        return this.<T, RuntimeException>call(Objects.requireNonNull(work, "work"), options.terms);
    }

    /**
     * Runs an action as {@link #submitCo(Work, CallOptions)} runs work.
     *
     * @param work the action
     * @param options the deadlines and the canceller
     * @param <X> the type of the checked exception that the action throws
     * @throws X when the action throws it
     * @throws InterruptedException when interrupted before the action was started; it never runs
     * @throws TimeoutException when it was not started in time, or did not end in time
     */
    public <X extends Exception> void submitCo(Action<X> work, CallOptions options)
            throws X, InterruptedException, TimeoutException {
        this.<@Nullable Object, RuntimeException>call(asCallable(work), options.terms);
    }

    private static Callable<?> asCallable(Action<?> action) {
        return new ActionWork(Objects.requireNonNull(action, "work"));
    }

    /** Not a lambda: the first one of a JVM would cost the submitting thread milliseconds. */
    private record ActionWork(Action<?> action) implements Callable<@Nullable Object> {
        @Override
        public @Nullable Object call() throws Exception {
            action.run();
            return null;
        }
    }

    /** All of submitCo: X only tells the compiler that the work's own exceptions pass here undeclared. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"
    }) // null is a T where the work returns it
    private <T extends @Nullable Object, X extends Throwable> T call(Callable<?> work, BlockingRequest.Terms terms)
            throws X {
        boolean mayPark = Thread.currentThread().isVirtual() || Pool.isAnyWorker();
        if (!mayPark || context.inContext()) {
            throw refuseCaller(mayPark);
        }
        try {
            RequestTrace trace = tracer.begin(Request.Layer.CO);
            BlockingRequest request = new BlockingRequest(lane, wrapped(work, trace));
            return (T) (trace == null ? pool.call(request, terms) : trace.call(request, terms));
        } catch (Throwable e) {
            throw (X) e;
        }
    }

    private Callable<?> wrapped(Callable<?> work, @Nullable RequestTrace trace) {
        Callable<?> traced = trace == null ? work : trace.around(work);
        return decorator == null ? traced : new Decoration.OfWork(traced, decorator, pool);
    }

    private RuntimeException refuseCaller(boolean mayPark) {
        String why;
        if (pool.isInCallback()) {
            why = "submitCo in a callback would park the loop thread of " + context
                    + ", which delivers the callbacks: use submitAio here";
        } else if (mayPark) {
            why = "submitCo on the loop thread of " + context
                    + " would stop the polling it depends on: call it on another virtual thread, or use submitAio here";
        } else {
            why = "submitCo parks its caller, which must be a virtual thread, but "
                    + Thread.currentThread().getName() + " is "
                    + (context.inContext()
                            ? "the thread of " + context + ", which must not wait: use submitAio here"
                            : "a platform thread: use Thread.startVirtualThread, submitAio, or asExecutorService()");
        }
        return mayPark ? new IllegalStateException(why) : new WrongThreadException(why);
    }

    /**
     * Hands work to a worker, and has the callback called on the context's thread when it has ended. Never waits.
     * The counterpart of QEMU's {@code thread_pool_submit_aio}.
     *
     * {@snippet file="snippets/Layers.java" region="aio"}
     *
     * @param work the work; it may return null
     * @param callback receives the value and null, or null and what the work threw, or null and a
     *     {@link java.util.concurrent.CancellationException}; called exactly once. What it throws goes to the
     *     uncaught-exception handler.
     * @param <T> the type of the value
     * @return the request, which can be canceled
     * @throws java.util.concurrent.RejectedExecutionException when the pool or the slice is closed, or at its bound;
     *     neither work nor callback will run
     */
    @SuppressWarnings("unchecked") // the request hands the callback what this work returned
    public <T extends @Nullable Object> AioRequest<T> submitAio(
            Callable<? extends T> work, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> callback) {
        Objects.requireNonNull(work, "work");
        Objects.requireNonNull(callback, "callback");
        RequestTrace trace = tracer.begin(Request.Layer.AIO);
        Callable<?> wrappedWork = wrapped(work, trace);
        BiConsumer<@Nullable Object, @Nullable Throwable> wrapped =
                (BiConsumer<@Nullable Object, @Nullable Throwable>) (BiConsumer<?, ?>) callback;
        if (decorator != null) {
            wrapped = new Decoration.OfCallback(wrapped, decorator, pool);
        }
        if (trace != null) {
            wrapped = trace.around(wrapped);
        }
        SubmittedRequest request = new SubmittedRequest(pool, lane, wrappedWork, wrapped);
        pool.submit(request);
        return (AioRequest<T>) (AioRequest<?>) request;
    }

    /** The request itself is what the caller holds. */
    private static final class SubmittedRequest extends CallbackRequest implements AioRequest<@Nullable Object> {
        SubmittedRequest(
                Pool pool,
                @Nullable Lane lane,
                Callable<?> work,
                BiConsumer<@Nullable Object, @Nullable Throwable> callback) {
            super(pool, lane, work, callback);
        }

        @Override
        public State state() {
            if (isQueued()) {
                return State.QUEUED;
            }
            return isCanceled() ? State.CANCELED : isActive() ? State.ACTIVE : State.DONE;
        }

        @Override
        public String toString() {
            return "AioRequest[" + state() + "]";
        }
    }

    /**
     * Hands work to a worker and forgets it. Never waits. A failure goes to the {@linkplain
     * ThreadPool.Builder#uncaughtExceptionHandler uncaught-exception handler}. The counterpart of QEMU's {@code
     * thread_pool_submit}.
     *
     * {@snippet file="snippets/Layers.java" region="submit"}
     *
     * @param work the work
     * @throws java.util.concurrent.RejectedExecutionException as {@link #submitAio}; the work will not run
     */
    public void submit(Action<?> work) {
        pool.submit(newFireAndForget(asCallable(work), null));
    }

    private Request.FireAndForget newFireAndForget(Callable<?> work, @Nullable Runnable onCompleted) {
        RequestTrace trace = tracer.begin(Request.Layer.SUBMIT);
        return new Request.FireAndForget(
                lane, wrapped(work, trace), trace == null ? onCompleted : trace.around(onCompleted));
    }

    /** {@return the context that runs the callbacks and starts the workers} */
    public AioContext context() {
        return context;
    }

    /** {@return the name; a pool's is the first part of the names of its workers} */
    public String name() {
        return name;
    }

    /**
     * {@return a reading of the counters; also after close} Never waits.
     *
     * {@snippet file="snippets/Observing.java" region="stats"}
     */
    public ThreadPoolStats stats() {
        return new ThreadPoolStats(pool.counters(lane));
    }

    /**
     * Waits until nothing is queued and nothing runs, in a slice: nothing of it. New work is accepted all the time, so
     * a program that goes on submitting may wait for ever. On the context's loop thread it polls while it waits.
     * Callbacks may still be on their way when it returns. The counterpart of {@code thread_pool_wait} of QEMU 10.
     *
     * @param time how long to wait at most; zero or less: only look
     * @return true if it was idle, false if the time was over
     * @throws InterruptedException if interrupted before or while it waits
     */
    public boolean awaitIdle(Duration time) throws InterruptedException {
        return pool.awaitIdle(lane, TimeUnit.NANOSECONDS.convert(time));
    }

    /**
     * {@return a new view as an executor} Its tasks are requests of the fire-and-forget layer. Shutting the view down
     * ends the view, not the workers; {@code shutdownNow} and {@code awaitTermination} concern only the view's own
     * tasks. {@code Future.cancel} takes a waiting task out of the queue. At a pool's bound it rejects. Closing what it
     * is a view of, or the pool, terminates it.
     *
     * {@snippet file="snippets/Layers.java" region="executor"}
     */
    public ExecutorService asExecutorService() {
        return new ExecutorView(pool, lane, this::newFireAndForget);
    }

    /**
     * Closes this pool with its slices, or this slice only: rejects new work, finishes all that was accepted, and
     * returns when every callback has returned, and every worker of the pool has ended. Callers that wait at the bound
     * are served in turn. On the context's loop thread it polls while it waits. <strong>Interrupted</strong> before or
     * while it waits, it cancels what is queued, interrupts what runs, goes on waiting, and returns with the interrupt
     * status set, as {@link ExecutorService#close()} does. Every call waits. The counterpart of QEMU's {@code
     * thread_pool_free}.
     *
     * @throws IllegalStateException when called by a worker of the pool, which may be needed, or in a callback that it
     *     would wait for; nothing is changed
     */
    @Override
    public void close() {
        pool.checkCloser(lane);
        pool.close(lane);
    }

    /**
     * Closes as {@link #close()} does, within bounds: when {@code drain} is over, it cancels what is queued, interrupts
     * what runs, and waits at most one second more. {@code submitCo} callers whose work never ran then receive a {@link
     * java.util.concurrent.CancellationException}; one whose work runs stays until that has ended.
     *
     * @param drain how long to wait for what was accepted, zero or more
     * @return true when all work has ended, all callbacks have returned, and no worker of the pool is left; false when
     *     something is still running, after which the workers end by themselves
     * @throws IllegalArgumentException when {@code drain} is negative; nothing is changed
     * @throws IllegalStateException as {@link #close()}
     */
    public boolean close(Duration drain) {
        long nanos = nanos("drain", drain);
        pool.checkCloser(lane);
        return pool.close(lane, nanos);
    }

    final String state() {
        return pool.isClosed(lane) ? "Closed" : pool.isClosing(lane) ? "Closing" : "Running";
    }

    // what arguments must be like: else IllegalArgumentException, which names the parameter and its value

    static int checkAtLeast(String parameter, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(parameter + " must be at least " + least + ": " + value);
        }
        return value;
    }

    /** Of two bounds, the lower one is 0 or more, and the upper one 1 or more, and no less than the lower one. */
    static void checkBounds(String lower, int lowerValue, String upper, int upperValue) {
        checkAtLeast(lower, lowerValue, 0);
        checkAtLeast(upper, upperValue, 1);
        if (lowerValue > upperValue) {
            throw new IllegalArgumentException(
                    lower + " must not exceed " + upper + ": " + lowerValue + " > " + upperValue);
        }
    }

    static String checkName(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank: '" + name + "'");
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "name must not contain control characters, which would forge lines of a log");
        }
        return name;
    }

    /** A duration in nanoseconds, saturated. */
    static long nanos(String parameter, Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(parameter + " must not be negative: " + duration);
        }
        return TimeUnit.NANOSECONDS.convert(duration);
    }
}
