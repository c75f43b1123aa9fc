package dev.coworker.internal.pool;

import dev.coworker.internal.base.Carriers;
import dev.coworker.internal.base.Log;
import dev.coworker.internal.base.Timer;
import dev.coworker.internal.loop.ConditionWaiters;
import dev.coworker.internal.loop.EventLoop;
import java.lang.System.Logger.Level;
import java.lang.Thread.UncaughtExceptionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The inside of a pool: the way of a request from its submission to its outcome, and the way of the pool to its end. It
 * holds the parts together and has no lock of its own.
 *
 * <pre>
 * Pool               submission, withdrawal                  Request: one piece of work, one outcome
 *   RequestQueue     all that no worker has begun              BlockingRequest        submitCo: unparks its caller
 *     ReadyList      which worker may take which request       CallbackRequest        submitAio: to the CallbackQueue
 *     Capacity       places, permits, and who waits for one    Request.FireAndForget  submit: tells no thread
 *       Lane         a slice's permits and requests
 *   Workers          which workers must be awake
 *     Worker         one thread                              ExecutorView   an ExecutorService over the third layer
 *     WorkerStarter  makes threads; retries                  Decoration     the task decorator's Runnables
 *   InPlace          callers that run their own request
 *   StuckWatch       which requests run for long
 *   CallbackQueue    callbacks, on the loop thread
 *   Closing          the end of the pool, and of its slices
 * </pre>
 *
 * <p>Differences from QEMU's {@code util/thread-pool.c}: workers are signaled one after the other, not one per request;
 * a thread that cannot be started is tried again; there are a bound, slices, deadlines, and a close that drains.
 */
public final class Pool {
    /** Hears of events, on the thread on which they happen. It throws nothing. */
    public interface Listener {
        /** A request was canceled before a worker began it. */
        void canceled(@Nullable String slice, Request.Layer layer, String reason);

        void workerStarted();

        void workerExits(boolean died);

        void spawnFailed(Throwable cause, long retryNanos);

        /** A worker runs one request for long. */
        void stuck(
                @Nullable String slice, Request.Layer layer, Thread worker, long forNanos, StackTraceElement[] stack);
    }

    /** What a worker does, and for how long as far as is known; a null layer: it is idle. */
    public record WorkerState(
            Thread thread,
            Request.@Nullable Layer layer,
            @Nullable String slice,
            long forNanos) {}

    /** What a pool is built from. */
    public record Settings(
            String name,
            EventLoop loop,
            Timer timer,
            int minThreads,
            int maxThreads,
            long idleTimeoutNanos,
            int maxQueued,
            int inPlace,
            ThreadFactory factory,
            boolean foreignFactory,
            boolean daemon,
            boolean spin,
            long stuckAfterNanos,
            @Nullable ClassLoader contextClassLoader,
            UncaughtExceptionHandler handler) {}

    /**
     * A reading of the counters of a pool or of a slice; see {@code ThreadPoolStats}, which has the same components.
     */
    public record Counters(
            int curThreads,
            int idleThreads,
            int newThreads,
            int pendingThreads,
            int minThreads,
            int maxThreads,
            int queued,
            int active,
            int waiting,
            int undelivered,
            int stuck,
            long submitted,
            long completed,
            long failed,
            long canceled,
            long timedOut,
            long rejected,
            long spawnFailures) {}

    public static final int UNBOUNDED = RequestQueue.UNBOUNDED;

    /** How long a caller that found a worker free waits for it, in the case that its thread cannot be created. */
    private static final long FREE_WORKER_GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final String name;
    final EventLoop loop;
    final Timer timer;
    final UncaughtExceptionHandler handler;
    final @Nullable ClassLoader contextClassLoader;
    final Listener listener;
    final RequestQueue queue;
    final ConditionWaiters waiters; // for the end of the pool
    private final ConditionWaiters idleWaiters;
    final ConditionWaiters viewWaiters; // for the termination of the executor views
    final CallbackQueue callbacks;
    final StuckWatch stuckWatch;
    final Workers workers;
    final @Nullable InPlace inPlace; // null: no caller runs its own request
    private final Spin callers;
    private final AtomicInteger calling = new AtomicInteger(); // callers that were handed over and have not returned
    private final LongAdder rejected = new LongAdder();
    final Closing closing = new Closing(this);

    public Pool(Settings settings, Listener listener) {
        this.name = settings.name;
        this.loop = settings.loop;
        this.timer = settings.timer;
        this.handler = settings.handler;
        this.contextClassLoader = settings.contextClassLoader;
        this.listener = listener;
        this.queue = new RequestQueue(settings.maxQueued, settings.maxThreads);
        this.waiters = new ConditionWaiters(loop);
        this.idleWaiters = new ConditionWaiters(loop);
        this.viewWaiters = new ConditionWaiters(loop);
        this.callbacks = new CallbackQueue(this, loop);
        this.stuckWatch = new StuckWatch(this, settings.stuckAfterNanos);
        this.callers = new Spin(settings.spin);
        this.workers = new Workers(this, settings);
        Carriers carriers = settings.inPlace > 0 ? Carriers.jvm() : null;
        this.inPlace = carriers == null
                ? null
                : new InPlace(this, Math.min(settings.inPlace, carriers.maxPoolSize()), carriers, settings.daemon);
    }

    /** Opens for business: the loop cannot be closed from here on, and min workers are started. */
    public void open() {
        loop.attach(closing);
        workers.open();
    }

    /** Accepts a request that does not wait for a place. */
    public void submit(Request request) {
        RequestQueue.Offer offer = queue.offer(request, false);
        if (offer == RequestQueue.Offer.FULL || offer == RequestQueue.Offer.CLOSED) {
            throw reject(request.lane, offer == RequestQueue.Offer.CLOSED);
        }
        if (offer != RequestQueue.Offer.WAITING) {
            workers.requestReady();
        }
    }

    /** Accepts a request and waits for its outcome; on a worker of this pool it runs the request in place. */
    public @Nullable Object call(BlockingRequest request, BlockingRequest.Terms terms) throws Throwable {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        boolean onlyIfFree = terms.startNanos() <= 0;
        long startNanos = Math.min(onlyIfFree ? FREE_WORKER_GRACE_NANOS : terms.startNanos(), terms.endNanos());
        if (terms != BlockingRequest.Terms.NONE) {
            request.setLimits(this, Timer.deadlineAfter(startNanos), terms);
        }
        Runner runner = currentRunner();
        if (runner != null) {
            if (terms.endNanos() <= 0) {
                throw new TimeoutException(nameOf(request) + ": the time was over before the work could start");
            }
            return request.runInPlace(this, runner);
        }
        if (inPlace != null && terms.canceller() == null) {
            InPlace.Caller caller = inPlace.begin(request);
            if (caller != null) {
                return request.runBy(this, caller);
            }
        }
        boolean alone = calling.getAndIncrement() == 0;
        try {
            RequestQueue.Offer offer = onlyIfFree ? queue.offerIfFree(request) : queue.offer(request, true);
            switch (offer) {
                case CLOSED -> throw reject(request.lane, true);
                case NO_PERMIT_FREE ->
                    throw noneFree(
                            request,
                            "permit",
                            "maxConcurrent = " + (request.lane == null ? 0 : queue.read(request.lane::maxPermits)));
                case NO_WORKER_FREE -> throw noneFree(request, "worker", "maxThreads = " + workers.max());
                case WAITING -> {}
                default -> workers.requestReady();
            }
            if (alone && offer == RequestQueue.Offer.READY_ALONE && workers.hasSearcher && callers.begin()) {
                callers.end(Spin.untilOutcome(request::hasEnded));
            }
            return request.await(this, false);
        } finally {
            calling.getAndDecrement();
        }
    }

    private TimeoutException noneFree(Request request, String what, String bound) {
        listener.canceled(nameOf(request.lane), Request.Layer.CO, RequestQueue.Reason.TIMED_OUT.label);
        return new TimeoutException(nameOf(request) + ": no " + what + " is free (" + bound + ")");
    }

    /** Returns the worker of this pool whose thread is the calling one, or the caller that runs its own request. */
    private @Nullable Runner currentRunner() {
        if (Thread.currentThread().isVirtual()) {
            return inPlace == null ? null : inPlace.current();
        }
        Worker worker = Worker.current();
        return worker != null && worker.pool == this ? worker : null;
    }

    /** Returns true in work of this pool: on a worker, or on a caller that runs its own request. */
    public boolean isWorker() {
        return currentRunner() != null;
    }

    /** Returns true on a worker of any pool. */
    public static boolean isAnyWorker() {
        return !Thread.currentThread().isVirtual() && Worker.current() != null;
    }

    /** In work of this pool: runs a request that waits, in place. */
    void helpIfWaiting(Request request) {
        Runner runner = currentRunner();
        if (runner != null && runner.runInPlace(request, true)) {
            workers.signalIfReady(false); // what it held may have gone to another request
        }
    }

    /** Counts a refusal, and returns the exception that says so. */
    RejectedExecutionException reject(@Nullable Lane lane, boolean becauseClosed) {
        if (lane != null) {
            lane.rejected.increment();
        } else {
            rejected.increment();
        }
        String who = lane != null ? lane.name : name;
        if (becauseClosed) {
            return new RejectedExecutionException(who + " is closed");
        }
        return new RejectedExecutionException(
                who + " is at its bound: " + (lane != null ? "maxConcurrent" : "maxThreads")
                        + " + maxQueued requests are queued or running (maxQueued = "
                        + (lane != null ? lane.maxQueued : queue.maxQueued()) + ")");
    }

    /** Withdraws a request that no worker has begun: true for the one caller that did. */
    boolean withdraw(Request request, RequestQueue.Reason reason) {
        boolean removed = queue.remove(request, reason);
        if (removed) {
            canceled(request, reason);
        }
        return removed;
    }

    /** A request was canceled: tells its caller, and sends workers to what may have become ready instead. */
    void canceled(Request request, RequestQueue.Reason reason) {
        listener.canceled(nameOf(request.lane), request.layer(), reason.label);
        tell(request);
        if (request.lane != null || queue.maxQueued() != UNBOUNDED) {
            workers.signalIfReady(false);
        }
        signalIfDrained(request.lane);
    }

    /** Tells the one who waits for a request that it has ended, and survives what that throws. */
    void tell(Request ended) {
        try {
            ended.completed();
        } catch (OutOfMemoryError e) {
            // a report could meet it again
        } catch (Throwable e) {
            Log.quietly(() -> Log.LOGGER.log(Level.ERROR, this + ": could not tell of the end of " + ended, e));
        }
    }

    /** A request has ended, or a callback has returned: the threads that wait for the last one look again. */
    void signalIfDrained(@Nullable Lane lane) {
        if (lane != null && lane.isClosed() && queue.isDrained(lane)) {
            lane.waiters.signal();
        }
        if (lane != null && lane.idleWaiters.isAny() && queue.read(lane::isIdle)) {
            lane.idleWaiters.signal();
        }
        if (idleWaiters.isAny() && isIdle()) {
            idleWaiters.signal();
        }
        if (waiters.isAny() && closing.isDrained(null)) {
            waiters.signal();
        }
    }

    public Lane openLane(String laneName, int floor, int maxPermits, int maxQueued) {
        Lane lane = new Lane(laneName, maxPermits, maxQueued, loop);
        if (!queue.open(lane, name, floor)) {
            throw tooMuchReserved(floor);
        }
        return lane;
    }

    private IllegalArgumentException tooMuchReserved(int floor) {
        return new IllegalArgumentException(
                "reserved must leave a worker to the others: " + floor + ", together with what other slices of " + name
                        + " reserve, is not below maxThreads (" + workers.max() + ")");
    }

    public void resize(Lane lane, int floor, int maxPermits) {
        if (!queue.resize(lane, floor, maxPermits)) {
            throw tooMuchReserved(floor);
        }
        workers.signalIfReady(false);
    }

    public void resize(int minThreads, int maxThreads) {
        Bounds mine = new Bounds(minThreads, maxThreads);
        if (!queue.resize(mine)) {
            throw new IllegalArgumentException(
                    "maxThreads must be more than the slices of " + name + " reserve: " + maxThreads);
        }
        // another thread may resize too: the workers get last what the queue got last
        Bounds told;
        do {
            told = queue.latestBounds;
            workers.resize(told.minThreads, told.maxThreads);
        } while (told != queue.latestBounds);
    }

    /** What {@link #resize(int, int)} sets. */
    record Bounds(int minThreads, int maxThreads) {}

    public int maxThreads() {
        return workers.max();
    }

    /** Returns whether nothing waits and nothing runs; callbacks may still be on their way. */
    boolean isIdle() {
        return !queue.seemsReady() && queue.isQuiescent();
    }

    /** Waits until nothing is queued and nothing runs, of one slice or of all. */
    public boolean awaitIdle(@Nullable Lane lane, long nanos) throws InterruptedException {
        long deadline = Timer.deadlineAfter(nanos);
        return lane != null
                ? lane.idleWaiters.awaitInterruptibly(() -> queue.read(lane::isIdle), deadline)
                : idleWaiters.awaitInterruptibly(queue::isQuiescent, deadline);
    }

    // the end of the pool, or of a slice: see Closing

    public void checkCloser(@Nullable Lane lane) {
        closing.checkCloser(lane);
    }

    public void close(@Nullable Lane lane) {
        closing.close(lane);
    }

    public boolean close(@Nullable Lane lane, long drainNanos) {
        return closing.close(lane, drainNanos);
    }

    public boolean isClosing(@Nullable Lane lane) {
        return closing.hasBegun(lane);
    }

    public boolean isClosed(@Nullable Lane lane) {
        return closing.hasEnded(lane);
    }

    public boolean isInCallback() {
        return callbacks.isInCallback();
    }

    /** Returns the workers that run, and the callers that run their own request. */
    List<Runner> runners() {
        List<Runner> runners = new ArrayList<>(workers.starter.started());
        if (inPlace != null) {
            runners.addAll(inPlace.callers());
        }
        runners.removeIf(runner -> !runner.isRunning());
        return runners;
    }

    /** Reads the counters, of the pool or of a slice. */
    public Counters counters(@Nullable Lane lane) {
        int stuck = stuckWatch.stuck(lane);
        return lane != null
                ? queue.read(() -> lane.counters(stuck))
                : queue.counters(
                        workers.counts(),
                        callbacks.undelivered(),
                        stuck,
                        rejected.sum(),
                        workers.starter.failures.get());
    }

    /** Returns how many callers run their own request, or why none does. */
    public String inPlace() {
        return inPlace == null
                ? "unavailable: needs JDK 24 or newer, and its module jdk.management"
                : inPlace.toString();
    }

    public List<WorkerState> workerStates() {
        return stuckWatch.states();
    }

    /** Returns how many requests more may be queued, by a reading of the counters; idle workers do not count. */
    public int remaining(@Nullable Lane lane, Counters now) {
        int maxQueued = lane != null ? lane.maxQueued : queue.maxQueued();
        return maxQueued == UNBOUNDED
                ? UNBOUNDED - now.queued
                : Math.clamp((long) now.maxThreads + maxQueued - now.queued - now.active, 0, maxQueued);
    }

    String nameOf(Request request) {
        return request.lane != null ? request.lane.name : name;
    }

    static @Nullable String nameOf(@Nullable Lane lane) {
        return lane == null ? null : lane.name;
    }

    @Override
    public String toString() {
        return name;
    }
}
