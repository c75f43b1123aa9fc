package dev.coworker.fray;

import static dev.coworker.fray.Schedules.check;
import static dev.coworker.fray.Schedules.explore;

import dev.coworker.AioRequest;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * Whole pools, called by platform threads through the public API: each accepted request ends once, and close returns.
 * The workers, the callers and the timer are Fray's to schedule.
 */
class PoolScheduleTest {

    @Test
    void requestsOfEveryLayerEndOnce() throws Throwable {
        explore("callers of submit, submitAio and of a view", () -> {
            ModelPool model = new ModelPool(builder -> builder.maxThreads(2));
            ExecutorService view = model.pool.asExecutorService();
            model.caller(() -> {
                model.submit(model.pool);
                model.submit(model.pool);
            });
            model.caller(() -> model.submitAio(model.pool));
            model.caller(() -> {
                Future<Integer> future = view.submit(model.ran::incrementAndGet);
                model.accepted.incrementAndGet();
                check(future.get() > 0, future);
            });
            model.end();
            check(model.ran.get() == 4 && model.values.get() == 1, model.ran);
            check(view.isTerminated(), view);
        });
    }

    @Test
    void aRequestThatMeetsAWorkerGoingIdleIsRun() throws Throwable {
        explore("submit against a worker that goes idle", () -> {
            ModelPool model = new ModelPool(builder -> builder.maxThreads(1)).withWorker();
            model.caller(() -> model.submit(model.pool));
            model.end();
            check(model.ran.get() == 2, model.ran);
        });
    }

    @Test
    void aRequestThatIsCanceledWhileAWorkerTakesItEndsOneWay() throws Throwable {
        explore("cancel and cancelAsync against the start", () -> {
            ModelPool model = new ModelPool(builder -> builder.maxThreads(2)).withWorker();
            AtomicInteger withdrawals = new AtomicInteger();
            AioRequest<Integer> request = model.submitAio(model.pool);
            model.caller(() -> model.submit(model.pool));
            model.caller(() -> {
                withdrawals.addAndGet(request.cancel() ? 1 : 0);
                check(model.values.get() + model.cancellations.get() == 1, "cancel returned before the callback");
            });
            model.caller(() -> withdrawals.addAndGet(request.cancelAsync() ? 1 : 0));
            model.end();
            check(withdrawals.get() == model.cancellations.get(), withdrawals);
            check(model.values.get() + model.cancellations.get() == 1, model.values);
        });
    }

    @Test
    void closeFinishesWhatItDidNotRefuse() throws Throwable {
        explore("close against submit", () -> {
            ModelPool model = new ModelPool(builder -> builder.maxThreads(2));
            model.caller(() -> {
                model.submit(model.pool);
                model.submit(model.pool);
            });
            model.caller(() -> model.submitAio(model.pool));
            model.pool.close();
            int ran = model.ran.get();
            model.end();
            check(model.ran.get() == ran && model.accepted.get() == ran, "work ran after close had returned");
            check(model.accepted.get() + model.refused.get() == 3, model.refused);
        });
    }

    @Test
    void aCallThatMayNotWaitLongerRunsOrTimesOut() throws Throwable {
        explore("startWithin against the worker that comes free", () -> {
            ModelPool model = new ModelPool(builder -> builder.maxThreads(1)).withWorker();
            CountDownLatch gate = new CountDownLatch(1);
            model.submit(model.pool, () -> await(gate));
            AtomicInteger outcomes = new AtomicInteger();
            AtomicBoolean mayRun = new AtomicBoolean(true);
            try (ThreadPool outer = ThreadPool.builder()
                    .context(model.context)
                    .maxThreads(1)
                    .spin(false)
                    .build()) {
                outer.submit(
                        () -> { // a worker of another pool may wait, as a virtual thread may
                            try {
                                model.pool.submitCo(
                                        () -> {
                                            check(mayRun.get(), "ran after the timeout");
                                            return model.ran.incrementAndGet();
                                        },
                                        Duration.ofMillis(5));
                            } catch (TimeoutException e) {
                                mayRun.set(false);
                            }
                            model.accepted.incrementAndGet();
                            outcomes.incrementAndGet();
                        });
                model.caller(gate::countDown);
            }
            check(outcomes.get() == 1, outcomes);
            model.end();
        });
    }

    @Test
    void aPoolThatIsResizedLosesNothing() throws Throwable {
        explore("resize against submit", () -> {
            ModelPool model = new ModelPool(builder -> builder.maxThreads(2));
            model.caller(() -> {
                model.submit(model.pool);
                model.submitAio(model.pool);
            });
            model.caller(() -> {
                model.pool.resize(0, 1);
                model.pool.resize(1, 2);
                model.pool.resize(0, 1);
            });
            model.caller(() -> model.submit(model.pool));
            model.end();
            check(model.ran.get() == 3 && model.values.get() == 1, model.ran);
        });
    }

    @Test
    void aSliceOfOnePermitWithAFloorRunsOneAtATime() throws Throwable {
        explore("a slice with a floor beside the pool's own requests", () -> {
            ModelPool model = new ModelPool(builder -> builder.maxThreads(2));
            Slice slice = model.pool
                    .sliceBuilder("slice")
                    .maxConcurrent(1)
                    .reserved(1)
                    .build();
            AtomicInteger inside = new AtomicInteger();
            Schedules.Model submitter = () -> model.submit(slice, () -> {
                check(inside.incrementAndGet() == 1, "the one permit was given twice");
                inside.decrementAndGet();
            });
            model.caller(submitter);
            model.caller(submitter);
            model.caller(() -> {
                model.submit(model.pool);
                model.submit(model.pool);
            });
            submitter.run();
            model.awaitCallers();
            slice.close();
            model.end();
            check(model.ran.get() == 5, model.ran);
        });
    }

    @Test
    void aThreadThatCannotBeStartedIsTriedAgain() throws Throwable {
        explore("two failed starts", () -> {
            AtomicInteger failures = new AtomicInteger(2);
            ModelPool model = new ModelPool(builder -> builder.maxThreads(2).threadFactory(task -> {
                if (failures.getAndDecrement() > 0) {
                    throw new OutOfMemoryError("unable to create native thread");
                }
                return new Thread(task);
            }));
            model.caller(() -> model.submit(model.pool));
            model.caller(() -> model.submitAio(model.pool));
            model.end();
            check(model.ran.get() == 2 && model.values.get() == 1, model.ran);
        });
    }

    @Test
    void aFullPoolRefusesOrRunsAndAFutureIsCanceledOnce() throws Throwable {
        explore("a bound of one, and a future that is canceled", () -> {
            ModelPool model = new ModelPool(builder -> builder.maxThreads(1).maxQueued(1)).withWorker();
            ExecutorService view = model.pool.asExecutorService();
            model.caller(() -> model.submit(model.pool));
            model.caller(() -> model.submitAio(model.pool));
            model.caller(() -> model.offer(() -> {
                Future<?> future = view.submit(() -> {
                    model.ran.incrementAndGet();
                });
                model.canceledFutures.addAndGet(future.cancel(false) ? 1 : 0);
                check(future.isDone(), future);
            }));
            model.end();
            check(model.accepted.get() + model.refused.get() == 4, model.refused);
            check(view.awaitTermination(0, TimeUnit.SECONDS), view);
        });
    }

    @Test
    void whoWaitsForAFutureOrAViewIsToldWhileThePoolCloses() throws Throwable {
        explore("close against a future and a view that are waited for", () -> {
            ModelPool model = new ModelPool(builder -> builder.maxThreads(2)).withWorker();
            ExecutorService view = model.pool.asExecutorService();
            AioRequest<Integer> request = model.submitAio(model.pool);
            model.caller(() -> check(request.toCompletableFuture().get() > 0, request));
            model.caller(() -> model.offer(() -> view.execute(model.ran::incrementAndGet)));
            model.caller(() -> {
                check(view.awaitTermination(1, TimeUnit.HOURS), view);
                check(view.isTerminated(), "a view that had terminated took a task");
            });
            model.pool.close();
            model.end();
            check(model.accepted.get() == model.ran.get(), model.ran);
        });
    }

    private static void await(CountDownLatch gate) {
        try {
            gate.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
