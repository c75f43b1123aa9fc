package dev.coworker;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The callback layer's request: settled, it goes to {@link Completions}. */
final class AioCall extends Request implements AioRequest<@Nullable Object> {
    /** For all callbacks for whose own there is no memory; keeps no stack, and so no class of a user's. */
    private static final class Shared extends CancellationException {
        private static final long serialVersionUID = 1;

        Shared() {
            super("the request was canceled; no memory for a trace");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    @SuppressWarnings("StaticAssignmentOfThrowable") // there is no demand for it but where none can be created
    private static final CancellationException CANCELED_OUT_OF_MEMORY = new Shared();

    private final Entrance entrance;
    private @Nullable BiConsumer<@Nullable Object, @Nullable Throwable> callback; // home thread, until it has run
    private boolean delivering; // home thread: the callback runs
    private volatile boolean delivered; // written on the home thread

    AioCall(Entrance entrance, Callable<?> work, BiConsumer<@Nullable Object, @Nullable Throwable> callback) {
        super(work);
        this.entrance = entrance;
        this.callback = callback;
    }

    @Override
    void run(Worker worker, Object work) {
        runAio(worker, (Callable<?>) work);
    }

    private void runAio(Worker worker, Callable<?> work) {
        Object outcome;
        boolean threw = false;
        try {
            outcome = work.call();
        } catch (Throwable e) {
            outcome = e;
            threw = true;
        }
        worker.finish(this, outcome, threw);
    }

    @Override
    Observation.Layer layer() {
        return Observation.Layer.AIO;
    }

    @Override
    void settled() {
        Dispatcher dispatcher = entrance.dispatcher();
        dispatcher.completions.post(this);
        dispatcher.pollWatch.callbackDue();
    }

    /** Home thread: runs the callback; what it throws is the caller's to report. */
    void deliver() {
        BiConsumer<@Nullable Object, @Nullable Throwable> callback = this.callback;
        if (callback == null || delivering || delivered) {
            throw new AssertionError(this + " was delivered before");
        }
        beginDelivery();
        switch (internalState()) {
            case RETURNED -> callback.accept(outcome(), null);
            case THREW -> callback.accept(null, (Throwable) outcome());
            default -> callback.accept(null, canceled());
        }
    }

    private static CancellationException canceled() {
        try {
            return new CancellationException("the request was canceled");
        } catch (OutOfMemoryError e) {
            return CANCELED_OUT_OF_MEMORY;
        }
    }

    /** The callback is about to run, or the handler to hear that it never will. */
    void beginDelivery() {
        delivering = true;
        if (entrance instanceof SliceDispatcher slice) {
            slice.callbackBegins();
        }
    }

    /** Home thread: the callback has returned, or never will; the request refers to nothing of the user's any more. */
    void endDelivery() {
        callback = null;
        forgetOutcome();
        delivering = false;
        if (entrance instanceof SliceDispatcher slice) {
            slice.callbackEnded();
        }
    }

    /** Home thread: whoever waits for the callback may go on. */
    void delivered() {
        delivered = true;
    }

    @Override
    public State state() {
        return switch (internalState()) {
            case QUEUED -> State.QUEUED;
            case ACTIVE, INTERRUPTING -> State.ACTIVE;
            case CANCELED -> State.CANCELED;
            default -> State.DONE;
        };
    }

    @Override
    public boolean cancelAsync() {
        return entrance.withdraw(this, false);
    }

    @Override
    public boolean cancel() {
        if (isRunByCaller()) {
            throw new IllegalStateException(
                    "a request cannot cancel itself from its own work: cancel() would wait for this call to return;"
                            + " return or throw instead, or use cancelAsync()");
        }
        BooleanSupplier ended = this::isDelivered; // while a want of memory still changes nothing
        Dispatcher dispatcher = entrance.dispatcher();
        // from within its own callback, however deep: it cannot return before this call does
        boolean waits = !delivered && (!dispatcher.completions.isInCallback() || !delivering);
        if (waits) {
            dispatcher.completions.checkNesting();
        }
        boolean withdrawn = cancelAsync();
        if (waits) {
            dispatcher.waiters.await(this, ended, Long.MAX_VALUE);
        }
        return withdrawn;
    }

    boolean isDelivered() {
        if (!delivered) {
            entrance.dispatcher().completions.goOnAbandoning();
        }
        return delivered;
    }

    @Override
    public boolean interrupt() {
        return interruptWorker();
    }

    @Override
    public String toString() {
        return "AioRequest[" + state() + "]";
    }
}
