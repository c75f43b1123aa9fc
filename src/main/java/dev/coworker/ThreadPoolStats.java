package dev.coworker;

import dev.coworker.internal.pool.Pool;
import org.jspecify.annotations.Nullable;

/**
 * A reading of the counters of a pool or of a slice, which does not change. At rest {@code submitted = completed +
 * failed + canceled + queued + active}. While requests move, each figure was exact at some instant of the call to
 * {@link Submitter#stats()}, but not all of them at the same one. An outcome is counted before its caller, its callback
 * or {@link AioRequest#state()} tells of it, and a request counts as active before its work begins.
 *
 * <p>The first four are QEMU's {@code cur_threads}, {@code idle_threads}, {@code new_threads} and {@code
 * pending_threads}.
 *
 * <p>A slice's permits are what a pool's workers are: {@code maxThreads} is its bound, {@code curThreads} the permits
 * that are held, {@code pendingThreads} those whose request waits in the pool, and {@code queued} counts these and what
 * waits in the slice; {@code waiting} are those of them that are beyond the slice's bound. Idle and new threads, {@code
 * minThreads} and {@code spawnFailures} of a slice are 0. A pool counts a slice's request when it gets its permit and
 * its place, or when it ends without.
 */
public final class ThreadPoolStats {
    private final Pool.Counters counters;

    ThreadPoolStats(Pool.Counters counters) {
        this.counters = counters;
    }

    /** {@return the workers that exist or are reserved: new, pending and running} */
    public int curThreads() {
        return counters.curThreads();
    }

    /** {@return the running workers that wait for a request} */
    public int idleThreads() {
        return counters.idleThreads();
    }

    /** {@return the workers that are reserved and have no thread yet} */
    public int newThreads() {
        return counters.newThreads();
    }

    /** {@return the workers whose thread was started and has not run yet} */
    public int pendingThreads() {
        return counters.pendingThreads();
    }

    /** {@return how many workers are kept when idle} */
    public int minThreads() {
        return counters.minThreads();
    }

    /** {@return the bound on the workers} */
    public int maxThreads() {
        return counters.maxThreads();
    }

    /** {@return the requests that wait for a worker} */
    public int queued() {
        return counters.queued();
    }

    /** {@return the requests that run} */
    public int active() {
        return counters.active();
    }

    /** {@return the callers of {@code submitCo}, and requests of slices, that wait because the pool is at its bound} */
    public int waiting() {
        return counters.waiting();
    }

    /** {@return the callbacks that wait for their context} */
    public int undelivered() {
        return counters.undelivered();
    }

    /** {@return the requests that run for longer than {@link ThreadPool.Builder#stuckAfter}} */
    public int stuck() {
        return counters.stuck();
    }

    /** {@return the requests accepted so far} */
    public long submitted() {
        return counters.submitted();
    }

    /** {@return the requests whose work returned} */
    public long completed() {
        return counters.completed();
    }

    /** {@return the requests whose work threw} */
    public long failed() {
        return counters.failed();
    }

    /** {@return the requests whose work never ran} */
    public long canceled() {
        return counters.canceled();
    }

    /** {@return the part of {@link #canceled} that no worker started within {@code startWithin}} */
    public long timedOut() {
        return counters.timedOut();
    }

    /** {@return the requests that were refused, because the pool was closed or at its bound} */
    public long rejected() {
        return counters.rejected();
    }

    /** {@return how many starts of a worker failed} */
    public long spawnFailures() {
        return counters.spawnFailures();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ThreadPoolStats stats && counters.equals(stats.counters);
    }

    @Override
    public int hashCode() {
        return counters.hashCode();
    }

    @Override
    public String toString() {
        return counters.toString().replaceFirst("^Counters", "ThreadPoolStats");
    }
}
