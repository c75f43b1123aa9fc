package dev.coworker;

import java.util.concurrent.Callable;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;

/**
 * A whole pool on a manual context, whose home is the thread that makes it; every part is the real one, but for the timer. Its
 * callers are platform threads, since Lincheck 3.7 does not run virtual ones: they enter below the check for that.
 */
final class ModelPool {
    static final long FOREVER = Long.MAX_VALUE;

    final AioContext context = AioContext.manual();
    final Dispatcher dispatcher;
    private final AtomicInteger reported = new AtomicInteger();

    ModelPool(int minThreads, int maxThreads) {
        this(minThreads, maxThreads, FOREVER, Admission.UNBOUNDED, Thread::new);
    }

    ModelPool(int minThreads, int maxThreads, long idleTimeoutNanos, int maxQueued, ThreadFactory factory) {
        dispatcher = new Dispatcher(
                "model",
                context,
                maxQueued,
                (thread, e) -> reported.incrementAndGet(),
                factory,
                minThreads,
                maxThreads,
                idleTimeoutNanos,
                false);
        Actor.share(this);
        dispatcher.open();
    }

    Object call(Callable<?> work) throws Throwable {
        return dispatcher.call(new CoRequest(work), -1);
    }

    AioCall submitAio(Callable<?> work, BiConsumer<Object, Throwable> callback) {
        AioCall request = new AioCall(dispatcher, work, callback);
        dispatcher.accept(request);
        return request;
    }

    PlainRequest submit(Action<?> work) {
        PlainRequest request = new PlainRequest(work, null);
        dispatcher.accept(request);
        return request;
    }

    /** On the home thread: polls until it is so. What makes it so is a request's end, or a callback's. */
    void await(BooleanSupplier condition) {
        dispatcher.waiters.await(null, condition, FOREVER);
    }

    /** On the home thread: closes, and holds the pool to its end. */
    void close() {
        dispatcher.close();
        ended();
    }

    void ended() {
        ThreadPoolStats stats = dispatcher.stats();
        Check.that(stats.curThreads() == 0 && stats.idleThreads() == 0, stats);
        Check.that(stats.queued() == 0 && stats.active() == 0 && stats.waiting() == 0, stats);
        Check.that(stats.submitted() == stats.completed() + stats.failed() + stats.canceled(), stats);
        Check.that(reported.get() == 0, reported);
    }

    /** Nothing moves: holds the pool to its invariants. */
    void quiescent() {
        ThreadPoolStats stats = dispatcher.stats();
        boolean onTheWay = stats.newThreads() + stats.pendingThreads() > 0;
        Check.that(stats.idleThreads() <= stats.curThreads() && stats.curThreads() <= stats.maxThreads(), stats);
        Check.that(stats.queued() == 0 || stats.idleThreads() == 0, stats);
        Check.that(stats.queued() == 0 || stats.curThreads() == stats.maxThreads() || onTheWay, stats);
        Check.that(
                stats.submitted()
                        == stats.completed() + stats.failed() + stats.canceled() + stats.queued() + stats.active(),
                stats);
    }
}
