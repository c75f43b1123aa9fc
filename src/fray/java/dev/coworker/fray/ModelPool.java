package dev.coworker.fray;

import static dev.coworker.fray.Schedules.check;

import dev.coworker.Action;
import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * A whole pool on a manual context of the thread that makes it, and the platform threads that call it. It counts what
 * was accepted, what was refused, and how each request ended.
 */
final class ModelPool {
    final AioContext context = AioContext.manual();
    final ThreadPool pool;
    final AtomicInteger accepted = new AtomicInteger();
    final AtomicInteger refused = new AtomicInteger();
    final AtomicInteger ran = new AtomicInteger();
    final AtomicInteger values = new AtomicInteger(); // callbacks
    final AtomicInteger cancellations = new AtomicInteger(); // callbacks
    final AtomicInteger canceledFutures = new AtomicInteger(); // a worker may take one that then has nothing to do
    private final List<Thread> callers = new ArrayList<>();
    private final AtomicInteger callersEnded = new AtomicInteger();
    private final AtomicInteger reported = new AtomicInteger();

    /** A pool that does not spin, whose workers idle longer than a model may take. */
    ModelPool(UnaryOperator<ThreadPool.Builder> settings) {
        pool = settings.apply(ThreadPool.builder()
                        .name("model")
                        .context(context)
                        .spin(false)
                        .idleTimeout(Duration.ofHours(1))
                        .uncaughtExceptionHandler((thread, failure) -> reported.incrementAndGet()))
                .build();
    }

    /** Has a worker started, so that what follows meets one that goes idle. */
    ModelPool withWorker() throws InterruptedException {
        submit(pool);
        pool.awaitIdle(Duration.ofHours(1));
        return this;
    }

    /** Starts a platform thread that calls the pool. */
    void caller(Schedules.Model model) {
        Thread caller = new Thread(() -> {
            try {
                model.run();
            } catch (Exception e) {
                throw new AssertionError(e);
            } finally {
                context.execute(callersEnded::incrementAndGet);
            }
        });
        callers.add(caller);
        caller.start();
    }

    void submit(Submitter to) {
        submit(to, () -> {});
    }

    void submit(Submitter to, Action<RuntimeException> work) {
        offer(() -> to.submit(() -> {
            work.run();
            ran.incrementAndGet();
        }));
    }

    AioRequest<Integer> submitAio(Submitter to) {
        List<AioRequest<Integer>> made = new ArrayList<>();
        offer(() -> made.add(to.submitAio(ran::incrementAndGet, (value, failure) -> {
            check(context.inContext(), "a callback off the loop thread");
            check((value == null) != (failure == null), failure);
            check(failure == null || failure instanceof CancellationException, failure);
            (failure == null ? values : cancellations).incrementAndGet();
        })));
        return made.isEmpty() ? null : made.get(0);
    }

    void offer(Runnable submission) {
        try {
            submission.run();
            accepted.incrementAndGet();
        } catch (RejectedExecutionException e) {
            refused.incrementAndGet();
        }
    }

    /** On the context's thread: polls until the callers have ended. */
    void awaitCallers() throws InterruptedException {
        while (callersEnded.get() < callers.size()) {
            context.poll(true);
        }
        for (Thread caller : callers) {
            caller.join();
        }
    }

    /** Waits for the callers, closes, and checks that each request has ended once. */
    void end() throws InterruptedException {
        awaitCallers();
        pool.close();
        ThreadPoolStats stats = pool.stats();
        check(stats.curThreads() == 0 && stats.idleThreads() == 0, stats);
        check(stats.queued() == 0 && stats.active() == 0 && stats.undelivered() == 0, stats);
        check(stats.submitted() == accepted.get(), stats);
        check(stats.submitted() == stats.completed() + stats.failed() + stats.canceled(), stats);
        long ended = stats.completed() + stats.failed();
        check(ran.get() <= ended && ran.get() + canceledFutures.get() >= ended, ran);
        check(reported.get() == 0, reported);
        context.close();
    }
}
