package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Future.cancel. */
class ExecutorViewCancelTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ThreadPool pool =
            pools.open(ThreadPool.builder().maxThreads(1).maxQueued(3));
    private final ExecutorService view = pool.asExecutorService();
    private final Gate gate = new Gate();

    private void occupy() throws InterruptedException {
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aQueuedTaskLeavesTheQueueAtOnceAndNeverRuns(boolean mayInterrupt) throws Exception {
        occupy();
        AtomicBoolean ran = new AtomicBoolean();
        Future<?> future = view.submit(() -> ran.set(true));
        assertThat(future.cancel(mayInterrupt)).isTrue();
        assertThat(pool.stats().queued()).isZero();
        assertThat(pool.stats().canceled()).isEqualTo(1);
        assertThat(future.isCancelled()).isTrue();
        assertThat(future.isDone()).isTrue();
        assertThatExceptionOfType(CancellationException.class).isThrownBy(future::get);
        assertThatExceptionOfType(CancellationException.class).isThrownBy(() -> future.get(1, TimeUnit.SECONDS));
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
    }

    @Test
    void onlyOneCancelCancels() throws Exception {
        occupy();
        Future<?> future = view.submit(() -> 42);
        assertThat(future.cancel(false)).isTrue();
        assertThat(future.cancel(false)).isFalse();
        assertThat(future.cancel(true)).isFalse();
        assertThat(pool.stats().canceled()).isEqualTo(1);
        gate.open();
    }

    @Test
    void thoseBehindACanceledTaskKeepTheirOrder() throws Exception {
        occupy();
        AtomicInteger last = new AtomicInteger();
        Future<?> first = view.submit(() -> last.set(1));
        Future<?> second = view.submit(() -> last.compareAndSet(1, 2));
        Future<?> third = view.submit(() -> last.compareAndSet(1, 3));
        assertThat(second.cancel(false)).isTrue();
        gate.open();
        first.get();
        third.get();
        assertThat(last.get()).isEqualTo(3);
    }

    @Test
    void theTaskThatRunsIsInterruptedWhereAsked() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        Future<?> future = view.submit(() -> {
            try {
                gate.pass();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        gate.awaitArrived(1);
        assertThat(future.cancel(true)).isTrue();
        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(future.isCancelled()).isTrue();
        assertThat(Callers.onVirtual(
                        () -> pool.submitCo(() -> Thread.currentThread().isInterrupted())))
                .isFalse();
    }

    @Test
    void theTaskThatRunsIsLeftAloneWhereNotAsked() throws Exception {
        AtomicBoolean interrupted = new AtomicBoolean(true);
        Future<?> future = view.submit(() -> {
            gate.passUninterruptibly();
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        gate.awaitArrived(1);
        assertThat(future.cancel(false)).isTrue();
        assertThat(future.isCancelled()).isTrue();
        assertThat(pool.stats().active()).isEqualTo(1);
        gate.open();
        pool.close();
        assertThat(interrupted).isFalse();
        assertThat(pool.stats().completed()).isEqualTo(1);
        assertThat(pool.stats().canceled()).isZero();
    }

    @Test
    void aViewWaitsForACanceledTaskThatStillRuns() throws Exception {
        Future<?> future = view.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        future.cancel(true);
        view.shutdown();
        assertThat(view.isTerminated()).isFalse();
        gate.open();
        assertThat(view.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aTaskThatIsDoneIsNotCanceled() throws Exception {
        Future<Integer> future = view.submit(() -> 42);
        assertThat(future.get()).isEqualTo(42);
        assertThat(future.cancel(true)).isFalse();
        assertThat(future.isCancelled()).isFalse();
        assertThat(future.resultNow()).isEqualTo(42);
    }

    @Test
    void thePlaceOfACanceledTaskGoesToTheOldestCaller() throws Exception {
        occupy();
        Future<?> future = view.submit(() -> 1);
        view.submit(() -> 2);
        view.submit(() -> 3);
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 42));
        Callers.until("it waits", () -> pool.stats().waiting() == 1);
        assertThat(future.cancel(false)).isTrue();
        Callers.until("it has got the place", () -> pool.stats().queued() == 3);
        assertThat(pool.stats().waiting()).isZero();
        gate.open();
        assertThat(caller.result()).isEqualTo(42);
    }

    @Test
    void aCanceledTaskIsAccountedForWhenTheViewEnds() throws Exception {
        occupy();
        Future<?> future = view.submit(() -> 42);
        view.shutdown();
        assertThat(view.isTerminated()).isFalse();
        future.cancel(false);
        assertThat(view.isTerminated()).isTrue();
        gate.open();
    }

    @Test
    void cancelAndTheStartNeverBothWin() throws Exception {
        ThreadPool racing = pools.open(ThreadPool.builder().maxThreads(2));
        ExecutorService racingView = racing.asExecutorService();
        int canceled = 0;
        AtomicInteger ran = new AtomicInteger();
        for (int round = 0; round < 2_000; round++) {
            Future<?> future = racingView.submit(ran::incrementAndGet);
            if (round % 3 == 0) {
                Thread.yield();
            }
            canceled += future.cancel(false) ? 1 : 0;
            assertThat(future.isDone()).isTrue();
        }
        racing.close();
        ThreadPoolStats stats = racing.stats();
        assertThat(stats.completed() + stats.canceled()).isEqualTo(2_000);
        assertThat(stats.canceled()).isLessThanOrEqualTo(canceled);
        assertThat((long) ran.get()).isBetween(2_000L - canceled, stats.completed());
    }
}
