package dev.coworker.internal.pool;

import dev.coworker.interleave.Actor;
import dev.coworker.interleave.Check;
import dev.coworker.internal.base.ModelTimer;
import dev.coworker.internal.base.Timer;
import dev.coworker.internal.loop.EventLoop;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/**
 * A whole pool on a manual loop of the thread that makes it. Every part is the real one, but for the timer. Its callers
 * are platform threads, since Lincheck 3.7 does not run virtual ones: they enter below the check for that.
 */
final class ModelPool {
    static final long FOREVER = Timer.NO_DEADLINE;

    final ModelTimer timer = new ModelTimer();
    final Pool pool;
    private final AtomicInteger reported = new AtomicInteger();

    ModelPool(int minThreads, int maxThreads) {
        this(minThreads, maxThreads, FOREVER, Pool.UNBOUNDED, Thread::new);
    }

    ModelPool(int minThreads, int maxThreads, long idleTimeoutNanos, int maxQueued, ThreadFactory factory) {
        pool = new Pool(
                new Pool.Settings(
                        "model",
                        EventLoop.manual(this),
                        timer,
                        minThreads,
                        maxThreads,
                        idleTimeoutNanos,
                        maxQueued,
                        0,
                        task -> daemon(factory.newThread(task)),
                        false,
                        true,
                        false,
                        0,
                        null,
                        (thread, failure) -> reported.incrementAndGet()),
                new Silent());
        Actor.share(this);
        pool.open();
    }

    private static Thread daemon(Thread thread) {
        if (thread != null) {
            thread.setDaemon(true);
        }
        return thread;
    }

    Object call(Callable<?> work) throws Throwable {
        return call(null, work, FOREVER);
    }

    Object call(Lane lane, Callable<?> work, long startWithinNanos) throws Throwable {
        return pool.call(
                new BlockingRequest(lane, work), new BlockingRequest.Terms(startWithinNanos, Timer.NO_DEADLINE, null));
    }

    CallbackRequest submitAio(Callable<?> work, BiConsumer<Object, Throwable> callback) {
        CallbackRequest request = callback(work, callback);
        pool.submit(request);
        return request;
    }

    CallbackRequest callback(Callable<?> work, BiConsumer<Object, Throwable> callback) {
        return new CallbackRequest(pool, null, work, callback) {};
    }

    Request submit(Callable<?> work) {
        return submit(null, work);
    }

    Request submit(Lane lane, Callable<?> work) {
        Request request = new Request.FireAndForget(lane, work, null);
        pool.submit(request);
        return request;
    }

    /**
     * On the loop's thread: polls until it is so. The end of the last request makes the loop look, or a signal of the
     * model.
     */
    void await(BooleanSupplier condition) {
        pool.waiters.await(condition, FOREVER);
    }

    /** On the loop's thread: closes, and checks what must hold at the end. */
    void close() {
        pool.close(null);
        ended();
    }

    void ended() {
        Pool.Counters counters = pool.counters(null);
        Check.that(counters.curThreads() == 0 && counters.idleThreads() == 0, counters);
        Check.that(counters.queued() == 0 && counters.active() == 0 && counters.waiting() == 0, counters);
        Check.that(counters.submitted() == counters.completed() + counters.failed() + counters.canceled(), counters);
        Check.that(reported.get() == 0, reported);
    }

    /** Nothing moves: checks the invariants. */
    void quiescent() {
        Pool.Counters now = pool.counters(null);
        boolean onTheirWay = now.newThreads() + now.pendingThreads() > 0;
        Check.that(now.idleThreads() <= now.curThreads() && now.curThreads() <= now.maxThreads(), now);
        Check.that(now.queued() == 0 || now.idleThreads() == 0, now);
        Check.that(now.queued() == 0 || now.curThreads() == now.maxThreads() || onTheirWay, now);
        long bound = (long) now.maxThreads() + pool.queue.maxQueued();
        Check.that(now.waiting() == 0 || now.queued() + now.active() == bound, now);
        Check.that(
                now.submitted() == now.completed() + now.failed() + now.canceled() + now.queued() + now.active(), now);
    }

    private static final class Silent implements Pool.Listener {
        @Override
        public void canceled(String slice, Request.Layer layer, String reason) {}

        @Override
        public void workerStarted() {}

        @Override
        public void workerExits(boolean died) {}

        @Override
        public void spawnFailed(Throwable cause, long retryNanos) {}

        @Override
        public void stuck(String slice, Request.Layer layer, Thread worker, long forNanos, StackTraceElement[] stack) {}
    }
}
