package dev.coworker.internal.observe;

import dev.coworker.internal.base.Log;
import dev.coworker.internal.pool.BlockingRequest;
import dev.coworker.internal.pool.Lane;
import dev.coworker.internal.pool.Pool;
import dev.coworker.internal.pool.Request.Layer;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One request as meters and the flight recorder see it. It is wrapped around the work, and around what hears of the
 * end, before the request is made. So queue and workers know nothing of it, and it exists only while the pool is
 * watched.
 *
 * <p>What hears of the end reads what the worker wrote: the request's state is published in between. It runs inside
 * what the task decorator restores, so that exemplars find the trace.
 */
public final class RequestTrace {
    /** What {@link Meters} are told of, on the thread on which it happens. What they throw harms no request. */
    public enum Point {
        /** A worker begins the work: {@code queuedNanos} is known. */
        STARTED,
        /** The work has returned or thrown: {@code ranNanos} is known. */
        ENDED,
        /** The caller is about to go on, the callback to be called, or there is neither: all is known. */
        DELIVERED
    }

    /** How a request ended. */
    public enum Outcome {
        COMPLETED,
        FAILED,
        CANCELED,
        TIMED_OUT
    }

    /** A pool or a slice as it is watched, and its meters. Those of a pool observe its slices too. */
    public static final class Tracer {
        private final Pool pool;
        private final @Nullable Lane lane;
        final @Nullable String sliceName;
        private final @Nullable Tracer ofPool; // of a slice
        private final AtomicBoolean complained = new AtomicBoolean();
        volatile List<Meters> observers = List.of(); // of immutable lists; written under the lock of Meters

        /** All but the pool is of a slice. */
        public Tracer(Pool pool, @Nullable Lane lane, @Nullable String sliceName, @Nullable Tracer ofPool) {
            this.pool = pool;
            this.lane = lane;
            this.sliceName = sliceName;
            this.ofPool = ofPool;
        }

        Pool.Counters counters() {
            return pool.counters(lane);
        }

        /** Returns how many more requests would be accepted, according to a reading of the counters. */
        int remaining(Pool.Counters now) {
            return pool.remaining(lane, now);
        }

        /** Returns the trace of a request that is submitted now; null while nothing watches. */
        public @Nullable RequestTrace begin(Layer layer) {
            List<Meters> all = observers;
            if (ofPool != null && !ofPool.observers.isEmpty()) {
                all = Stream.concat(ofPool.observers.stream(), all.stream()).toList();
            }
            Object event = RecorderEvents.beginRequest(pool.toString()); // its duration includes all the others
            return all.isEmpty() && event == null ? null : new RequestTrace(this, layer, all, event);
        }

        void add(Meters observer) {
            observers = Stream.concat(observers.stream(), Stream.of(observer)).toList();
        }

        void remove(Meters observer) {
            observers = observers.stream().filter(each -> each != observer).toList();
        }

        /** An observer threw: the first time is logged. */
        private void complain(Throwable thrown) {
            if (complained.compareAndSet(false, true)) {
                Log.quietly(() ->
                        Log.LOGGER.log(Level.WARNING, "what observes " + pool + " threw; not reported again", thrown));
            }
        }
    }

    final Layer layer;
    final Tracer tracer;
    private final List<Meters> observers;
    private final @Nullable Object event;
    private final long submittedNanos;

    // the worker's, if it ever runs
    @Nullable
    Thread worker;

    private long startedNanos;
    private long endedNanos;

    private long deliveredNanos;
    Outcome outcome = Outcome.CANCELED; // unless the work runs, or the time is over

    private RequestTrace(Tracer tracer, Layer layer, List<Meters> observers, @Nullable Object event) {
        this.tracer = tracer;
        this.layer = layer;
        this.observers = observers;
        this.event = event;
        this.submittedNanos = System.nanoTime();
    }

    long queuedNanos() {
        return (worker != null ? startedNanos : deliveredNanos) - submittedNanos;
    }

    long ranNanos() {
        return endedNanos - startedNanos;
    }

    long totalNanos() {
        return deliveredNanos - submittedNanos;
    }

    /** Returns the work to submit in place of {@code work}. */
    public Callable<@Nullable Object> around(Callable<?> work) {
        return () -> {
            worker = Thread.currentThread();
            startedNanos = System.nanoTime();
            tell(Point.STARTED);
            outcome = Outcome.FAILED;
            try {
                Object value = work.call();
                outcome = Outcome.COMPLETED;
                return value;
            } finally {
                endedNanos = System.nanoTime();
                tell(Point.ENDED);
            }
        };
    }

    /** The end is about to be known. */
    private void delivered(long nowNanos) {
        deliveredNanos = nowNanos;
        tell(Point.DELIVERED);
        if (event != null) {
            RecorderEvents.endRequest(event, this);
        }
    }

    private void tell(Point point) {
        for (Meters observer : observers) {
            try {
                observer.observe(point, this);
            } catch (Throwable e) {
                tracer.complain(e);
            }
        }
    }

    /** Calls for the coroutine layer. What was refused, or given up before it was accepted, is not traced. */
    public @Nullable Object call(BlockingRequest request, BlockingRequest.Terms terms) throws Throwable {
        boolean accepted = true;
        try {
            return tracer.pool.call(request, terms);
        } catch (Throwable e) {
            accepted = worker != null || request.isCanceled() || e instanceof TimeoutException;
            throw e;
        } finally {
            if (accepted) {
                if (worker == null && (request.hasTimedOut() || !request.isCanceled())) {
                    outcome = Outcome.TIMED_OUT;
                }
                delivered(System.nanoTime());
            }
        }
    }

    /** Returns the callback to submit in place of {@code callback}. */
    public BiConsumer<@Nullable Object, @Nullable Throwable> around(
            BiConsumer<@Nullable Object, @Nullable Throwable> callback) {
        return (value, failure) -> {
            delivered(System.nanoTime());
            callback.accept(value, failure);
        };
    }

    /** Returns what is to run when a fire-and-forget request has ended, in place of {@code onCompleted}. */
    public Runnable around(@Nullable Runnable onCompleted) {
        return () -> {
            delivered(worker != null ? endedNanos : System.nanoTime());
            if (onCompleted != null) {
                onCompleted.run();
            }
        };
    }
}
