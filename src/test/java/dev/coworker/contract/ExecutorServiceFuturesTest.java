package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the JSR-166 compatibility kit asks of an executor's futures, beyond what the other tests of the view cover. */
class ExecutorServiceFuturesTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ThreadPool pool =
            pools.open(ThreadPool.builder().maxThreads(2).maxQueued(3));
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
    }

    /** Both workers stand at the gate, for this view. */
    private List<Future<Integer>> occupy() throws InterruptedException {
        List<Future<Integer>> futures = List.of(view.submit(stands), view.submit(stands));
        gate.awaitArrived(2);
        return futures;
    }

    private static void untilWaits(Caller<?> caller) {
        Callers.until("it waits", () -> caller.thread.getState() == Thread.State.WAITING);
    }

    @Test
    void whoWaitsForATaskThatRunsIsToldOfItsCancellation() throws Exception {
        Future<Integer> running = occupy().get(0);
        Caller<Integer> waiter = Callers.platform(running::get);
        untilWaits(waiter);
        assertThat(running.cancel(false)).isTrue();
        assertThat(waiter.failure()).isInstanceOf(CancellationException.class);
    }

    @Test
    void whoWaitsForATaskThatIsQueuedIsToldOfItsCancellation() throws Exception {
        occupy();
        Future<Integer> queued = view.submit(ran::incrementAndGet);
        Caller<Integer> waiter = Callers.platform(queued::get);
        untilWaits(waiter);
        assertThat(queued.cancel(false)).isTrue();
        assertThat(waiter.failure()).isInstanceOf(CancellationException.class);
        assertThat(ran).hasValue(0);
    }

    @Test
    void aTaskMayCancelItself() throws Exception {
        AtomicReference<Future<Integer>> self = new AtomicReference<>();
        CountDownLatch known = new CountDownLatch(1);
        self.set(view.submit(() -> {
            known.await();
            assertThat(self.get().cancel(true)).isTrue();
            return ran.incrementAndGet();
        }));
        known.countDown();
        assertThatExceptionOfType(CancellationException.class)
                .isThrownBy(() -> self.get().get(30, TimeUnit.SECONDS));
        Callers.until("the task has ended", () -> pool.stats().completed() == 1);
        assertThat(ran).hasValue(1);
        assertThat(view.submit(() -> Thread.currentThread().isInterrupted()).get())
                .isFalse();
    }

    @Test
    void aVirtualThreadMayWaitForAFuture() throws Exception {
        assertThat(Callers.onVirtual(() ->
                        view.submit(() -> Thread.currentThread().isVirtual()).get()))
                .isFalse();
    }

    @Test
    void oneCommandMayBeExecutedAgainAndAgainAlsoAfterItWasRejected() throws Exception {
        Runnable command = ran::incrementAndGet;
        occupy();
        for (int i = 0; i < 3; i++) {
            view.execute(command);
        }
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> view.execute(command));
        gate.open();
        Callers.until("there is room", () -> pool.stats().queued() == 0);
        view.execute(command);
        view.close();
        assertThat(ran).hasValue(4);
    }

    @Test
    void aFutureThatWasRejectedIsNotDoneAndMayBeExecutedLater() throws Exception {
        FutureTask<Integer> future = new FutureTask<>(ran::incrementAndGet);
        occupy();
        for (int i = 0; i < 3; i++) {
            view.execute(() -> {});
        }
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> view.execute(future));
        assertThat(future.isDone()).isFalse();
        gate.open();
        Callers.until("there is room", () -> pool.stats().queued() == 0);
        view.execute(future);
        assertThat(future.get(30, TimeUnit.SECONDS)).isEqualTo(1);
    }

    @Test
    void whoIsInterruptedMaySubmitAndStaysInterrupted() throws Exception {
        AtomicReference<Future<Integer>> submitted = new AtomicReference<>();
        assertThat(Callers.platform(() -> {
                            Thread.currentThread().interrupt();
                            submitted.set(view.submit(ran::incrementAndGet));
                            return Thread.currentThread().isInterrupted();
                        })
                        .result())
                .isTrue();
        assertThat(submitted.get().get(30, TimeUnit.SECONDS)).isEqualTo(1);
    }

    @Test
    void anInterruptThatEndedAWaitIsSpent() throws Exception {
        Future<Integer> running = occupy().get(0);
        List<Callable<?>> waits = List.of(
                running::get,
                () -> running.get(1, TimeUnit.HOURS),
                () -> view.invokeAll(List.of(stands)),
                () -> view.invokeAny(List.of(stands)),
                () -> view.awaitTermination(1, TimeUnit.HOURS));
        for (Callable<?> wait : waits) {
            assertThat(Callers.platform(() -> {
                                Thread.currentThread().interrupt();
                                assertThatExceptionOfType(InterruptedException.class)
                                        .isThrownBy(wait::call);
                                return Thread.currentThread().isInterrupted();
                            })
                            .result())
                    .isFalse();
        }
    }

    @Test
    void invokeAllOutOfTimeKeepsWhatIsDone() throws Exception {
        for (long millis = 20; millis < 30_000; millis *= 2) { // a slow machine needs longer
            List<Future<Integer>> futures =
                    view.invokeAll(List.of(() -> 1, stands, () -> 3), millis, TimeUnit.MILLISECONDS);
            assertThat(futures).hasSize(3).allMatch(Future::isDone);
            assertThat(futures.get(1).isCancelled()).isTrue();
            if (!futures.get(0).isCancelled() && !futures.get(2).isCancelled()) {
                assertThat(futures.get(0).resultNow()).isEqualTo(1);
                assertThat(futures.get(2).resultNow()).isEqualTo(3);
                return;
            }
        }
        throw new AssertionError("no time was enough");
    }

    @Test
    void invokeAnyWaitsForAValueThatComesAfterAFailure() throws Exception {
        assertThat(view.<Integer>invokeAny(List.of(
                        () -> {
                            throw new IllegalStateException("on purpose");
                        },
                        () -> {
                            Callers.until(
                                    "the other has failed", () -> pool.stats().completed() == 1);
                            return 42;
                        })))
                .isEqualTo(42);
    }
}
