package dev.coworker;

import java.lang.System.Logger.Level;
import java.lang.Thread.UncaughtExceptionHandler;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An elastic, bounded pool of platform threads for work that would block, pin or hog the carrier of a virtual thread: file
 * I/O, native calls, hashing. The counterpart of QEMU's block-layer thread pool ({@code util/thread-pool.c}).
 *
 * <p>Three layers share its workers and its queue, and differ only in whom they tell of the end:
 * {@link #submitCo submitCo} parks the calling virtual thread and returns the result,
 * {@link #submitAio submitAio} calls back on the pool's {@link AioContext},
 * {@link #submit submit} tells nobody. Requests are served first come, first served.
 *
 * {@snippet file="snippets/Layers.java" region="pool"}
 *
 * <p><strong>One request, one outcome.</strong> Every accepted request ends exactly once: with a value, with what the work
 * threw, or canceled. Its callback runs exactly once, on the context's thread. A failed thread start, an idle exit, a
 * resize, a close, a throwing callback, an Error in the work or an interrupt loses nothing. Only where a context's
 * foreign executor rejects, callbacks do not run: the uncaught-exception handler receives the
 * {@link java.util.concurrent.RejectedExecutionException} for each.
 *
 * <p><strong>Workers</strong> come on demand, up to {@code maxThreads}, and end after {@code idleTimeout} without work, down
 * to {@code minThreads}. They are started through the context, so they inherit from its thread and never from a submitter;
 * one that the context has not started within 10 ms is started by a timer of the JVM. Between two requests a worker's
 * interrupt status is cleared; thread-locals that the work leaves behind are its own business. Workers keep the JVM alive
 * unless they are {@linkplain Builder#daemon daemons}: what a worker has taken is finished. What still waits for its first
 * worker, and callbacks on a daemon loop, are guaranteed by {@link #close()} only.
 *
 * <p><strong>When a thread cannot be started</strong>, its reservation is rolled back, one warning is logged for the burst,
 * the requests stay queued for the workers that live, and the start is tried again after 1 ms, doubling to 1 s.
 *
 * <p><strong>Memory effects.</strong> What a thread did before it submitted happens-before the work; the work happens-before
 * the return of its {@code submitCo}, its callback, and whoever sees {@link AioRequest.State#DONE}; all of it
 * happens-before the return of {@link #close()}.
 *
 * <p><strong>Watching it.</strong> {@link #stats()} and {@link #toString()} read the counters. {@link ThreadPoolMetrics} is for
 * Micrometer. The flight recorder has the events {@code dev.coworker.Request} (of 20 ms and more, by default), {@code Cancel},
 * {@code WorkerStart}, {@code WorkerExit} and {@code SpawnFailure}; it needs the module {@code jdk.jfr}, as every JDK has it. In a
 * thread dump, the frame {@code runCo}, {@code runAio} or {@code runSubmit} tells the layer. Meters and events cost a request
 * nothing while no meter is bound and no recording wants them.
 *
 * <p>All methods may be called from any thread unless they say otherwise, and take no null.
 */
public final class ThreadPool implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();
    private static final long NO_DEADLINE = -1;

    private final String name;
    private final AioContext context;
    private final UncaughtExceptionHandler handler;
    private final @Nullable UnaryOperator<Runnable> decorator;
    private final Dispatcher dispatcher;
    private final Observers observers;

    private ThreadPool(Builder builder) {
        name = builder.name != null ? builder.name : "coworker-" + NUMBER.incrementAndGet();
        context = builder.context != null ? builder.context : AioContext.main();
        handler = builder.handler != null ? builder.handler : this::logFailure;
        decorator = builder.decorator;
        observers = new Observers(name);
        ThreadFactory factory = builder.factory != null
                ? builder.factory
                : Thread.ofPlatform()
                        .name(name + "-worker-", 1)
                        .daemon(builder.daemon)
                        .factory();
        dispatcher = new Dispatcher(
                name,
                context,
                builder.maxQueued,
                handler,
                factory,
                builder.minThreads,
                builder.maxThreads,
                builder.idleTimeoutNanos,
                builder.spin);
    }

    /**
     * Creates a pool of 0 to 64 workers, 10 s idle time and no bound on its queue, on {@link AioContext#main()}.
     *
     * @return an open pool
     */
    public static ThreadPool create() {
        return builder().build();
    }

    /**
     * Creates a pool as {@link #create()} does, on a context.
     *
     * @param context where callbacks run and workers are started
     * @return an open pool
     */
    public static ThreadPool create(AioContext context) {
        return builder().context(context).build();
    }

    /**
     * Returns a builder with the values of {@link #create()}.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Runs work on a worker, while the calling virtual thread is parked, and returns its value.
     * The counterpart of QEMU's {@code thread_pool_submit_co}.
     *
     * <p><strong>Waits</strong> for a place in a full queue, if the pool {@linkplain Builder#maxQueued has a bound}, then for
     * the work. <strong>Interrupted</strong> before a worker has started the work, it withdraws it and throws; interrupted
     * later, it waits all the same, since the worker may still use the caller's buffers, and returns with the interrupt
     * status set.
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
     * @throws java.util.concurrent.RejectedExecutionException when the pool is closed; the work never runs
     * @throws java.util.concurrent.CancellationException when {@link #close(Duration)} gave up on it; the work never runs
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
     *     Builder#maxThreads}. Huge values mean no deadline.
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
                    ? (T) new Observation.OfCo(observers, decorated).through(dispatcher, startWithinNanos)
                    : (T) dispatcher.call(new CoRequest(decorated), startWithinNanos);
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
     * @throws java.util.concurrent.RejectedExecutionException when the pool is closed, its queue is full, or callers wait
     *     for a place in it; neither work nor callback will run
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
        AioCall request = new AioCall(dispatcher, decoratedWork, decoratedCallback);
        dispatcher.accept(request);
        return (AioRequest<T>) (AioRequest<?>) request;
    }

    /**
     * Hands work to a worker and forgets it. Never waits. A failure goes to the
     * {@linkplain Builder#uncaughtExceptionHandler uncaught-exception handler}. The counterpart of QEMU's {@code
     * thread_pool_submit}.
     *
     * {@snippet file="snippets/Layers.java" region="submit"}
     *
     * @param work the work
     * @throws java.util.concurrent.RejectedExecutionException when the pool is closed, its queue is full, or callers wait
     *     for a place in it; the work will not run
     */
    public void submit(Action<?> work) {
        dispatcher.accept(newPlainRequest(Objects.requireNonNull(work, "work"), null));
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
    int maxQueued() {
        return dispatcher.admission.places();
    }

    /**
     * Changes both bounds in one step. Missing workers below {@code minThreads} are started; idle ones above {@code
     * maxThreads} end at once, busy ones after their request. Never waits. On a closed pool it does nothing. The counterpart
     * of QEMU's {@code thread_pool_update_params}.
     *
     * @param minThreads workers that are kept when idle, 0 or more
     * @param maxThreads the bound on the workers, 1 or more
     * @throws IllegalArgumentException when either is out of range, or min exceeds max; nothing is changed
     */
    public void resize(int minThreads, int maxThreads) {
        checkBounds(minThreads, maxThreads);
        dispatcher.workers.resize(minThreads, maxThreads);
    }

    /**
     * Returns the context that runs the callbacks and starts the workers.
     *
     * @return the context
     */
    public AioContext context() {
        return context;
    }

    /**
     * Returns the name, the first part of the names of the workers.
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
        return dispatcher.stats();
    }

    /**
     * Returns a new view of the pool as an executor: its tasks are requests of the fire-and-forget layer. Shutting the view
     * down ends the view, not the workers; {@code shutdownNow} returns and interrupts the view's own tasks only, and
     * {@code awaitTermination} counts only them. {@code Future.cancel} takes a waiting task out of the queue. At the bound
     * it rejects. Closing the pool terminates it.
     *
     * {@snippet file="snippets/Layers.java" region="executor"}
     *
     * @return a view
     */
    public ExecutorService asExecutorService() {
        return new ExecutorView(this, dispatcher);
    }

    /**
     * Closes the pool: rejects new work, finishes all that was accepted, and returns when every callback has returned and
     * every worker has ended. Callers that wait for a place in the queue are served in turn. On the context's home thread
     * it polls while it waits. The wait cannot be interrupted; the interrupt status is kept. Every call waits, and only
     * the first changes anything. The counterpart of QEMU's {@code thread_pool_free}.
     *
     * @throws IllegalStateException when called by a worker of this pool or in a callback of it, which it would wait for;
     *     nothing is changed
     */
    @Override
    public void close() {
        checkCloser();
        dispatcher.close();
    }

    /**
     * Closes the pool as {@link #close()} does, within bounds: when {@code drain} is over, it cancels what is queued,
     * interrupts what runs, and waits at most one second more. {@code submitCo} callers whose work never ran then receive a
     * {@link java.util.concurrent.CancellationException}; one whose work runs stays until that has ended.
     *
     * @param drain how long to wait for what was accepted, zero or more
     * @return true when all work has ended, all callbacks have returned, and no worker is left; false when something is
     *     still running, after which the workers end by themselves
     * @throws IllegalArgumentException when {@code drain} is negative; nothing is changed
     * @throws IllegalStateException when called by a worker of this pool or in a callback of it; nothing is changed
     */
    public boolean close(Duration drain) {
        long nanos = nanos("drain", drain);
        checkCloser();
        return dispatcher.close(nanos);
    }

    private void checkCloser() {
        if (dispatcher.workers.isWorker(Thread.currentThread())) {
            throw new IllegalStateException(
                    "close of " + name + " by one of its workers would wait for itself: close it on another thread");
        }
        if (dispatcher.completions.isInCallback()) {
            throw new IllegalStateException("close of " + name
                    + " in one of its callbacks would wait for itself: close it outside, or on another" + " thread");
        }
    }

    private void logFailure(Thread thread, Throwable failure) {
        AioContext.logQuietly(Level.WARNING, name + ": uncaught in " + thread.getName(), failure);
    }

    /** A duration in nanoseconds, saturated. */
    private static long nanos(String parameter, Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(parameter + " must not be negative: " + duration);
        }
        return TimeUnit.NANOSECONDS.convert(duration);
    }

    private static void checkBounds(int minThreads, int maxThreads) {
        checkAtLeast("minThreads", minThreads, 0);
        checkAtLeast("maxThreads", maxThreads, 1);
        if (minThreads > maxThreads) {
            throw new IllegalArgumentException(
                    "minThreads must not exceed maxThreads: " + minThreads + " > " + maxThreads);
        }
    }

    private static void checkAtLeast(String parameter, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(parameter + " must be at least " + least + ": " + value);
        }
    }

    /** One line for a log, in the manner of {@link java.util.concurrent.ThreadPoolExecutor#toString()}. */
    @Override
    public String toString() {
        ThreadPoolStats s = stats();
        String state = dispatcher.isClosed() ? "Closed" : dispatcher.isClosing() ? "Closing" : "Running";
        return "ThreadPool[" + name + ", " + state
                + ", pool size = " + s.curThreads() + " of " + s.minThreads() + ".." + s.maxThreads()
                + " (" + s.newThreads() + " new, " + s.pendingThreads() + " pending, " + s.idleThreads() + " idle)"
                + ", active requests = " + s.active()
                + ", queued requests = " + s.queued()
                + ", waiting callers = " + s.waiting()
                + ", submitted = " + s.submitted()
                + ", completed = " + s.completed()
                + ", failed = " + s.failed()
                + ", canceled = " + s.canceled() + " (" + s.timedOut() + " timed out)"
                + ", rejected = " + s.rejected()
                + ", failed starts = " + s.spawnFailures() + "]";
    }

    /**
     * Collects what a pool is to be. Not for use by several threads at once. Each setter returns this builder.
     *
     * {@snippet file="snippets/Layers.java" region="builder"}
     */
    public static final class Builder {
        private @Nullable String name;
        private @Nullable AioContext context;
        private int minThreads;
        private int maxThreads = 64;
        private long idleTimeoutNanos = TimeUnit.SECONDS.toNanos(10);
        private int maxQueued = Admission.UNBOUNDED;
        private @Nullable ThreadFactory factory;
        private boolean daemon;
        private boolean spin = true;
        private @Nullable UnaryOperator<Runnable> decorator;
        private @Nullable UncaughtExceptionHandler handler;

        private Builder() {}

        /**
         * Names the pool: in its threads' names, messages and metrics. Default: {@code coworker-<n>}.
         *
         * @param name a name, not blank
         * @return this builder
         * @throws IllegalArgumentException when it is blank
         */
        public Builder name(String name) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("name must not be blank: '" + name + "'");
            }
            this.name = name;
            return this;
        }

        /**
         * Where callbacks run and workers are started. Default: {@link AioContext#main()}.
         *
         * @param context a context
         * @return this builder
         */
        public Builder context(AioContext context) {
            this.context = Objects.requireNonNull(context, "context");
            return this;
        }

        /**
         * Workers that are started by {@link #build()} and kept when idle. Default: 0.
         *
         * @param minThreads 0 or more, and no more than the upper bound when the pool is built
         * @return this builder
         * @throws IllegalArgumentException when it is negative
         */
        public Builder minThreads(int minThreads) {
            checkAtLeast("minThreads", minThreads, 0);
            this.minThreads = minThreads;
            return this;
        }

        /**
         * The bound on the workers. Default: 64. For work that only uses the processor, one less than the processors keeps
         * the carriers of virtual threads alive.
         *
         * @param maxThreads 1 or more
         * @return this builder
         * @throws IllegalArgumentException when it is less than 1
         */
        public Builder maxThreads(int maxThreads) {
            checkAtLeast("maxThreads", maxThreads, 1);
            this.maxThreads = maxThreads;
            return this;
        }

        /**
         * How long a worker above {@code minThreads} stays idle before it ends. Default: 10 seconds.
         *
         * @param idleTimeout zero or more
         * @return this builder
         * @throws IllegalArgumentException when it is negative
         */
        public Builder idleTimeout(Duration idleTimeout) {
            this.idleTimeoutNanos = nanos("idleTimeout", idleTimeout);
            return this;
        }

        /**
         * The bound on the requests in the queue. At the bound {@code submitCo} waits, first come first served, and {@code
         * submit} and {@code submitAio} are rejected. Default: none.
         *
         * @param maxQueued 1 or more
         * @return this builder
         * @throws IllegalArgumentException when it is less than 1
         */
        public Builder maxQueued(int maxQueued) {
            checkAtLeast("maxQueued", maxQueued, 1);
            this.maxQueued = maxQueued;
            return this;
        }

        /**
         * Creates the threads of the workers, which must be platform threads not started yet. It is called on the context's
         * thread, on a worker of the pool, or on the JVM's timer thread: it must not block. What it throws counts as a
         * failed start. Excludes {@link #daemon}.
         *
         * @param threadFactory a factory
         * @return this builder
         */
        public Builder threadFactory(ThreadFactory threadFactory) {
            this.factory = Objects.requireNonNull(threadFactory, "threadFactory");
            return this;
        }

        /**
         * Whether the workers' threads are daemons. Default: false, so that what a worker has taken is finished before the
         * JVM ends. Excludes {@link #threadFactory}.
         *
         * @param daemon whether the JVM may end while workers run
         * @return this builder
         */
        public Builder daemon(boolean daemon) {
            this.daemon = daemon;
            return this;
        }

        /**
         * Whether one worker, and one caller of {@code submitCo} whose work such a worker takes at once, wait for up to 5 µs
         * without parking. Default: true. A round trip then takes a fraction of the time where a thread's wake-up takes
         * longer than the work. The time shrinks where that does not pay, and an idle pool uses no processor. On a machine
         * with one processor nothing spins.
         *
         * @param spin false: whoever has to wait parks at once
         * @return this builder
         */
        public Builder spin(boolean spin) {
            this.spin = spin;
            return this;
        }

        /**
         * Wraps what runs elsewhere, to carry context along: called on the submitting thread before a request is accepted,
         * once for the work and, in {@code submitAio}, once for the callback. What it throws goes to the submitter, and
         * nothing was submitted. The Runnable it returns must run the one it was given, once, on the same thread; when it
         * does not, the request fails with {@link IllegalStateException}; a second run is refused; what it throws
         * afterwards goes to the uncaught-exception handler.
         *
         * <p>Whatever lives in a thread-local travels this way: a logging context, a trace. The decorator reads it, the
         * Runnable sets it, runs the task, and puts back what was there, for the worker is the next request's too; {@code
         * io.micrometer:context-propagation} does all that.
         *
         * {@snippet file="snippets/Observing.java" region="decorator"}
         *
         * <p>What cannot travel: the bindings of a {@code ScopedValue}, which only threads forked in a structured scope
         * inherit, and which nothing can capture as a whole (a decorator that knows the key reads the value and binds it
         * anew around the task); inheritable thread-locals, since a worker inherits from the thread that starts it; locks that
         * the caller holds; and {@link Thread#currentThread()}.
         *
         * @param taskDecorator returns a Runnable around the given one, not null
         * @return this builder
         */
        public Builder taskDecorator(UnaryOperator<Runnable> taskDecorator) {
            this.decorator = Objects.requireNonNull(taskDecorator, "taskDecorator");
            return this;
        }

        /**
         * Receives what {@link ThreadPool#submit} work throws, what callbacks throw, and the rejection of callbacks by the
         * context's executor. What it throws itself is logged and dropped. Default: a warning with the stack, in the
         * {@link System.Logger} named {@code dev.coworker}.
         *
         * @param handler a handler
         * @return this builder
         */
        public Builder uncaughtExceptionHandler(UncaughtExceptionHandler handler) {
            this.handler = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /**
         * Creates the pool and has {@code minThreads} workers started.
         *
         * @return an open pool
         * @throws IllegalArgumentException when {@code minThreads} exceeds {@code maxThreads}
         * @throws IllegalStateException when both a factory and daemon threads are asked for, or the context is closed
         * @throws OutOfMemoryError when the JVM's timer needs its thread and cannot have it
         */
        public ThreadPool build() {
            checkBounds(minThreads, maxThreads);
            if (factory != null && daemon) {
                throw new IllegalStateException("threadFactory and daemon exclude each other: let the factory decide");
            }
            JvmTimer.ready();
            ThreadPool pool = new ThreadPool(this);
            pool.dispatcher.open();
            return pool;
        }
    }
}
