package dev.coworker.internal.pool;

import dev.coworker.contract.Callers;
import dev.coworker.internal.base.ManualTimer;
import dev.coworker.internal.base.Threads;
import dev.coworker.internal.loop.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A pool whose timer is under control, on a loop that the test polls. It is closed after the test. */
final class TimedPool implements AfterEachCallback {
    /** The timer starts what the loop has not started within this time. */
    static final Duration OVERDUE = Duration.ofMillis(10);

    final ManualTimer timer = new ManualTimer();
    final EventLoop loop = EventLoop.manual("of a test");
    final List<Duration> retries = new CopyOnWriteArrayList<>(); // after the starts that failed
    Duration idleTimeout = Duration.ofSeconds(10); // by the real clock
    boolean spin;
    Duration stuckAfter = Duration.ZERO; // never
    volatile Runnable onWorkerStarted = () -> {}; // on the worker, in the pool's own code
    private Pool pool;

    Pool open(int minThreads, int maxThreads, ThreadFactory factory) {
        return open(minThreads, maxThreads, Pool.UNBOUNDED, factory);
    }

    /** Opens the pool; tasks of the timer never get a thread of their own. */
    Pool open(int minThreads, int maxThreads, int maxQueued, ThreadFactory factory) {
        Pool.Settings settings = new Pool.Settings(
                "timed",
                loop,
                timer,
                minThreads,
                maxThreads,
                idleTimeout.toNanos(),
                maxQueued,
                0,
                factory != null ? factory : Threads.factory("timed-worker-", true),
                false,
                true,
                spin,
                stuckAfter.toNanos(),
                null,
                (thread, failure) -> {});
        pool = new Pool(settings, new Pool.Listener() {
            @Override
            public void canceled(String slice, Request.Layer layer, String reason) {}

            @Override
            public void workerStarted() {
                onWorkerStarted.run();
            }

            @Override
            public void workerExits(boolean died) {}

            @Override
            public void spawnFailed(Throwable cause, long retryNanos) {
                retries.add(Duration.ofNanos(retryNanos));
            }

            @Override
            public void stuck(
                    String slice, Request.Layer layer, Thread worker, long forNanos, StackTraceElement[] stack) {}
        });
        pool.open();
        return pool;
    }

    void submit(Callable<?> work) {
        pool.submit(new Request.FireAndForget(null, work, null));
    }

    Pool.Counters counters() {
        return pool.counters(null);
    }

    /** Returns when the condition holds, while time stands still. */
    void until(String what, java.util.function.Predicate<Pool.Counters> condition) {
        Callers.until(what, () -> condition.test(counters()));
    }

    @Override
    public void afterEach(ExtensionContext context) {
        if (pool == null) {
            return;
        }
        Thread closer = new Thread(() -> pool.close(null));
        closer.start();
        Callers.until("the pool has been closed", () -> {
            loop.poll(false);
            timer.advance(OVERDUE);
            return !closer.isAlive();
        });
    }
}
