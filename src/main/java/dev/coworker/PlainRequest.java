package dev.coworker;

import org.jspecify.annotations.Nullable;

/** The fire-and-forget layer's request: settled, it tells nobody. A failure goes to the handler. */
final class PlainRequest extends Request {
    private final @Nullable Runnable onSettled; // the executor view's account

    PlainRequest(Action<?> work, @Nullable Runnable onSettled) {
        super(work);
        this.onSettled = onSettled;
    }

    @Override
    void run(Worker worker, Object work) {
        runSubmit(worker, (Action<?>) work);
    }

    private void runSubmit(Worker worker, Action<?> work) {
        Throwable failure = null;
        try {
            work.run();
        } catch (Throwable e) {
            failure = e;
        }
        worker.finish(this, null, failure != null);
        if (failure != null) {
            worker.report(failure);
        }
    }

    @Override
    Observation.Layer layer() {
        return Observation.Layer.SUBMIT;
    }

    @Override
    void settled() {
        if (onSettled != null) {
            onSettled.run();
        }
    }
}
