package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** invokeAll and invokeAny. */
class ExecutorViewInvokeTest {
    private static final Callable<Integer> FAILS = () -> {
        throw new IllegalStateException("on purpose");
    };

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ThreadPool pool =
            pools.open(ThreadPool.builder().maxThreads(2).maxQueued(4));
    private final ExecutorService view = pool.asExecutorService();
    private final Gate gate = new Gate();
    private final Callable<Integer> stands = () -> {
        gate.pass();
        return 7;
    };

    /** Both workers stand at a gate. */
    private Gate occupy() throws InterruptedException {
        Gate occupied = new Gate();
        for (int i = 0; i < 2; i++) {
            pool.submit(occupied::passUninterruptibly);
        }
        occupied.awaitArrived(2);
        return occupied;
    }

    @Test
    void invokeAllReturnsTheFuturesInOrderAllOfThemDone() throws Exception {
        List<Future<Integer>> futures = view.invokeAll(List.of(() -> 1, FAILS, () -> 3));
        assertThat(futures).hasSize(3).allMatch(Future::isDone);
        assertThat(futures.get(0).get()).isEqualTo(1);
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(futures.get(1)::get)
                .withCauseInstanceOf(IllegalStateException.class);
        assertThat(futures.get(2).get()).isEqualTo(3);
    }

    @Test
    void invokeAllOfNothingReturnsNothing() throws Exception {
        assertThat(view.invokeAll(Collections.<Callable<Integer>>emptyList())).isEmpty();
        assertThat(view.invokeAll(Collections.<Callable<Integer>>emptyList(), 0, TimeUnit.SECONDS))
                .isEmpty();
    }

    @Test
    void invokeAllTakesNoNull() {
        List<Callable<Integer>> holed = Arrays.asList(() -> 1, null);
        assertThatNullPointerException().isThrownBy(() -> view.invokeAll(null));
        assertThatNullPointerException().isThrownBy(() -> view.invokeAll(holed));
        assertThatNullPointerException().isThrownBy(() -> view.invokeAll(null, 1, TimeUnit.SECONDS));
        assertThatNullPointerException().isThrownBy(() -> view.invokeAll(holed, 1, TimeUnit.SECONDS));
        assertThatNullPointerException().isThrownBy(() -> view.invokeAll(List.of(() -> 1), 1, null));
    }

    @Test
    void invokeAllInTimeReturnsValues() throws Exception {
        List<Future<Integer>> futures = view.invokeAll(List.of(() -> 1, () -> 2), 30, TimeUnit.SECONDS);
        assertThat(futures).extracting(Future::resultNow).containsExactly(1, 2);
    }

    @Test
    void invokeAllOutOfTimeCancelsWhatIsNotDone() throws Exception {
        List<Future<Integer>> futures =
                view.invokeAll(List.of(stands, stands, stands, stands), 20, TimeUnit.MILLISECONDS);
        assertThat(futures).hasSize(4).allMatch(Future::isCancelled);
        assertThat(pool.stats().queued()).isZero();
        Callers.until("the workers are free", () -> pool.stats().active() == 0);
    }

    @Test
    void invokeAllOutOfTimeTakesTheWaitingOutOfTheQueue() throws Exception {
        Gate occupied = occupy();
        List<Future<Integer>> futures = view.invokeAll(List.of(() -> 1, () -> 2), 20, TimeUnit.MILLISECONDS);
        assertThat(futures).allMatch(Future::isCancelled);
        assertThat(pool.stats().queued()).isZero();
        occupied.open();
    }

    @Test
    void anInterruptedInvokeAllCancelsItsTasks() throws Exception {
        Caller<Object> invoker = Callers.platform(() -> view.invokeAll(List.of(stands, stands, stands)));
        gate.awaitArrived(2);
        Callers.until("one is queued", () -> pool.stats().queued() == 1);
        invoker.thread.interrupt();
        assertThat(invoker.failure()).isInstanceOf(InterruptedException.class);
        assertThat(pool.stats().queued()).isZero();
        Callers.until("the workers are free", () -> pool.stats().active() == 0);
    }

    @Test
    void anInvokeAllThatIsRejectedHalfWayCancelsItsTasks() throws Exception {
        Gate occupied = occupy();
        AtomicInteger ran = new AtomicInteger();
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> view.invokeAll(Collections.nCopies(6, ran::incrementAndGet)));
        assertThat(pool.stats().queued()).isZero();
        occupied.open();
        pool.close();
        assertThat(ran.get()).isZero();
    }

    @Test
    void invokeAnyReturnsTheValueOfOneThatReturns() throws Exception {
        assertThat(view.invokeAny(List.of(FAILS, () -> 42, FAILS))).isEqualTo(42);
        assertThat(view.invokeAny(List.of(FAILS, () -> 42, FAILS), 30, TimeUnit.SECONDS))
                .isEqualTo(42);
    }

    @Test
    void invokeAnyOfFailuresThrowsTheLast() {
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> view.invokeAny(List.of(FAILS, FAILS)))
                .withCauseInstanceOf(IllegalStateException.class);
        assertThatExceptionOfType(ExecutionException.class)
                .isThrownBy(() -> view.invokeAny(List.of(FAILS, FAILS), 30, TimeUnit.SECONDS))
                .withCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void invokeAnyOfNothingIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view.invokeAny(Collections.<Callable<Integer>>emptyList()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> view.invokeAny(Collections.<Callable<Integer>>emptyList(), 1, TimeUnit.SECONDS));
    }

    @Test
    void invokeAnyTakesNoNull() {
        List<Callable<Integer>> holed = Arrays.asList(stands, null);
        assertThatNullPointerException().isThrownBy(() -> view.invokeAny(null));
        assertThatNullPointerException().isThrownBy(() -> view.invokeAny(holed));
        assertThatNullPointerException().isThrownBy(() -> view.invokeAny(null, 1, TimeUnit.SECONDS));
        assertThatNullPointerException().isThrownBy(() -> view.invokeAny(holed, 1, TimeUnit.SECONDS));
        assertThatNullPointerException().isThrownBy(() -> view.invokeAny(List.of(() -> 1), 1, null));
    }

    @Test
    void invokeAnyInterruptsTheOthersWhenOneHasReturned() throws Exception {
        AtomicInteger interrupted = new AtomicInteger();
        Gate standing = new Gate();
        Callable<Integer> loser = () -> {
            try {
                standing.pass();
                return 1;
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
                throw e;
            }
        };
        assertThat(view.invokeAny(List.of(loser, () -> {
                    standing.awaitArrived(1);
                    return 2;
                })))
                .isEqualTo(2);
        Callers.until("the loser was interrupted", () -> interrupted.get() == 1);
    }

    @Test
    void invokeAnyOutOfTimeInterruptsWhatRuns() throws Exception {
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> view.invokeAny(List.of(stands, stands), 20, TimeUnit.MILLISECONDS));
        Callers.until("the workers are free", () -> pool.stats().active() == 0);
    }

    @Test
    void invokeAnyOutOfTimeTakesTheWaitingOutOfTheQueue() throws Exception {
        Gate occupied = occupy();
        assertThatExceptionOfType(TimeoutException.class)
                .isThrownBy(() -> view.invokeAny(List.of(() -> 1, () -> 2), 20, TimeUnit.MILLISECONDS));
        assertThat(pool.stats().queued()).isZero();
        occupied.open();
    }

    @Test
    void whatIsCanceledByInvokeAllThrowsCancellationException() throws Exception {
        Future<Integer> future =
                view.invokeAll(List.of(stands), 1, TimeUnit.MILLISECONDS).get(0);
        assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get);
    }
}
