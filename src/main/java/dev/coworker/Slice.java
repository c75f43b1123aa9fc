package dev.coworker;

import java.time.Duration;

/**
 * A part of a pool with a bound of its own: the same three layers over the same workers, of which its requests occupy at most
 * {@code maxConcurrent} at a time. Work that may get stuck, such as a look-up at a name server that is dead, goes through a slice,
 * and the rest of the pool stays free for other work.
 *
 * <p><strong>Turns.</strong> At most {@code maxConcurrent} requests of the slice are queued in the pool or run. The others wait in
 * the slice, first come first served, and hold neither a worker nor a place in the pool's queue. When a request has ended or was
 * withdrawn, its turn goes to the oldest that waits, which joins the pool's queue at the end: so slices, and the pool's own
 * requests, are fair to each other. A slice may have more turns than the pool has workers; it has no bound on those that wait, so
 * it is never full.
 *
 * <p><strong>What waits</strong> is accepted: it is canceled, interrupted and timed out as in the pool's queue, at once, and closing
 * either the slice or the pool finishes it. In a full queue ({@link ThreadPool.Builder#maxQueued}), a turn waits for its place in
 * one line with the callers of the pool's {@code submitCo}.
 *
 * <p><strong>Watching it.</strong> {@link #stats()} are the slice's own; the pool's count a request from the moment that it has its
 * turn. {@link ThreadPoolMetrics} takes a slice too. The flight recorder's events name it in their field {@code slice}.
 *
 * <p>An open slice belongs to its pool: close one that is not needed any more. Opened by {@link ThreadPool#slice}.
 */
public final class Slice extends Layers implements AutoCloseable {
    private final ThreadPool pool;
    private final SliceDispatcher slice;

    Slice(ThreadPool pool, SliceDispatcher slice) {
        super(slice.name(), slice, new Observers(pool.observers(), slice.name()), pool.decorator);
        this.pool = pool;
        this.slice = slice;
    }

    /**
     * Closes the slice only: rejects new work, finishes all that it accepted, and returns when every callback of it has returned.
     * The pool, its workers and other slices go on. On the context's home thread it polls while it waits. The wait cannot be
     * interrupted; the interrupt status is kept. Every call waits, and only the first changes anything.
     *
     * @throws IllegalStateException when called by a worker of the pool, which the slice may need, or in a callback of the
     *     slice, which it would wait for; nothing is changed
     */
    @Override
    public void close() {
        super.close();
    }

    /**
     * Closes the slice as {@link #close()} does, within bounds: when {@code drain} is over, it cancels what is queued, interrupts
     * what runs of it, and waits at most one second more. {@code submitCo} callers whose work never ran then receive a {@link
     * java.util.concurrent.CancellationException}; one whose work runs stays until that has ended.
     *
     * @param drain how long to wait for what was accepted, zero or more
     * @return true when all work of the slice has ended and all its callbacks have returned; false when something is still
     *     running
     * @throws IllegalArgumentException when {@code drain} is negative; nothing is changed
     * @throws IllegalStateException when called by a worker of the pool or in a callback of the slice; nothing is changed
     */
    @Override
    public boolean close(Duration drain) {
        return super.close(drain);
    }

    @Override
    void checkCloser() {
        if (dispatcher.workers.isWorker(Thread.currentThread())) {
            throw new IllegalStateException("close of " + name() + " by a worker of " + pool.name()
                    + " would wait for what may need that worker: close it on another thread");
        }
        if (slice.isInCallback()) {
            throw new IllegalStateException("close of " + name()
                    + " in one of its callbacks would wait for itself: close it outside, or on another thread");
        }
        dispatcher.completions.checkNesting();
    }

    @Override
    int maxQueued() {
        return Admission.UNBOUNDED;
    }

    /** One line for a log. */
    @Override
    public String toString() {
        ThreadPoolStats s = stats();
        return "Slice[" + name() + " of " + pool.name() + ", " + state()
                + ", turns = " + s.curThreads() + " of " + s.maxThreads()
                + ", active requests = " + s.active()
                + ", queued requests = " + s.queued() + " (" + s.pendingThreads() + " in the pool)"
                + ", submitted = " + s.submitted()
                + ", completed = " + s.completed()
                + ", failed = " + s.failed()
                + ", canceled = " + s.canceled() + " (" + s.timedOut() + " timed out)"
                + ", rejected = " + s.rejected() + "]";
    }
}
