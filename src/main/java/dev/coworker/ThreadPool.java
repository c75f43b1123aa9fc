package dev.coworker;

import dev.coworker.internal.base.Log;
import dev.coworker.internal.base.Threads;
import dev.coworker.internal.base.Timer;
import dev.coworker.internal.observe.RecorderEvents;
import dev.coworker.internal.pool.Pool;
import java.lang.System.Logger.Level;
import java.lang.Thread.UncaughtExceptionHandler;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * An elastic, bounded pool of platform threads for work that would block, pin or hog the carrier of a virtual thread:
 * file I/O, native calls, hashing. The counterpart of QEMU's block-layer thread pool ({@code util/thread-pool.c}).
 *
 * <p>The three layers of {@link Submitter} share its workers and its queue, and differ only in whom they tell of the
 * end. Requests are served first come, first served. A {@link #slice slice} is a part of the pool with a bound of its
 * own.
 *
 * {@snippet file="snippets/Layers.java" region="pool"}
 *
 * <p><strong>One request, one outcome.</strong> Every accepted request ends exactly once: with a value, with what the
 * work threw, or canceled. Its callback runs exactly once, on the context's thread. A failed thread start, an idle
 * exit, a resize, a close, a throwing callback, an Error in the work or an interrupt loses nothing. Only where a
 * context's foreign executor rejects, callbacks do not run: the uncaught-exception handler receives the {@link
 * RejectedExecutionException} for each.
 *
 * <p><strong>Workers</strong> come on demand, up to {@code maxThreads}, and end after {@code idleTimeout} without work,
 * down to {@code minThreads}. They are started through the context, and start one another. One that the context has not
 * started within 10 ms is started by a timer. A worker inherits no thread-locals, no matter which thread starts it.
 * Between two requests its interrupt status, context class loader, name and priority are put back; thread-locals that
 * the work leaves behind are not. Accepted work runs also when {@code main} returns first, unless the workers are
 * {@linkplain Builder#daemon daemons}. Callbacks on a daemon loop are guaranteed by {@link #close()} only.
 *
 * <p><strong>When a thread cannot be started</strong>, its reservation is rolled back, one warning is logged for the
 * burst, the requests stay queued for the workers that live, and the start is tried again after 1 ms, doubling to 1 s.
 *
 * <p><strong>Watching it.</strong> {@link #stats()} and {@link #toString()} read the counters. {@link
 * ThreadPoolMetrics} is for Micrometer. The flight recorder has the events {@code dev.coworker.Request} (of 20 ms and
 * more, by default), {@code Cancel}, {@code WorkerStart}, {@code WorkerExit}, {@code SpawnFailure} and {@code
 * StuckWork}; it needs the module {@code jdk.jfr}. In a thread dump, the frame {@code runCo}, {@code runAio} or {@code
 * runSubmit} tells the layer. Unused meters and events cost a request nothing.
 */
public final class ThreadPool extends Submitter implements AutoCloseable {
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final boolean inPlace;

    private ThreadPool(Pool pool, AioContext context, Builder builder) {
        super(pool.toString(), pool, null, context, builder.decorator, null);
        this.inPlace = builder.inPlace > 0;
    }

    /** {@return a new pool: 0 to 64 workers, 10 s idle time, no bound on its queue, on {@link AioContext#main()}} */
    public static ThreadPool create() {
        return builder().build();
    }

    /**
     * {@return a new pool as that of {@link #create()}, on a context}
     *
     * @param context where callbacks run and workers are started
     */
    public static ThreadPool create(AioContext context) {
        return builder().context(context).build();
    }

    /** {@return a builder with the values of {@link #create()}} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Changes both bounds in one step. Missing workers below {@code minThreads} are started; idle ones above {@code
     * maxThreads} end at once, busy ones after their request. Never waits. On a closed pool it does nothing. The
     * counterpart of QEMU's {@code thread_pool_update_params}.
     *
     * @param minThreads workers that are kept when idle, 0 or more
     * @param maxThreads the bound on the workers, 1 or more
     * @throws IllegalArgumentException when either is out of range, min exceeds max, or max is not above what the
     *     slices reserve; nothing is changed
     */
    public void resize(int minThreads, int maxThreads) {
        checkBounds("minThreads", minThreads, "maxThreads", maxThreads);
        pool.resize(minThreads, maxThreads);
    }

    /**
     * Opens a {@link Slice} without reserved workers, whose queue has no bound.
     *
     * @param name names the slice in messages, metrics and events; not blank
     * @param maxConcurrent how many of the slice's requests may be queued in this pool or run at a time, 1 or more
     * @return an open slice, which this pool's close closes too
     * @throws IllegalArgumentException when either is out of range
     * @throws IllegalStateException when this pool is closed
     */
    public Slice slice(String name, int maxConcurrent) {
        return sliceBuilder(name).maxConcurrent(maxConcurrent).build();
    }

    /**
     * {@return a builder of a slice that may also reserve workers and bound what waits}
     *
     * @param name names the slice in messages, metrics and events; not blank
     * @throws IllegalArgumentException when the name is blank or has control characters
     */
    public Slice.Builder sliceBuilder(String name) {
        return new Slice.Builder(this, checkName(name), pool.maxThreads());
    }

    /**
     * {@return what each worker that runs does now, and for how long} For a page of an operator; it takes some
     * microseconds a worker. Never waits.
     *
     * {@snippet file="snippets/GivingUp.java" region="workers"}
     */
    public List<WorkerInfo> workers() {
        return pool.workerStates().stream().map(WorkerInfo::new).toList();
    }

    /** One line for a log, in the manner of {@link java.util.concurrent.ThreadPoolExecutor#toString()}. */
    @Override
    public String toString() {
        ThreadPoolStats s = stats();
        return "ThreadPool[" + name() + ", " + state()
                + ", pool size = " + s.curThreads() + " of " + s.minThreads() + ".." + s.maxThreads()
                + " (" + s.newThreads() + " new, " + s.pendingThreads() + " pending, " + s.idleThreads() + " idle)"
                + ", active requests = " + s.active() + ", queued requests = " + s.queued()
                + ", waiting callers = " + s.waiting() + ", submitted = " + s.submitted()
                + ", completed = " + s.completed() + ", failed = " + s.failed()
                + ", canceled = " + s.canceled() + " (" + s.timedOut() + " timed out)"
                + ", rejected = " + s.rejected() + ", failed starts = " + s.spawnFailures()
                + (inPlace ? ", in place = " + pool.inPlace() : "") + "]";
    }

    /**
     * Collects what a pool is to be. Not for use by several threads at once. Each setter returns this builder, and
     * throws {@link IllegalArgumentException} for a number or a duration below the least that it names.
     *
     * {@snippet file="snippets/Layers.java" region="builder"}
     */
    public static final class Builder {
        private @Nullable String name;
        private @Nullable AioContext context;
        private int minThreads;
        private int maxThreads = 64;
        private long idleTimeoutNanos = TimeUnit.SECONDS.toNanos(10);
        private int maxQueued = Pool.UNBOUNDED;
        private int inPlace;
        private @Nullable ThreadFactory factory;
        private boolean daemon;
        private boolean spin = true;
        private long stuckAfterNanos = TimeUnit.SECONDS.toNanos(60);
        private @Nullable UnaryOperator<Runnable> decorator;
        private @Nullable UncaughtExceptionHandler handler;
        private @Nullable ClassLoader contextClassLoader;

        private Builder() {}

        /**
         * Names the pool: in its threads' names, messages and metrics. Default: {@code coworker-<n>}.
         *
         * @param name a name, not blank and without control characters: else {@code IllegalArgumentException}
         * @return this builder
         */
        public Builder name(String name) {
            this.name = checkName(name);
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
         */
        public Builder minThreads(int minThreads) {
            this.minThreads = checkAtLeast("minThreads", minThreads, 0);
            return this;
        }

        /**
         * The bound on the workers. Default: 64. For work that only uses the processor, one less than the processors
         * keeps the carriers of virtual threads alive.
         *
         * @param maxThreads 1 or more
         * @return this builder
         */
        public Builder maxThreads(int maxThreads) {
            this.maxThreads = checkAtLeast("maxThreads", maxThreads, 1);
            return this;
        }

        /**
         * How long a worker above {@code minThreads} stays idle before it ends. Default: 10 seconds.
         *
         * @param idleTimeout zero or more
         * @return this builder
         */
        public Builder idleTimeout(Duration idleTimeout) {
            this.idleTimeoutNanos = nanos("idleTimeout", idleTimeout);
            return this;
        }

        /**
         * The bound on what waits: the pool accepts while fewer than {@code maxThreads + maxQueued} requests are queued
         * or running. So {@code maxThreads(64).maxQueued(0)} means 64 at once. At the bound {@code submitCo} waits,
         * first come first served, and {@code submit} and {@code submitAio} are rejected. While any caller waits, no
         * other request overtakes it. Default: no bound.
         *
         * @param maxQueued 0 or more
         * @return this builder
         */
        public Builder maxQueued(int maxQueued) {
            this.maxQueued = checkAtLeast("maxQueued", maxQueued, 0);
            return this;
        }

        /**
         * Lets callers of {@code submitCo} run their own work, which costs no wake-up of another thread. The caller
         * keeps its carrier, and the scheduler of virtual threads gets another one for that time. It pays for few
         * callers at a time with short blocking calls. A good number is that of the callers at most times, or of the
         * processors, four at least. Default: 0.
         *
         * <p>The work runs on the caller if nothing is queued, fewer than {@code atMost} requests of the pool run, in
         * place or not, and a worker could start it now. All other work is handed over, and so is work with a
         * {@linkplain CallOptions#onCancel canceller}. Bounds, deadlines, counters and the order of requests stay as
         * they are: such a caller counts as one of {@code maxThreads}.
         *
         * <p><strong>What is different for the work:</strong> its thread is the caller, with the caller's thread-locals
         * and locks. So <strong>an interrupt of the caller reaches the work</strong>, and closes a {@code FileChannel}
         * that it uses. If the work clears the interrupt status, {@code submitCo} returns without it.
         *
         * <p>Not for computation: more carriers than processors that compute delay all other virtual threads. The
         * carrier watch reports the carriers as held, since it cannot know that others took their place.
         *
         * <p>Needs JDK 24 or newer, its module {@code jdk.management}, and a caller on the JDK's own scheduler. Where
         * one is missing, or {@code jdk.virtualThreadScheduler.maxPoolSize} carriers are in use, all work is handed
         * over; {@link ThreadPool#toString()} tells.
         *
         * @param atMost how many callers at a time run their own work, zero or more; zero: none
         * @return this builder
         */
        public Builder inPlace(int atMost) {
            this.inPlace = checkAtLeast("inPlace", atMost, 0);
            return this;
        }

        /**
         * Creates the threads of the workers, which must be platform threads not started yet. It is called on the
         * context's thread, on a worker of the pool, or on a thread of the library's. It should not block: a thread
         * that does not run within a second is no longer waited for. What it throws counts as a failed start. Excludes
         * {@link #daemon}.
         *
         * @param threadFactory a factory
         * @return this builder
         */
        public Builder threadFactory(ThreadFactory threadFactory) {
            this.factory = Objects.requireNonNull(threadFactory, "threadFactory");
            return this;
        }

        /**
         * Whether the workers' threads are daemons. Default: false, so that what a worker has taken is finished before
         * the JVM ends. Excludes {@link #threadFactory}.
         *
         * @param daemon whether the JVM may end while workers run
         * @return this builder
         */
        public Builder daemon(boolean daemon) {
            this.daemon = daemon;
            return this;
        }

        /**
         * Enables spinning before parking: one worker and one caller of {@code submitCo} at a time wait for up to 5 µs
         * without parking. Lower latency for one caller at a time, more CPU. Left off where it does not pay, such as on
         * one processor. Default: true.
         *
         * @param spin false: threads that wait park at once
         * @return this builder
         */
        public Builder spin(boolean spin) {
            this.spin = spin;
            return this;
        }

        /**
         * Wraps what runs elsewhere, to carry thread-locals along, such as a logging context or a trace: called on the
         * submitting thread before a request is accepted, once for the work and, in {@code submitAio}, once for the
         * callback. What it throws goes to the submitter, and nothing was submitted. The Runnable it returns must run
         * the one it was given, once, on the same thread; when it does not, the request fails with {@link
         * IllegalStateException}; a second run is refused; what it throws afterwards goes to the uncaught-exception
         * handler. {@code io.micrometer:context-propagation} makes such Runnables.
         *
         * {@snippet file="snippets/Observing.java" region="decorator"}
         *
         * <p>What cannot travel: the bindings of a {@code ScopedValue}, but for a key that the decorator knows and
         * binds anew; inheritable thread-locals; locks that the caller holds; {@link Thread#currentThread()}.
         *
         * @param taskDecorator returns a Runnable around the given one, not null
         * @return this builder
         */
        public Builder taskDecorator(UnaryOperator<Runnable> taskDecorator) {
            this.decorator = Objects.requireNonNull(taskDecorator, "taskDecorator");
            return this;
        }

        /**
         * Receives what {@link ThreadPool#submit} work throws, what callbacks throw, and the rejection of callbacks by
         * the context's executor. What it throws itself is logged and dropped. Default: a warning with the stack, in
         * the {@link System.Logger} named {@code dev.coworker}.
         *
         * @param handler a handler
         * @return this builder
         */
        public Builder uncaughtExceptionHandler(UncaughtExceptionHandler handler) {
            this.handler = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /**
         * How long a request may run until it is reported as stuck, once, while it runs: by a warning with the worker's
         * stack, the flight recorder's event {@code dev.coworker.StuckWork}, {@link ThreadPoolStats#stuck()} and the
         * gauge {@code coworker.stuck}. Some of that time later, half of it at most. When all workers are stuck and
         * requests wait, one more warning says that nothing moves. Default: 60 seconds. No request costs more for it.
         *
         * @param stuckAfter zero or more; zero: never
         * @return this builder
         */
        public Builder stuckAfter(Duration stuckAfter) {
            this.stuckAfterNanos = nanos("stuckAfter", stuckAfter);
            return this;
        }

        /**
         * The context class loader of the workers, also after work that changed it, and of callbacks on the library's
         * own loops. {@link java.util.ServiceLoader}, JNDI, JAXB and JDBC look there. Default: that of the thread that
         * calls {@link #build}. An open pool refers to it.
         *
         * @param contextClassLoader a class loader
         * @return this builder
         */
        public Builder contextClassLoader(ClassLoader contextClassLoader) {
            this.contextClassLoader = Objects.requireNonNull(contextClassLoader, "contextClassLoader");
            return this;
        }

        /**
         * {@return a new pool, whose {@code minThreads} workers are about to start}
         *
         * @throws IllegalArgumentException when {@code minThreads} exceeds {@code maxThreads}
         * @throws IllegalStateException when both a factory and daemon threads are asked for, or the context is closed
         */
        public ThreadPool build() {
            checkBounds("minThreads", minThreads, "maxThreads", maxThreads);
            if (factory != null && daemon) {
                throw new IllegalStateException("threadFactory and daemon exclude each other: let the factory decide");
            }
            String name = this.name != null ? this.name : "coworker-" + NUMBER.incrementAndGet();
            AioContext context = this.context != null ? this.context : AioContext.main();
            UncaughtExceptionHandler handler = this.handler != null ? this.handler : loggingFor(name);
            Pool pool = new Pool(
                    new Pool.Settings(
                            name,
                            context.loop,
                            Timer.jvm(),
                            minThreads,
                            maxThreads,
                            idleTimeoutNanos,
                            maxQueued,
                            inPlace,
                            factory != null ? factory : Threads.factory(name + "-worker-", daemon),
                            factory != null,
                            daemon,
                            spin,
                            stuckAfterNanos,
                            contextClassLoader != null
                                    ? contextClassLoader
                                    : Thread.currentThread().getContextClassLoader(),
                            handler),
                    new RecorderEvents(name));
            pool.open();
            return new ThreadPool(pool, context, this);
        }

        private static UncaughtExceptionHandler loggingFor(String pool) {
            Log.Burst rejections =
                    new Log.Burst(pool + ": callbacks that will not run, since the executor rejected them");
            return (thread, failure) -> {
                if (!(failure instanceof RejectedExecutionException) || rejections.isFirst()) {
                    Log.quietly(
                            () -> Log.LOGGER.log(Level.WARNING, pool + ": uncaught in " + thread.getName(), failure));
                }
            };
        }
    }
}
