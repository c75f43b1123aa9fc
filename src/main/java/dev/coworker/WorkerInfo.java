package dev.coworker;

import dev.coworker.internal.pool.Pool;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What one worker of a pool did when {@link ThreadPool#workers()} looked. With {@link ThreadPool.Builder#inPlace}, a
 * caller that runs its own work is one of them.
 */
public final class WorkerInfo {
    private final Pool.WorkerState state;

    WorkerInfo(Pool.WorkerState state) {
        this.state = state;
    }

    /** {@return the worker's thread, whose stack shows where it is} */
    public Thread thread() {
        return state.thread();
    }

    /** {@return the name of the worker's thread} */
    public String name() {
        return state.thread().getName();
    }

    /** {@return true if the worker runs no request} */
    public boolean isIdle() {
        return state.layer() == null;
    }

    /** {@return the layer of the request that it runs, "co", "aio" or "submit"; null if it is idle} */
    public @Nullable String layer() {
        return state.layer() == null ? null : state.layer().name().toLowerCase(Locale.ROOT);
    }

    /** {@return the slice of the request that it runs; null if it is the pool's own, or the worker is idle} */
    public @Nullable String slice() {
        return state.slice();
    }

    /**
     * Returns how long it has done so, as far as was observed: since the first look that met it. Those are looks of the
     * pool's watchdog, four in {@link ThreadPool.Builder#stuckAfter}, and calls of {@link ThreadPool#workers()}.
     *
     * @return the time since then; zero if this call was the first look
     */
    public Duration elapsed() {
        return Duration.ofNanos(state.forNanos());
    }

    /** One line for a log. */
    @Override
    public String toString() {
        String what = isIdle() ? "idle" : layer() + (slice() == null ? "" : " of " + slice());
        String who = name().isEmpty() ? thread().toString() : name();
        return "WorkerInfo[" + who + ", " + what + " for " + elapsed().toMillis() + " ms]";
    }
}
