package dev.coworker.internal.pool;

import dev.coworker.internal.base.Timer;
import dev.coworker.internal.loop.ConditionWaiters;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** The callback layer's request: when it has ended, it goes to the {@link CallbackQueue}. */
public abstract class CallbackRequest extends Request {
    private static final AtomicReferenceFieldUpdater<CallbackRequest, @Nullable ConditionWaiters> WAITERS =
            AtomicReferenceFieldUpdater.newUpdater(CallbackRequest.class, ConditionWaiters.class, "waiters");

    private static final AtomicReferenceFieldUpdater<CallbackRequest, @Nullable OutcomeFuture> FUTURE =
            AtomicReferenceFieldUpdater.newUpdater(CallbackRequest.class, OutcomeFuture.class, "future");

    /** Without a trace, which would refer to the classes of the first caller, and so to its class loader. */
    @SuppressWarnings("StaticAssignmentOfThrowable") // for the moment in which none can be created
    private static final CancellationException WITHOUT_MEMORY =
            new CancellationException("the request was canceled (no memory was left for a trace)") {
                @Override
                public Throwable fillInStackTrace() {
                    return this;
                }
            };

    private final Pool pool;
    private @Nullable BiConsumer<@Nullable Object, @Nullable Throwable> callback; // loop thread, until it has run
    private boolean delivering; // loop thread: the callback runs
    private volatile boolean delivered; // written on the loop thread
    private volatile @Nullable ConditionWaiters waiters; // made by the first thread that waits in cancel
    private volatile @Nullable OutcomeFuture future; // made by the first thread that asks for it

    protected CallbackRequest(
            Pool pool,
            @Nullable Lane lane,
            Callable<?> work,
            BiConsumer<@Nullable Object, @Nullable Throwable> callback) {
        super(lane, work);
        this.pool = pool;
        this.callback = callback;
    }

    @Override
    void run(Runner runner, Callable<?> work) {
        runAio(runner, work);
    }

    private void runAio(Runner runner, Callable<?> work) {
        Object outcome;
        boolean threw = false;
        try {
            outcome = work.call();
        } catch (Throwable e) {
            outcome = e;
            threw = true;
        }
        runner.finish(this, outcome, threw);
    }

    @Override
    void completed() {
        pool.callbacks.post(this);
    }

    /** Loop thread: runs the callback; what it throws is the deliverer's to report. */
    void deliver() {
        BiConsumer<@Nullable Object, @Nullable Throwable> callback = this.callback;
        if (callback == null || delivering || delivered) {
            throw new AssertionError(this + " was delivered before");
        }
        delivering = true;
        if (lane != null) {
            lane.callbacksRunning++;
        }
        switch (internalState()) {
            case RETURNED -> callback.accept(outcome(), null);
            case THREW -> callback.accept(null, (Throwable) outcome());
            default -> callback.accept(null, cancellation());
        }
    }

    private static CancellationException cancellation() {
        try {
            return new CancellationException("the request was canceled");
        } catch (OutOfMemoryError e) {
            return WITHOUT_MEMORY;
        }
    }

    /** Loop thread: the callback has returned, or never will; of the user's, the request refers to its outcome only. */
    void endDelivery() {
        callback = null;
        if (lane != null) {
            lane.callbacksRunning -= delivering ? 1 : 0;
            lane.delivered.getAndIncrement();
        }
        delivering = false;
    }

    /** Loop thread: the threads that wait may go on. The write comes before the look at who waits. */
    void setDelivered() {
        delivered = true;
        ConditionWaiters waiting = waiters;
        if (waiting != null) {
            waiting.signal();
        }
        OutcomeFuture asked = future;
        if (asked != null) {
            asked.completeWithOutcome();
        }
    }

    public final boolean cancelAsync() {
        return pool.withdraw(this, RequestQueue.Reason.WITHDRAWN);
    }

    public final boolean cancel() {
        if (isRunByCaller()) {
            throw new IllegalStateException(
                    "a request cannot cancel itself from its own work: cancel() would wait for this call to return;"
                            + " return or throw instead, or use cancelAsync()");
        }
        // within its own callback, however deep, it does not wait: that cannot return before this call does
        if (delivered || (pool.callbacks.isInCallback() && delivering)) {
            return cancelAsync();
        }
        pool.loop.checkNesting();
        ConditionWaiters waiting = Objects.requireNonNull(
                WAITERS.updateAndGet(this, made -> made != null ? made : new ConditionWaiters(pool.loop)));
        boolean withdrawn = cancelAsync();
        waiting.await(() -> delivered, Timer.NO_DEADLINE);
        return withdrawn;
    }

    /** Returns the one future of this request, which is completed after the callback has returned. */
    public final CompletableFuture<@Nullable Object> toCompletableFuture() {
        OutcomeFuture asked = Objects.requireNonNull(
                FUTURE.updateAndGet(this, made -> made != null ? made : new OutcomeFuture(this)));
        if (delivered) {
            asked.completeWithOutcome();
        }
        return asked;
    }

    /** Its cancel is the request's. */
    private static final class OutcomeFuture extends CompletableFuture<@Nullable Object> {
        private final CallbackRequest request;

        OutcomeFuture(CallbackRequest request) {
            this.request = request;
        }

        void completeWithOutcome() {
            switch (request.internalState()) {
                case RETURNED -> complete(request.outcome());
                case THREW -> completeExceptionally((Throwable) request.outcome());
                default -> super.cancel(false);
            }
        }

        @Override
        public boolean cancel(boolean mayInterruptIfRunning) {
            boolean canceled = super.cancel(mayInterruptIfRunning); // first: an interrupted work may end at once
            if (canceled && !request.cancelAsync() && mayInterruptIfRunning) {
                request.interrupt();
            }
            return canceled;
        }
    }
}
