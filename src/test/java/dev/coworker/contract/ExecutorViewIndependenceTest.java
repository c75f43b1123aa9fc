package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One view beside the others, and all of them under the pool. */
class ExecutorViewIndependenceTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ThreadPool pool =
            pools.open(ThreadPool.builder().maxThreads(2).uncaughtExceptionHandler((thread, failure) -> {}));
    private final ExecutorService view = pool.asExecutorService();
    private final ExecutorService other = pool.asExecutorService();
    private final Gate gate = new Gate();

    @Test
    void eachCallMakesAViewOfItsOwn() {
        assertThat(view).isNotSameAs(other);
    }

    @Test
    void shutdownOfAViewStopsNeitherOthersNorThePool() throws Exception {
        view.shutdown();
        assertThat(view.isTerminated()).isTrue();
        assertThat(other.isShutdown()).isFalse();
        assertThat(other.submit(() -> 42).get()).isEqualTo(42);
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        assertThat(pool.asExecutorService().submit(() -> 42).get()).isEqualTo(42);
    }

    @Test
    void shutdownNowReturnsOnlyTheViewsOwnTasks() throws Exception {
        for (int i = 0; i < 2; i++) {
            pool.submit(gate::passUninterruptibly);
        }
        gate.awaitArrived(2);
        Future<Integer> others = other.submit(() -> 1);
        Future<Integer> own = view.submit(() -> 2);
        AtomicBoolean ran = new AtomicBoolean();
        pool.submit(() -> ran.set(true));
        assertThat(new ArrayList<Object>(view.shutdownNow())).containsExactly(own);
        assertThat(pool.stats().queued()).isEqualTo(2);
        gate.open();
        assertThat(others.get()).isEqualTo(1);
        pool.close();
        assertThat(ran).isTrue();
    }

    @Test
    void shutdownNowInterruptsOnlyTheViewsOwnTasks() throws Exception {
        AtomicInteger interrupted = new AtomicInteger();
        Future<Boolean> others = other.submit(() -> {
            gate.passUninterruptibly();
            return Thread.currentThread().isInterrupted();
        });
        Future<?> own = view.submit(() -> {
            try {
                gate.pass();
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
            }
        });
        gate.awaitArrived(2);
        assertThat(view.shutdownNow()).isEmpty();
        own.get();
        gate.open();
        assertThat(interrupted.get()).isEqualTo(1);
        assertThat(others.get()).isFalse();
    }

    @Test
    void awaitTerminationCountsOnlyTheViewsOwnTasks() throws Exception {
        Future<?> others = other.submit(gate::passUninterruptibly);
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(2);
        view.shutdown();
        assertThat(view.awaitTermination(0, TimeUnit.SECONDS)).isTrue();
        assertThat(others.isDone()).isFalse();
        gate.open();
    }

    @Test
    void aViewsTasksAreOrdinaryRequestsOfThePool() throws Exception {
        view.submit(() -> 42).get();
        Callers.until("it is counted", () -> pool.stats().completed() == 1);
        assertThat(pool.stats().submitted()).isEqualTo(1);
    }

    @Test
    void closingThePoolTerminatesItsViewsAfterTheirTasks() throws Exception {
        Future<?> running = view.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        Future<Integer> queued = view.submit(() -> 42);
        Caller<Void> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Callers.until("it is shut down", view::isShutdown);
        assertThat(other.isShutdown()).isTrue();
        assertThat(view.isTerminated()).isFalse();
        gate.open();
        closer.result();
        assertThat(running.isDone()).isTrue();
        assertThat(queued.resultNow()).isEqualTo(42);
        assertThat(view.isTerminated()).isTrue();
        assertThat(other.isTerminated()).isTrue();
        assertThat(view.awaitTermination(0, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whoWaitsForTheTerminationOfAViewIsToldOfThePoolsEnd() throws Exception {
        Caller<Boolean> waiter = Callers.platform(() -> view.awaitTermination(1, TimeUnit.HOURS));
        Callers.until("it waits", () -> switch (waiter.thread.getState()) {
            case WAITING, TIMED_WAITING -> true;
            default -> false;
        });
        pool.close();
        assertThat(waiter.result()).isTrue();
    }

    @Test
    void aClosedPoolRejectsTheTasksOfItsViews() {
        pool.close();
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> view.execute(() -> {}));
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> pool.asExecutorService().submit(() -> 42));
        assertThat(view.isTerminated()).isTrue();
        assertThat(view.shutdownNow()).isEmpty();
    }

    @Test
    void closeOfThePoolWithADurationCancelsWhatIsQueuedAndInterruptsWhatRuns() throws Exception {
        List<Future<?>> running = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            running.add(view.submit(() -> {
                gate.pass();
                return null;
            }));
        }
        gate.awaitArrived(2);
        Future<Integer> queued = view.submit(() -> 42);
        Callers.until("it ends", () -> pool.close(Duration.ZERO));
        for (Future<?> future : running) {
            assertThat(future.exceptionNow()).isInstanceOf(InterruptedException.class);
        }
        assertThatExceptionOfType(CancellationException.class).isThrownBy(queued::get);
        assertThat(view.isTerminated()).isTrue();
    }

    @Test
    void whoWaitsForAFutureIsToldWhenThePoolGivesUpOnIt() throws Exception {
        view.execute(gate::passUninterruptibly);
        view.execute(gate::passUninterruptibly);
        gate.awaitArrived(2);
        Future<Integer> queued = view.submit(() -> 42);
        Caller<Integer> getter = Callers.virtual(queued::get);
        Caller<Boolean> closer = Callers.platform(() -> pool.close(Duration.ZERO));
        assertThat(getter.failure()).isInstanceOf(CancellationException.class);
        gate.open();
        closer.result();
    }

    @Test
    void closeOfAViewLeavesThePoolOpen() throws Exception {
        try (ExecutorService closed = pool.asExecutorService()) {
            assertThat(closed.submit(() -> 42).get()).isEqualTo(42);
        }
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
    }

    @Test
    void aTaskThatItsWaiterRanItselfIsAccountedFor() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        ExecutorService view = pool.asExecutorService();
        assertThat(Callers.onVirtual(
                        () -> pool.submitCo(() -> view.submit(() -> 42).get())))
                .isEqualTo(42);
        view.shutdown();
        assertThat(view.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
}
