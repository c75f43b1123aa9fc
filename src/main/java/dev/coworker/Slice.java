package dev.coworker;

import dev.coworker.internal.pool.Lane;
import dev.coworker.internal.pool.Pool;
import java.util.Objects;

/**
 * A bulkhead: a part of a pool with bounds of its own, the same three layers over the same workers. Send work that may
 * get stuck through a slice, such as a look-up at a name server that is dead. It occupies at most {@code maxConcurrent}
 * workers, and the rest of the pool stays free for other work. Send work that must always be served through a slice
 * with {@code reserved} workers, which other work never occupies.
 *
 * {@snippet file="snippets/GivingUp.java" region="bulkhead"}
 *
 * <p><strong>The ceiling.</strong> A request of the slice needs one of {@code maxConcurrent} permits to join the pool's
 * queue. Without a free permit it waits in the slice, first come first served, and holds neither a worker nor a place
 * in the pool's queue. When a request ends or is withdrawn, its permit goes to the oldest that waits, which joins the
 * end of the pool's queue. So slices, and the pool's own requests, are fair to each other. A slice may have more
 * permits than the pool has workers.
 *
 * <p><strong>The floor.</strong> As many workers as are {@code reserved} are kept from all requests but the slice's
 * own, and as many places below the pool's bound. So a request of it waits for the start of a thread at most, while
 * fewer of its requests run. Beyond its floor, the slice takes turns with other slices that have one, and with all
 * other requests.
 *
 * <p><strong>The bound</strong> of a slice is as that of a {@linkplain ThreadPool.Builder#maxQueued pool}, with {@code
 * maxConcurrent + maxQueued}. Without {@code maxQueued} it never rejects.
 *
 * <p><strong>A request that waits</strong> is accepted: it is canceled, interrupted and timed out as in the pool's
 * queue, at once, and closing either the slice or the pool finishes it. While the pool is at its {@linkplain
 * ThreadPool.Builder#maxQueued bound}, a request with a permit waits in one line with the callers of the pool's {@code
 * submitCo}; one of a slice with a floor waits behind them.
 *
 * <p><strong>Watching it.</strong> {@link #stats()} are the slice's own. {@link ThreadPoolMetrics} takes a slice too.
 * The flight recorder's events name it in their field {@code slice}.
 *
 * <p>An open slice belongs to its pool: close one that is not needed any more. Opened by {@link ThreadPool#slice} or
 * {@link ThreadPool#sliceBuilder}.
 */
public final class Slice extends Submitter implements AutoCloseable {
    private Slice(ThreadPool pool, Lane lane, String name) {
        super(name, pool.pool, lane, pool.context(), pool.decorator, pool.tracer);
    }

    /**
     * Changes floor and ceiling in one step. Requests above a lowered ceiling go on; the slice starts no others until
     * fewer run. A new floor is kept as soon as other work has ended. Never waits. On a closed slice it does nothing.
     *
     * @param reserved workers that are kept for this slice, 0 or more
     * @param maxConcurrent how many of its requests may be queued in the pool or run at a time, 1 or more, and no fewer
     *     than {@code reserved}
     * @throws IllegalArgumentException when either is out of range, or all slices together would reserve all of the
     *     pool's {@code maxThreads} workers; nothing is changed
     */
    public void resize(int reserved, int maxConcurrent) {
        checkBounds("reserved", reserved, "maxConcurrent", maxConcurrent);
        pool.resize(Objects.requireNonNull(lane), reserved, maxConcurrent);
    }

    /** One line for a log. */
    @Override
    public String toString() {
        ThreadPoolStats s = stats();
        return "Slice[" + name() + " of " + pool + ", " + state()
                + ", permits = " + s.curThreads() + " of " + s.maxThreads() + ", active requests = " + s.active()
                + ", queued requests = " + s.queued() + " (" + s.pendingThreads() + " in the pool)"
                + ", submitted = " + s.submitted() + ", completed = " + s.completed() + ", failed = " + s.failed()
                + ", canceled = " + s.canceled() + " (" + s.timedOut() + " timed out), rejected = " + s.rejected()
                + "]";
    }

    /**
     * Collects what a slice is to be. Not for use by several threads at once. Each setter returns this builder, and
     * throws {@link IllegalArgumentException} for a number below the least that it names.
     */
    public static final class Builder {
        private final ThreadPool pool;
        private final String name;
        private int maxConcurrent;
        private int reserved;
        private int maxQueued = Pool.UNBOUNDED;

        Builder(ThreadPool pool, String name, int maxConcurrent) {
            this.pool = pool;
            this.name = name;
            this.maxConcurrent = maxConcurrent;
        }

        /**
         * The ceiling: how many of the slice's requests may be queued in the pool or run at a time. Default: the pool's
         * {@code maxThreads} when this builder was made.
         *
         * @param maxConcurrent 1 or more
         * @return this builder
         */
        public Builder maxConcurrent(int maxConcurrent) {
            this.maxConcurrent = checkAtLeast("maxConcurrent", maxConcurrent, 1);
            return this;
        }

        /**
         * The floor: how many workers are kept from all other requests. All slices together must leave one. Default: 0.
         *
         * @param reserved 0 or more
         * @return this builder
         */
        public Builder reserved(int reserved) {
            this.reserved = checkAtLeast("reserved", reserved, 0);
            return this;
        }

        /**
         * The bound on what waits: accepted while fewer than {@code maxConcurrent + maxQueued} are queued or running.
         * Default: no bound.
         *
         * @param maxQueued 0 or more
         * @return this builder
         */
        public Builder maxQueued(int maxQueued) {
            this.maxQueued = checkAtLeast("maxQueued", maxQueued, 0);
            return this;
        }

        /**
         * {@return an open slice, which the pool's close closes too}
         *
         * @throws IllegalArgumentException when {@code reserved} exceeds {@code maxConcurrent}, or all slices together
         *     would reserve all of the pool's {@code maxThreads} workers
         * @throws IllegalStateException when the pool is closed
         */
        public Slice build() {
            checkBounds("reserved", reserved, "maxConcurrent", maxConcurrent);
            return new Slice(pool, pool.pool.openLane(name, reserved, maxConcurrent, maxQueued), name);
        }
    }
}
