package dev.coworker.internal.pool;

import dev.coworker.internal.base.Log;
import dev.coworker.internal.base.Threads;
import dev.coworker.internal.base.Timer;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Finds requests that run for long, while they run. The timer looks at the runners four times in {@code stuckAfter}, as
 * long as one is busy. A worker counts the requests that it has taken. A request has run since the look that met its
 * number first. So a request costs no reading of the clock, and an idle pool has no ticks.
 *
 * <p>A worker takes a request under the queue's lock, then reads {@code armed}. The timer clears it, then looks at the
 * workers under that lock once more. So one of the two sees the other.
 */
final class StuckWatch {
    private static final int LOOKS = 4;
    private static final long SHORTEST_PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Pool pool;
    private final long stuckAfterNanos; // 0: never
    private final Timer.Task look = new Timer.Task(this::look);
    private final AtomicBoolean armed = new AtomicBoolean(); // the timer is going to look, or is not to
    private volatile int reported; // workers whose request was reported, at the latest look
    private boolean standstill; // the timer's: it was reported

    StuckWatch(Pool pool, long stuckAfterNanos) {
        this.pool = pool;
        this.stuckAfterNanos = stuckAfterNanos;
        armed.set(stuckAfterNanos == 0);
    }

    /** A worker has taken a request. */
    void workerIsBusy() {
        if (!armed.get() && armed.compareAndSet(false, true)) {
            try {
                schedule();
            } catch (Throwable e) { // out of memory: the worker goes on, and the next request tries again
                armed.set(false);
            }
        }
    }

    private void schedule() {
        long period = Math.max(stuckAfterNanos / LOOKS, SHORTEST_PERIOD_NANOS);
        if (!pool.timer.schedule(look, period)) {
            armed.set(false); // there is no thread for the timer: the next request tries again
        }
    }

    private void look() {
        boolean busy = false;
        int now = 0;
        List<Runner> news = new ArrayList<>();
        for (Runner runner : pool.runners()) {
            Runner.Doing doing = observe(runner);
            busy |= doing.request() != null;
            if (doing.request() != null && doing.forNanos() >= stuckAfterNanos) {
                now++;
                if (doing.number() != runner.reportedNumber) {
                    runner.reportedNumber = doing.number();
                    news.add(runner);
                }
            }
        }
        reported = now;
        boolean stands = now > 0 && standsStill(now);
        boolean says = stands && !standstill;
        if (!news.isEmpty() || says) {
            report(() -> {
                news.forEach(this::tell);
                if (says) {
                    tellStandstill();
                }
            });
        }
        standstill = stands;
        if (busy) {
            schedule();
            return;
        }
        armed.set(false);
        if (pool.runners().stream().anyMatch(runner -> observe(runner).request() != null)) {
            workerIsBusy();
        }
    }

    private Runner.Doing observe(Runner runner) {
        long now = System.nanoTime();
        return pool.queue.read(() -> runner.observe(now));
    }

    /** All workers are stuck, no further one may be started, and requests wait. */
    private boolean standsStill(int stuck) {
        return stuck >= pool.workers.max()
                && pool.queue.anyWaiting()
                && pool.runners().stream().allMatch(Runner::isWaiting);
    }

    /** Logger and flight recorder are foreign code, which the timer's thread must not wait for. */
    private static void report(Runnable report) {
        try {
            Threads.newDaemon("coworker-watchdog", report).start();
        } catch (OutOfMemoryError e) {
            report.run(); // out of threads
        }
    }

    private void tell(Runner runner) {
        Thread thread = runner.thread();
        Runner.Doing doing = observe(runner);
        Request request = doing.request();
        if (thread == null || request == null || doing.number() != runner.reportedNumber) {
            return; // it has ended
        }
        StackTraceElement[] stack = thread.getStackTrace();
        pool.listener.stuck(Pool.nameOf(request.lane), request.layer(), thread, doing.forNanos(), stack);
        Throwable trace = new Throwable("what " + thread.getName() + " does");
        trace.setStackTrace(stack);
        Log.quietly(() -> Log.LOGGER.log(
                Level.WARNING,
                pool.nameOf(request) + ": " + thread.getName() + " runs one request for "
                        + Duration.ofNanos(doing.forNanos()).toMillis() + " ms, longer than stuckAfter",
                trace));
    }

    private void tellStandstill() {
        Log.quietly(() -> Log.LOGGER.log(
                Level.WARNING,
                pool + ": nothing moves: all " + pool.workers.max() + " workers wait, and so do requests;"
                        + " work that waits for other work of its own pool never ends"));
    }

    /** Returns how many requests were reported and still run, of a slice or of all. */
    int stuck(@Nullable Lane lane) {
        int stuck = 0;
        for (Runner runner : reported == 0 ? List.<Runner>of() : pool.runners()) {
            Runner.Doing doing = observe(runner);
            Request request = doing.request();
            if (request != null && doing.number() == runner.reportedNumber && (lane == null || request.lane == lane)) {
                stuck++;
            }
        }
        return stuck;
    }

    /** Returns what each worker does, and each caller that runs its own request. */
    List<Pool.WorkerState> states() {
        List<Pool.WorkerState> states = new ArrayList<>();
        for (Runner runner : pool.runners()) {
            Thread thread = runner.thread();
            Runner.Doing doing = observe(runner);
            Request request = doing.request();
            if (request != null && thread != null) {
                states.add(new Pool.WorkerState(thread, request.layer(), Pool.nameOf(request.lane), doing.forNanos()));
            } else if (thread != null && !thread.isVirtual()) { // else a caller whose own request has just ended
                states.add(new Pool.WorkerState(thread, null, null, doing.forNanos()));
            }
        }
        return states;
    }

    void close() {
        pool.timer.cancel(look);
    }
}
