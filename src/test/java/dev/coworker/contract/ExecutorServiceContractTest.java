package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the interfaces promise of any executor and its futures, beyond what the other tests of the view cover. */
class ExecutorServiceContractTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ThreadPool pool =
            pools.open(ThreadPool.builder().maxThreads(1).maxQueued(4));
    private final ExecutorService view = pool.asExecutorService();
    private final Gate gate = new Gate();
    private final AtomicInteger ran = new AtomicInteger();
    private final Callable<Integer> stands = () -> {
        gate.pass();
        return 42;
    };

    @AfterEach
    void openGate() {
        gate.open();
        Thread.interrupted();
    }

    /** The one worker stands at the gate, for this view. */
    private Future<Integer> occupy() throws InterruptedException {
        Future<Integer> future = view.submit(stands);
        gate.awaitArrived(1);
        return future;
    }

    /** What a call comes to on a thread that is interrupted before it. */
    private static Caller<Boolean> interrupted(Callable<?> call) {
        return Callers.platform(() -> {
            Thread.currentThread().interrupt();
            call.call();
            return Thread.currentThread().isInterrupted();
        });
    }

    @Test
    void aFutureShowsItsState() throws Exception {
        IOException failure = new IOException("on purpose");
        Future<Integer> running = occupy();
        Future<Object> failing = view.submit((Callable<Object>) () -> {
            throw failure;
        });
        Future<Integer> canceled = view.submit(ran::incrementAndGet);
        assertThat(running.state()).isEqualTo(Future.State.RUNNING);
        assertThat(failing.state()).isEqualTo(Future.State.RUNNING);
        assertThatIllegalStateException().isThrownBy(running::resultNow);
        assertThatIllegalStateException().isThrownBy(running::exceptionNow);

        canceled.cancel(false);
        gate.open();
        running.get();
        assertThatExceptionOfType(ExecutionException.class).isThrownBy(failing::get);

        assertThat(running.state()).isEqualTo(Future.State.SUCCESS);
        assertThat(running.resultNow()).isEqualTo(42);
        assertThatIllegalStateException().isThrownBy(running::exceptionNow);
        assertThat(failing.state()).isEqualTo(Future.State.FAILED);
        assertThat(failing.exceptionNow()).isSameAs(failure);
        assertThatIllegalStateException().isThrownBy(failing::resultNow);
        assertThat(canceled.state()).isEqualTo(Future.State.CANCELLED);
        assertThatIllegalStateException().isThrownBy(canceled::resultNow);
        assertThatIllegalStateException().isThrownBy(canceled::exceptionNow);
    }

    @Test
    void getReturnsAgainAndAgain() throws Exception {
        Future<Integer> future = view.submit(ran::incrementAndGet);
        for (int i = 0; i < 3; i++) {
            assertThat(future.get()).isEqualTo(1);
            assertThat(future.get(0, TimeUnit.SECONDS)).isEqualTo(1);
        }
    }

    @Test
    void getOfADoneFutureReturnsThoughInterrupted() throws Exception {
        Future<Integer> future = view.submit(() -> 42);
        future.get();
        assertThat(interrupted(future::get).result()).isTrue();
    }

    @Test
    void getTakesNoNull() throws Exception {
        Future<Integer> future = occupy();
        assertThatNullPointerException().isThrownBy(() -> future.get(1, null));
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void noTimeMeansNoWait(long timeout) throws Exception {
        Future<Integer> running = occupy();
        assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> running.get(timeout, TimeUnit.NANOSECONDS));
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> view.invokeAny(List.of(ran::incrementAndGet), timeout, TimeUnit.NANOSECONDS));
        assertThat(view.invokeAll(List.of(ran::incrementAndGet), timeout, TimeUnit.NANOSECONDS))
                .hasSize(1)
                .allMatch(Future::isCancelled);
        assertThat(view.awaitTermination(timeout, TimeUnit.NANOSECONDS)).isFalse();
        view.shutdown();
        assertThat(view.awaitTermination(timeout, TimeUnit.NANOSECONDS)).isFalse();
        gate.open();
        assertThat(view.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(view.awaitTermination(timeout, TimeUnit.NANOSECONDS)).isTrue();
        assertThat(ran).hasValue(0);
    }

    @Test
    void theLongestTimeIsLongEnough() throws Exception {
        assertThat(view.<Integer>invokeAny(List.of(() -> 42), Long.MAX_VALUE, TimeUnit.DAYS))
                .isEqualTo(42);
        assertThat(view.<Integer>invokeAll(List.of(() -> 42), Long.MAX_VALUE, TimeUnit.DAYS))
                .extracting(Future::resultNow)
                .containsExactly(42);
    }

    @Test
    void anInterruptedInvokeAnyCancelsItsTasks() throws Exception {
        Caller<Integer> invoker = Callers.platform(() -> view.invokeAny(List.of(stands, stands)));
        gate.awaitArrived(1);
        Callers.until("one is queued", () -> pool.stats().queued() == 1);
        invoker.thread.interrupt();
        assertThat(invoker.failure()).isInstanceOf(InterruptedException.class);
        assertThat(pool.stats().queued()).isZero();
        Callers.until("the worker is free", () -> pool.stats().active() == 0);
    }

    @Test
    void whoIsInterruptedAlreadyDoesNotWait() throws Exception {
        Future<Integer> running = occupy();
        assertThat(interrupted(running::get).failure()).isInstanceOf(InterruptedException.class);
        assertThat(interrupted(() -> running.get(1, TimeUnit.HOURS)).failure())
                .isInstanceOf(InterruptedException.class);
        assertThat(interrupted(() -> view.invokeAll(List.of(ran::incrementAndGet)))
                        .failure())
                .isInstanceOf(InterruptedException.class);
        assertThat(interrupted(() -> view.invokeAny(List.of(ran::incrementAndGet)))
                        .failure())
                .isInstanceOf(InterruptedException.class);
        assertThat(interrupted(() -> view.awaitTermination(1, TimeUnit.HOURS)).failure())
                .isInstanceOf(InterruptedException.class);
        assertThat(pool.stats().queued()).isZero();
        gate.open();
        assertThat(running.get()).isEqualTo(42);
        assertThat(ran).hasValue(0);
    }

    @Test
    void awaitTerminationOfATerminatedViewDoesNotWaitThoughInterrupted() throws Exception {
        view.shutdown();
        assertThat(interrupted(() -> view.awaitTermination(1, TimeUnit.HOURS)).result())
                .isTrue();
        assertThat(interrupted(() -> {
                            view.close();
                            return null;
                        })
                        .result())
                .isTrue();
    }

    @Test
    void anInvokeAnyThatIsRejectedHalfWayCancelsItsTasks() throws Exception {
        occupy();
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> view.invokeAny(Collections.nCopies(6, ran::incrementAndGet)));
        assertThat(pool.stats().queued()).isZero();
        gate.open();
        pool.close();
        assertThat(ran).hasValue(0);
    }

    @Test
    void invokeAnyReturnsAValueThatIsNull() throws Exception {
        assertThat(view.<Object>invokeAny(List.of(() -> null))).isNull();
    }

    @Test
    void invokeAnyOfWhatThePoolGaveUpFails() throws Exception {
        occupy();
        Caller<Integer> invoker = Callers.platform(() -> view.invokeAny(List.of(ran::incrementAndGet)));
        Callers.until("it is queued", () -> pool.stats().queued() == 1);
        pool.close(Duration.ZERO);
        assertThat(invoker.failure())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(CancellationException.class);
        assertThat(ran).hasValue(0);
    }

    @Test
    void aCompletionServiceHandsOutWhatEndsAsItEnds() throws Exception {
        CompletionService<Integer> service = new ExecutorCompletionService<>(view);
        Future<Integer> first = service.submit(stands);
        Future<Integer> second = service.submit(ran::incrementAndGet);
        Future<Integer> third = service.submit(() -> 3);
        gate.awaitArrived(1);
        assertThat(second.cancel(true)).isTrue();
        assertThat(service.poll()).isNull();
        gate.open();
        for (Future<Integer> expected : List.of(first, second, third)) {
            assertThat(service.poll(30, TimeUnit.SECONDS)).isSameAs(expected);
        }
        assertThat(ran).hasValue(0);
    }

    @Test
    void aTaskMayShutItsViewDown() throws Exception {
        Future<Integer> future = view.submit(() -> {
            view.shutdown();
            assertThatExceptionOfType(RejectedExecutionException.class)
                    .isThrownBy(() -> view.execute(ran::incrementAndGet));
            assertThat(view.isTerminated()).isFalse();
            assertThat(view.awaitTermination(0, TimeUnit.SECONDS)).isFalse();
            return 42;
        });
        assertThat(future.get(30, TimeUnit.SECONDS)).isEqualTo(42);
        assertThat(view.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aTaskThatStopsItsViewIsInterruptedItself() throws Exception {
        Gate queued = new Gate();
        Future<Boolean> future = view.submit(() -> {
            queued.pass();
            assertThat(view.shutdownNow()).hasSize(1);
            return Thread.currentThread().isInterrupted();
        });
        view.execute(ran::incrementAndGet);
        queued.open();
        assertThat(future.get(30, TimeUnit.SECONDS)).isTrue();
        assertThat(view.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(ran).hasValue(0);
    }

    @Test
    void aViewThatWasStoppedTerminatesOnlyWhenWhatRunsHasEnded() throws Exception {
        view.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        assertThat(view.shutdownNow()).isEmpty();
        assertThat(view.isShutdown()).isTrue();
        assertThat(view.isTerminated()).isFalse();
        gate.open();
        assertThat(view.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void shutdownNowAfterShutdownReturnsWhatWasQueuedAndOnlyOnce() throws Exception {
        occupy();
        Runnable command = ran::incrementAndGet;
        view.execute(command);
        view.shutdown();
        assertThat(view.shutdownNow()).containsExactly(command);
        assertThat(view.shutdownNow()).isEmpty();
        assertThat(view.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(ran).hasValue(0);
    }

    @Test
    void closeOfAnInterruptedThreadStopsWhatRuns() throws Exception {
        Future<Integer> running = occupy();
        Caller<Boolean> closer = interrupted(() -> {
            view.close();
            return null;
        });
        assertThat(closer.result()).isTrue();
        assertThat(view.isTerminated()).isTrue();
        assertThat(running.state()).isEqualTo(Future.State.FAILED);
        assertThat(running.exceptionNow()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void aSecondCloserWaitsToo() throws Exception {
        occupy();
        CountDownLatch closed = new CountDownLatch(2);
        for (int i = 0; i < 2; i++) {
            Callers.platform(() -> {
                view.close();
                closed.countDown();
                return null;
            });
        }
        Callers.until("it is shut down", view::isShutdown);
        assertThat(closed.getCount()).isEqualTo(2);
        gate.open();
        assertThat(closed.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void tryWithResourcesFinishesWhatWasSubmitted() throws Exception {
        Future<Integer> future;
        try (ExecutorService scope = pool.asExecutorService()) {
            future = scope.submit(ran::incrementAndGet);
        }
        assertThat(future.resultNow()).isEqualTo(1);
        assertThat(view.submit(() -> "the pool is open").get()).isEqualTo("the pool is open");
    }

    @Test
    void whatATaskDidIsSeenByTheThreadThatGotItsResult() throws Exception {
        int[] plain = {0};
        for (int i = 1; i <= 100; i++) {
            int value = i;
            view.submit(() -> plain[0] += value).get();
        }
        assertThat(plain[0]).isEqualTo(5050);
    }

    @Test
    void anErrorOfACommandDoesNotEndTheWorker() throws Exception {
        try (Log log = new Log()) {
            Error error = new StackOverflowError("on purpose");
            view.execute(() -> {
                throw error;
            });
            assertThat(view.submit(() -> 42).get()).isEqualTo(42);
            assertThat(log.of(error)).hasSize(1);
        }
    }
}
