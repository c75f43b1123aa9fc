package dev.coworker.internal.pool;

import dev.coworker.internal.base.Timer;
import dev.coworker.internal.loop.EventLoop;
import dev.coworker.internal.loop.UnpolledLoop;
import java.util.concurrent.TimeUnit;

/** Real parts of a pool, for actors that are its threads. Nothing of them happens by time. */
final class Parts {
    /** For a wait that ends before, unless its wake-up is lost. */
    static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(5);

    private Parts() {}

    static Request request(Lane lane) {
        return new Request.FireAndForget(lane, () -> null, null);
    }

    /** A worker that has a request assigned, and no thread. */
    static Worker worker() {
        return new Worker(null, null);
    }

    /** A pool that starts no worker for what is queued. */
    static Pool withoutWorkers(EventLoop loop, int maxQueued, boolean timerWorks) {
        Pool pool = pool(loop, 0, 1, 0, maxQueued, timerWorks, false);
        pool.workers.stop();
        return pool;
    }

    static Pool pool(
            EventLoop loop,
            int minThreads,
            int maxThreads,
            long idleNanos,
            int maxQueued,
            boolean timerWorks,
            boolean spin) {
        return new Pool(
                new Pool.Settings(
                        "stress",
                        loop,
                        new StandingTimer(timerWorks),
                        minThreads,
                        maxThreads,
                        idleNanos,
                        maxQueued,
                        0,
                        Thread.ofPlatform().daemon().factory(),
                        false,
                        true,
                        spin,
                        0,
                        null,
                        (thread, failure) -> {}),
                new Silent());
    }

    static EventLoop unpolledLoop() {
        return UnpolledLoop.LOOP;
    }

    /** Nothing falls due. One that does not work leaves deadlines to the callers. */
    private static final class StandingTimer extends Timer {
        private final boolean works;

        StandingTimer(boolean works) {
            this.works = works;
        }

        @Override
        public boolean schedule(Task task, long delayNanos) {
            return works;
        }

        @Override
        public void cancel(Task task) {}
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
