package dev.coworker;

import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One request as its {@link Observers} see it. Wrapped around the work, and around whatever hears of the end, before the
 * request is made; so queue and workers know nothing of it, and it exists only while somebody watches.
 *
 * <p>Who hears of the end reads what the worker wrote: the request's state is published in between.
 */
abstract class Observation {
    /** As in {@link ThreadPool}. */
    enum Layer {
        CO,
        AIO,
        SUBMIT;

        final String label = name().toLowerCase(Locale.ROOT);
    }

    /** How a request ended. */
    enum Outcome {
        COMPLETED("completed"),
        FAILED("failed"),
        CANCELED("canceled"),
        TIMED_OUT("timed out");

        final String label;

        Outcome(String label) {
            this.label = label;
        }
    }

    final Layer layer;
    private final Observers pool;
    private final RequestObserver[] observers;
    private final @Nullable Object event;
    private final long submittedNanos;

    // the worker's
    private long startedNanos;
    private long endedNanos;
    private @Nullable Thread worker;
    private @Nullable Outcome outcome;

    private long deliveredNanos;

    private Observation(Observers pool, Layer layer) {
        this.pool = pool;
        this.layer = layer;
        this.observers = pool.all();
        this.event = Events.beginRequest(); // first, so that its duration includes all the others
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

    final long endedNanos() {
        return endedNanos;
    }

    final boolean hasRun() {
        return outcome != null;
    }

    /** The worker's side. */
    final @Nullable Object perform(Object work) throws Exception {
        worker = Thread.currentThread();
        startedNanos = System.nanoTime();
        tell(RequestObserver::started);
        Outcome outcome = Outcome.FAILED;
        try {
            Object value = CoRequest.perform(work);
            outcome = Outcome.COMPLETED;
            return value;
        } finally {
            endedNanos = System.nanoTime();
            this.outcome = outcome;
            tell(RequestObserver::ended);
        }
    }

    /** The end is about to be known; {@code otherwise} is what it is if no worker began with the work. */
    final void delivered(long nowNanos, Outcome otherwise) {
        deliveredNanos = nowNanos;
        tell(RequestObserver::delivered);
        if (event != null) {
            Events.endRequest(event, pool, this, outcome != null ? outcome : otherwise, worker);
        }
    }

    private void tell(BiConsumer<RequestObserver, Observation> news) {
        for (RequestObserver observer : observers) {
            try {
                news.accept(observer, this);
            } catch (Throwable e) {
                pool.complain(e);
            }
        }
    }

    /** A call of the coroutine layer. */
    static final class OfCo extends Observation implements Callable<@Nullable Object> {
        private final Object work;

        OfCo(Observers pool, Object work) {
            super(pool, Layer.CO);
            this.work = work;
        }

        @Override
        public @Nullable Object call() throws Exception {
            return perform(work);
        }

        /** The caller's side. What was refused, or given up before it was accepted, is not observed. */
        @Nullable
        Object through(Entrance entrance, long startWithinNanos) throws Throwable {
            CoRequest request = new CoRequest(this);
            boolean timedOut = false;
            try {
                return entrance.call(request, startWithinNanos);
            } catch (TimeoutException e) {
                timedOut = true;
                throw e;
            } finally {
                if (timedOut || hasRun() || request.internalState() == Request.CANCELED) {
                    delivered(System.nanoTime(), timedOut ? Outcome.TIMED_OUT : Outcome.CANCELED);
                }
            }
        }
    }

    /** A request of the callback layer, as its callback; its work is apart, so that a cancellation leaves it unreachable. */
    static final class OfAio extends Observation implements BiConsumer<@Nullable Object, @Nullable Throwable> {
        private final BiConsumer<@Nullable Object, @Nullable Throwable> callback;

        OfAio(Observers pool, BiConsumer<@Nullable Object, @Nullable Throwable> callback) {
            super(pool, Layer.AIO);
            this.callback = callback;
        }

        Callable<?> around(Callable<?> work) {
            return () -> perform(work);
        }

        @Override
        public void accept(@Nullable Object value, @Nullable Throwable failure) {
            delivered(System.nanoTime(), Outcome.CANCELED);
            callback.accept(value, failure);
        }
    }

    /** A request of the fire-and-forget layer. */
    static final class OfSubmit extends Observation implements Action<Exception> {
        private final Object work;
        private final @Nullable Runnable onSettled;

        OfSubmit(Observers pool, Object work, @Nullable Runnable onSettled) {
            super(pool, Layer.SUBMIT);
            this.work = work;
            this.onSettled = onSettled;
        }

        @Override
        public void run() throws Exception {
            perform(work);
        }

        void settled() {
            delivered(hasRun() ? endedNanos() : System.nanoTime(), Outcome.CANCELED);
            if (onSettled != null) {
                onSettled.run();
            }
        }
    }
}
