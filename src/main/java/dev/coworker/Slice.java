package dev.coworker;

import dev.coworker.internal.observe.RequestTrace;
import dev.coworker.internal.pool.Lane;
import java.time.Duration;

/**
 * A part of a pool with a bound of its own: the same three layers over the same workers, of which its requests occupy
 * at most {@code maxConcurrent} at a time. Send work that may get stuck through a slice, such as a look-up at a name
 * server that is dead. The rest of the pool then stays free for other work.
 *
 * <p><strong>Permits.</strong> A request of the slice needs one of {@code maxConcurrent} permits to join the pool's
 * queue. Without a free permit it waits in the slice, first come first served, and holds neither a worker nor a place
 * in the pool's queue. When a request ends or is withdrawn, its permit goes to the oldest that waits, which joins the
 * end of the pool's queue. So slices, and the pool's own requests, are fair to each other. A slice may have more
 * permits than the pool has workers. It has no bound on the requests that wait, so it never rejects.
 *
 * <p><strong>A request that waits</strong> is accepted: it is canceled, interrupted and timed out as in the pool's
 * queue, at once, and closing either the slice or the pool finishes it. While the pool is at its {@linkplain
 * ThreadPool.Builder#maxQueued bound}, a request with a permit waits in one line with the callers of the pool's {@code
 * submitCo}.
 *
 * <p><strong>Nesting.</strong> Work that calls {@code submitCo} of a slice of its own pool runs it in place: it takes
 * no further worker, and needs no permit.
 *
 * <p><strong>Watching it.</strong> {@link #stats()} are the slice's own. {@link ThreadPoolMetrics} takes a slice too.
 * The flight recorder's events name it in their field {@code slice}.
 *
 * <p>An open slice belongs to its pool: close one that is not needed any more. Opened by {@link ThreadPool#slice}.
 */
public final class Slice extends Submitter implements AutoCloseable {
    private final String poolName;

    Slice(ThreadPool pool, Lane lane, String name) {
        super(
                name,
                pool.pool,
                lane,
                pool.context(),
                pool.handler(),
                pool.decorator,
                new RequestTrace.Tracer(pool.tracer(), name));
        this.poolName = pool.name();
    }

    String poolName() {
        return poolName;
    }

    /**
     * Closes the slice only: rejects new work, finishes all that it accepted, and returns when every callback of it has
     * returned. The pool, its workers and other slices go on. On the context's loop thread it polls while it waits.
     * Interrupted, it cancels what is queued of the slice, interrupts what runs of it, and goes on waiting.
     *
     * @throws IllegalStateException when called by a worker of the pool, which the slice may need, or in a callback of
     *     the slice, which it would wait for; nothing is changed
     */
    @Override
    public void close() {
        super.close();
    }

    /**
     * Closes the slice as {@link #close()} does, within bounds: when {@code drain} is over, it cancels what is queued,
     * interrupts what runs of it, and waits at most one second more. {@code submitCo} callers whose work never ran then
     * receive a {@link java.util.concurrent.CancellationException}; one whose work runs stays until that has ended.
     *
     * @param drain how long to wait for what was accepted, zero or more
     * @return true when all work of the slice has ended and all its callbacks have returned; false when something is
     *     still running
     * @throws IllegalArgumentException when {@code drain} is negative; nothing is changed
     * @throws IllegalStateException when called by a worker of the pool or in a callback of the slice; nothing is
     *     changed
     */
    @Override
    public boolean close(Duration drain) {
        return super.close(drain);
    }

    /** One line for a log. */
    @Override
    public String toString() {
        ThreadPoolStats s = stats();
        return "Slice[" + name() + " of " + poolName + ", " + state()
                + ", permits = " + s.curThreads() + " of " + s.maxThreads()
                + ", active requests = " + s.active()
                + ", queued requests = " + s.queued() + " (" + s.pendingThreads() + " in the pool)"
                + ", submitted = " + s.submitted()
                + ", completed = " + s.completed()
                + ", failed = " + s.failed()
                + ", canceled = " + s.canceled() + " (" + s.timedOut() + " timed out)"
                + ", rejected = " + s.rejected() + "]";
    }
}
