package dev.coworker;

import java.lang.Thread.UncaughtExceptionHandler;
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
 * The three layers, as a pool and each of its slices offer them: {@link #submitCo submitCo} parks the calling virtual thread and
 * returns the result, {@link #submitAio submitAio} calls back on the pool's {@link AioContext}, {@link #submit submit} tells
 * nobody. Code that takes one of these as a parameter leaves it to its caller whether it has the {@link ThreadPool} or a
 * {@link Slice} of it.
 *
 * <p><strong>One request, one outcome.</strong> Every accepted request ends exactly once: with a value, with what the work
 * threw, or canceled. Its callback runs exactly once, on the context's thread.
 *
 * <p><strong>Memory effects.</strong> What a thread did before it submitted happens-before the work; the work happens-before
 * the return of its {@code submitCo}, its callback, and whoever sees {@link AioRequest.State#DONE}; all of it
 * happens-before the return of {@link #close()}.
 *
 * <p>All methods may be called from any thread unless they say otherwise, and take no null.
 */
public abstract sealed class Layers implements AutoCloseable permits ThreadPool, Slice {
    private static final long NO_DEADLINE = -1;

    final Entrance entrance;
    final Dispatcher dispatcher;
    final Observers observers;
    final @Nullable UnaryOperator<Runnable> decorator;
    private final String name;
    private final AioContext context;
    private final UncaughtExceptionHandler handler;

    Layers(String name, Entrance entrance, Observers observers, @Nullable UnaryOperator<Runnable> decorator) {
        this.name = name;
        this.entrance = entrance;
        this.observers = observers;
        this.decorator = decorator;
        this.dispatcher = entrance.dispatcher();
        this.context = dispatcher.context;
        this.handler = dispatcher.handler;
    }

    /**
     * Runs work on a worker, while the calling virtual thread is parked, and returns its value. The counterpart of QEMU's {@code
     * thread_pool_submit_co}.
     *
     * <p><strong>Waits</strong> for a place in a full queue, if the pool {@linkplain ThreadPool.Builder#maxQueued has a bound},
     * or in a slice for a turn; then for the work. <strong>Interrupted</strong> before a worker has started the work, it withdraws it and throws; interrupted
     * later, it waits all the same, since the worker may still use the caller's buffers, and returns with the interrupt
     * status set. While hundreds of requests are queued and the pool ends one each few microseconds, callers are resumed many
     * at once, within about a millisecond of their outcome, unless {@link ThreadPool.Builder#spin} is off.
     *
     * <p>What the work throws comes through as itself, the same instance, with the caller's stack added as a suppressed
     * throwable unless one is there.
     *
     * {@snippet file="snippets/Layers.java" region="co"}
     *
     * @param work the work, best written as a lambda; it may return null
     * @param <T> the type of the value
     * @param <X> the type of the checked exception that the work throws
     * @return the work's value
     * @throws X when the work throws it
     * @throws InterruptedException when interrupted before the work was started; it never runs
     * @throws WrongThreadException when the caller is not a virtual thread; nothing was submitted
     * @throws IllegalStateException on the home thread of the pool's context, which would wait for itself; nothing was
     *     submitted
     * @throws java.util.concurrent.RejectedExecutionException when the pool, or the slice, is closed; the work never runs
     * @throws java.util.concurrent.CancellationException when a {@link #close(Duration)} gave up on it; the work never runs
     */
    public <T extends @Nullable Object, X extends Exception> T submitCo(Work<? extends T, X> work)
            throws X, InterruptedException {
        return this.<T, RuntimeException>call(Objects.requireNonNull(work, "work"), NO_DEADLINE);
    }

    /**
     * Runs an action on a worker; else as {@link #submitCo(Work)}.
     *
     * {@snippet file="snippets/Layers.java" region="action"}
     *
     * @param work the action, best written as a lambda
     * @param <X> the type of the checked exception that the action throws
     * @throws X when the action throws it
     * @throws InterruptedException when interrupted before the action was started; it never runs
     */
    public <X extends Exception> void submitCo(Action<X> work) throws X, InterruptedException {
        this.<@Nullable Object, RuntimeException>call(asCallableWork(work), NO_DEADLINE);
    }

    /**
     * Runs work on a worker as {@link #submitCo(Work)} does, if one starts it in time.
     *
     * {@snippet file="snippets/Layers.java" region="within"}
     *
     * @param work the work
     * @param startWithin how long it may take until a worker starts the work, counted from this call; the work itself may
     *     take longer. Zero: only if a worker is free now, that is, fewer requests are queued or run than {@link
     *     ThreadPool.Builder#maxThreads}, and in a slice a turn too. Huge values mean no deadline.
     * @param <T> the type of the value
     * @param <X> the type of the checked exception that the work throws
     * @return the work's value
     * @throws X when the work throws it
     * @throws InterruptedException when interrupted before the work was started; it never runs
     * @throws TimeoutException when no worker started it in time; it was withdrawn and never runs
     * @throws IllegalArgumentException when {@code startWithin} is negative; nothing was submitted
     */
    public <T extends @Nullable Object, X extends Exception> T submitCo(Work<? extends T, X> work, Duration startWithin)
            throws X, InterruptedException, TimeoutException {
        return this.<T, RuntimeException>call(Objects.requireNonNull(work, "work"), nanos("startWithin", startWithin));
    }

    /**
     * Runs an action on a worker as {@link #submitCo(Work, Duration)} does, if one starts it in time.
     *
     * @param work the action
     * @param startWithin how long it may take until a worker starts the action
     * @param <X> the type of the checked exception that the action throws
     * @throws X when the action throws it
     * @throws InterruptedException when interrupted before the action was started; it never runs
     * @throws TimeoutException when no worker started it in time; it was withdrawn and never runs
     */
    public <X extends Exception> void submitCo(Action<X> work, Duration startWithin)
            throws X, InterruptedException, TimeoutException {
        this.<@Nullable Object, RuntimeException>call(asCallableWork(work), nanos("startWithin", startWithin));
    }

    /** An object that is both would be taken for the wrong one of the two. */
    private static Object asCallableWork(Action<?> action) {
        Objects.requireNonNull(action, "work");
        return action instanceof Callable ? (Action<?>) () -> action.run() : action;
    }

    /** All of submitCo: X only tells the compiler that the work's own exceptions pass here undeclared. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals", "NullAway"
    }) // null is a T where the work returns it
    private <T extends @Nullable Object, X extends Throwable> T call(Object work, long startWithinNanos) throws X {
        Thread caller = Thread.currentThread();
        if (!caller.isVirtual()) {
            throw new WrongThreadException(wrongCaller(caller));
        }
        if (context.inContext()) {
            throw new IllegalStateException(
                    dispatcher.completions.isInCallback()
                            ? callerInCallback()
                            : "submitCo on the home thread of " + context
                                    + " would stop the polling it depends on: call it on another virtual thread, or use"
                                    + " submitAio here");
        }
        Object decorated = decorator == null ? work : new Decoration.OfWork(work, decorator, handler);
        try {
            return observers.watch()
                    ? (T) new Observation.OfCo(observers, decorated).through(entrance, startWithinNanos)
                    : (T) entrance.call(new CoRequest(decorated), startWithinNanos);
        } catch (Throwable e) {
            throw (X) e;
        }
    }

    private String callerInCallback() {
        return "submitCo in a callback of " + name + " would hold up every callback behind it: use submitAio here, or"
                + " Thread.startVirtualThread";
    }

    private String wrongCaller(Thread caller) {
        if (dispatcher.completions.isInCallback()) {
            return callerInCallback();
        }
        String what = "submitCo parks its caller, which must be a virtual thread, but " + caller.getName() + " is ";
        if (dispatcher.workers.isWorker(caller)) {
            return what + "a worker of this pool: it is where blocking work belongs, so call the work directly";
        }
        if (context.inContext()) {
            return what + "the thread of " + context + ", which must not wait: use submitAio here";
        }
        return what + "a platform thread: use Thread.startVirtualThread, submitAio, or asExecutorService()";
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
     * @throws java.util.concurrent.RejectedExecutionException when the pool, or the slice, is closed; when the pool's queue is
     *     full, or callers wait for a place in it, except in a slice, which is never full; neither work nor callback will run
     */
    @SuppressWarnings("unchecked") // the request hands the callback what this work returned
    public <T extends @Nullable Object> AioRequest<T> submitAio(
            Callable<? extends T> work, BiConsumer<? super @Nullable T, ? super @Nullable Throwable> callback) {
        Objects.requireNonNull(work, "work");
        Objects.requireNonNull(callback, "callback");
        Callable<?> decoratedWork = work;
        BiConsumer<@Nullable Object, @Nullable Throwable> decoratedCallback =
                (BiConsumer<@Nullable Object, @Nullable Throwable>) (BiConsumer<?, ?>) callback;
        if (decorator != null) {
            decoratedWork = new Decoration.OfWork(work, decorator, handler);
            decoratedCallback = new Decoration.OfCallback(decoratedCallback, decorator, handler);
        }
        if (observers.watch()) {
            Observation.OfAio observation = new Observation.OfAio(observers, decoratedCallback);
            decoratedWork = observation.around(decoratedWork);
            decoratedCallback = observation;
        }
        AioCall request = new AioCall(entrance, decoratedWork, decoratedCallback);
        entrance.accept(request);
        return (AioRequest<T>) (AioRequest<?>) request;
    }

    /**
     * Hands work to a worker and forgets it. Never waits. A failure goes to the
     * {@linkplain ThreadPool.Builder#uncaughtExceptionHandler uncaught-exception handler}. The counterpart of QEMU's {@code
     * thread_pool_submit}.
     *
     * {@snippet file="snippets/Layers.java" region="submit"}
     *
     * @param work the work
     * @throws java.util.concurrent.RejectedExecutionException when the pool, or the slice, is closed; when the pool's queue is
     *     full, or callers wait for a place in it, except in a slice, which is never full; the work will not run
     */
    public void submit(Action<?> work) {
        entrance.accept(newPlainRequest(Objects.requireNonNull(work, "work"), null));
    }

    PlainRequest newPlainRequest(Action<?> work, @Nullable Runnable onSettled) {
        Action<?> decorated =
                decorator == null ? work : new Decoration.OfWork(asCallableWork(work), decorator, handler)::call;
        if (!observers.watch()) {
            return new PlainRequest(decorated, onSettled);
        }
        Observation.OfSubmit observation = new Observation.OfSubmit(observers, asCallableWork(decorated), onSettled);
        return new PlainRequest(observation, observation::settled);
    }

    /** Who watches the requests. */
    Observers observers() {
        return observers;
    }

    /** The bound on the queue. */
    abstract int maxQueued();

    /**
     * Returns the context that runs the callbacks and starts the workers.
     *
     * @return the context
     */
    public AioContext context() {
        return context;
    }

    /**
     * Returns the name; a pool's is the first part of the names of its workers.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Reads the counters; also after close. Never waits.
     *
     * {@snippet file="snippets/Observing.java" region="stats"}
     *
     * @return a reading
     */
    public ThreadPoolStats stats() {
        return entrance.stats();
    }

    /**
     * Returns a new view as an executor: its tasks are requests of the fire-and-forget layer. Shutting the view
     * down ends the view, not the workers; {@code shutdownNow} returns and interrupts the view's own tasks only, and
     * {@code awaitTermination} counts only them. {@code Future.cancel} takes a waiting task out of the queue. At a pool's
     * bound it rejects. Closing what it is a view of, or the pool, terminates it.
     *
     * {@snippet file="snippets/Layers.java" region="executor"}
     *
     * @return a view
     */
    public ExecutorService asExecutorService() {
        return new ExecutorView(this, entrance);
    }

    /**
     * Rejects new work, finishes all that was accepted here, and returns when every callback has returned. On the context's
     * home thread it polls while it waits. The wait cannot be interrupted; the interrupt status is kept. Every call waits, and
     * only the first changes anything.
     *
     * @throws IllegalStateException when called where it would wait for itself; nothing is changed
     */
    @Override
    public void close() {
        checkCloser();
        entrance.close();
    }

    /**
     * As {@link #close()}, within bounds: when {@code drain} is over, it cancels what is queued, interrupts what runs, and
     * waits at most one second more. {@code submitCo} callers whose work never ran then receive a {@link
     * java.util.concurrent.CancellationException}; one whose work runs stays until that has ended.
     *
     * @param drain how long to wait for what was accepted, zero or more
     * @return true when all has ended; false when something is still running
     * @throws IllegalArgumentException when {@code drain} is negative; nothing is changed
     * @throws IllegalStateException when called where it would wait for itself; nothing is changed
     */
    public boolean close(Duration drain) {
        long nanos = nanos("drain", drain);
        checkCloser();
        return entrance.close(nanos);
    }

    /** Throws where close would wait for its caller. */
    abstract void checkCloser();

    /** A duration in nanoseconds, saturated. */
    static long nanos(String parameter, Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(parameter + " must not be negative: " + duration);
        }
        return TimeUnit.NANOSECONDS.convert(duration);
    }

    static void checkNotBlank(String name) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("name must not be blank: '" + name + "'");
        }
    }

    static void checkAtLeast(String parameter, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(parameter + " must be at least " + least + ": " + value);
        }
    }

    final String state() {
        return entrance.isClosed() ? "Closed" : entrance.isClosing() ? "Closing" : "Running";
    }
}
