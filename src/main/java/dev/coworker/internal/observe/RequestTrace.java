package dev.coworker.internal.observe;

import dev.coworker.internal.base.Log;
import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.pool.BlockingRequest;
import dev.coworker.internal.pool.Pool;
import dev.coworker.internal.pool.Request.Layer;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One request as meters and the flight recorder see it. It is wrapped around the work, and around what hears of the
 * end, before the request is made. So queue and workers know nothing of it, and it exists only while the pool is
 * watched.
 *
 * <p>What hears of the end reads what the worker wrote: the request's state is published in between. It runs inside
 * what the task decorator restores, so that exemplars find the trace.
 */
public abstract class RequestTrace {
    /** Hears what becomes of each request, on the thread on which it happens. What it throws harms no request. */
    public interface Observer {
        /** A worker begins the work: {@code queuedNanos} is known. */
        void started(RequestTrace request);

        /** The work has returned or thrown: {@code ranNanos} is known. */
        void ended(RequestTrace request);

        /**
         * The caller is about to go on, or the callback to be called, or there is neither: {@code totalNanos} is known.
         */
        void delivered(RequestTrace request);
    }

    /** How a request ended. */
    public enum Outcome {
        COMPLETED("completed"),
        FAILED("failed"),
        CANCELED("canceled"),
        TIMED_OUT("timed out");

        final String label;

        Outcome(String label) {
            this.label = label;
        }
    }

    /** The observers of one pool, or slice. Those of a pool observe its slices too. */
    public static final class Tracer {
        private static final List<Observer> NONE = List.of();

        final String poolName;
        final @Nullable String sliceName;
        private final @Nullable Tracer ofPool; // where this is a slice's
        private final AtomicBoolean complained = new AtomicBoolean();
        private final Mutex lock = new Mutex();
        private volatile List<Observer> observers = NONE; // written under lock, never changed itself

        public Tracer(String poolName) {
            this.poolName = poolName;
            this.sliceName = null;
            this.ofPool = null;
        }

        /** Creates that of a slice. */
        public Tracer(Tracer ofPool, String sliceName) {
            this.poolName = ofPool.poolName;
            this.sliceName = sliceName;
            this.ofPool = ofPool;
        }

        /** Returns the name of the pool. */
        public String poolName() {
            return poolName;
        }

        /** Returns true if a request that is submitted now must be traced. */
        public boolean isActive() {
            return observers != NONE
                    || (ofPool != null && ofPool.observers != NONE)
                    || RecorderEvents.areRequestsRecorded();
        }

        private List<Observer> all() {
            if (ofPool == null || ofPool.observers == NONE) {
                return observers;
            }
            List<Observer> all = new ArrayList<>(ofPool.observers);
            all.addAll(observers);
            return all;
        }

        void add(Observer observer) {
            change(observer, true);
        }

        void remove(Observer observer) {
            change(observer, false);
        }

        private void change(Observer observer, boolean adds) {
            try (Mutex ignored = lock.hold()) {
                List<Observer> changed = new ArrayList<>(observers);
                if (adds) {
                    changed.add(observer);
                } else {
                    changed.remove(observer);
                }
                observers = changed.isEmpty() ? NONE : List.copyOf(changed);
            }
        }

        /** An observer threw: the first time is logged. */
        private void complain(Throwable thrown) {
            if (complained.compareAndSet(false, true)) {
                Log.quietly(() -> Log.LOGGER.log(
                        Level.WARNING, "what observes " + poolName + " threw; not reported again", thrown));
            }
        }
    }

    final Layer layer;
    private final Tracer tracer;
    private final List<Observer> observers;
    private final @Nullable Object event;
    private final long submittedNanos;

    // the worker's
    private long startedNanos;
    private long endedNanos;
    private @Nullable Thread worker;
    private @Nullable Outcome outcome;

    private long deliveredNanos;

    private RequestTrace(Tracer tracer, Layer layer) {
        this.tracer = tracer;
        this.layer = layer;
        this.observers = tracer.all();
        this.event = RecorderEvents.beginRequest(); // first, so that its duration includes all the others
        this.submittedNanos = System.nanoTime();
    }

    final long queuedNanos() {
        return (worker != null ? startedNanos : deliveredNanos) - submittedNanos;
    }

    final long ranNanos() {
        return endedNanos - startedNanos;
    }

    final long totalNanos() {
        return deliveredNanos - submittedNanos;
    }

    final boolean hasRun() {
        return worker != null;
    }

    final Outcome outcome() {
        return outcome != null ? outcome : Outcome.CANCELED;
    }

    /** Returns the work to submit in place of {@code work}. */
    public final Callable<@Nullable Object> around(Callable<?> work) {
        return () -> perform(work);
    }

    private @Nullable Object perform(Callable<?> work) throws Exception {
        worker = Thread.currentThread();
        startedNanos = System.nanoTime();
        tell(Observer::started);
        Outcome result = Outcome.FAILED;
        try {
            Object value = work.call();
            result = Outcome.COMPLETED;
            return value;
        } finally {
            endedNanos = System.nanoTime();
            outcome = result;
            tell(Observer::ended);
        }
    }

    /** The end is about to be known; {@code otherwise} is what it is if the work did not run. */
    private void delivered(long nowNanos, Outcome otherwise) {
        deliveredNanos = nowNanos;
        if (outcome == null) {
            outcome = otherwise;
        }
        tell(Observer::delivered);
        if (event != null) {
            RecorderEvents.endRequest(event, tracer, this, worker);
        }
    }

    private void tell(BiConsumer<Observer, RequestTrace> news) {
        for (Observer observer : observers) {
            try {
                news.accept(observer, this);
            } catch (Throwable e) {
                tracer.complain(e);
            }
        }
    }

    /** A call of the coroutine layer. */
    public static final class OfCo extends RequestTrace {
        public OfCo(Tracer tracer) {
            super(tracer, Layer.CO);
        }

        /** The caller's side. What was refused, or given up before it was accepted, is not traced. */
        public @Nullable Object call(Pool pool, BlockingRequest request, BlockingRequest.Terms terms) throws Throwable {
            boolean accepted = true;
            try {
                return pool.call(request, terms);
            } catch (Throwable e) {
                accepted = hasRun() || request.isCanceled() || e instanceof java.util.concurrent.TimeoutException;
                throw e;
            } finally {
                if (accepted) {
                    boolean late = request.hasTimedOut() || !request.isCanceled();
                    super.delivered(System.nanoTime(), late ? Outcome.TIMED_OUT : Outcome.CANCELED);
                }
            }
        }
    }

    /** A request of the callback layer. */
    public static final class OfAio extends RequestTrace {
        public OfAio(Tracer tracer) {
            super(tracer, Layer.AIO);
        }

        /** Returns the callback to submit in place of {@code callback}. */
        public BiConsumer<@Nullable Object, @Nullable Throwable> around(
                BiConsumer<@Nullable Object, @Nullable Throwable> callback) {
            return (value, failure) -> {
                super.delivered(System.nanoTime(), Outcome.CANCELED);
                callback.accept(value, failure);
            };
        }
    }

    /** A request of the fire-and-forget layer. */
    public static final class OfSubmit extends RequestTrace {
        public OfSubmit(Tracer tracer) {
            super(tracer, Layer.SUBMIT);
        }

        /** Returns what is to run when the request has ended, in place of {@code onCompleted}. */
        public Runnable around(@Nullable Runnable onCompleted) {
            return () -> {
                super.delivered(hasRun() ? super.endedNanos : System.nanoTime(), Outcome.CANCELED);
                if (onCompleted != null) {
                    onCompleted.run();
                }
            };
        }
    }
}
