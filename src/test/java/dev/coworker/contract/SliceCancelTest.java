package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioRequest;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Cancelling a request of a slice: while it waits in the slice, while it waits for a worker, and while it runs. */
class SliceCancelTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final List<String> started = Collections.synchronizedList(new ArrayList<>());

    /** A slice whose one permit is held by work at the gate. */
    private Slice openStuck() throws InterruptedException {
        Slice slice = pools.open().slice("dns", 1);
        slice.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        return slice;
    }

    private AioRequest<Boolean> named(Slice slice, String name, Outcome<Boolean> outcome) {
        return slice.submitAio(() -> started.add(name), outcome);
    }

    @Test
    void aRequestThatWaitsInASliceIsCanceledAtOnce() throws Exception {
        Slice slice = openStuck();
        Outcome<Boolean> outcome = new Outcome<>();
        AioRequest<Boolean> request = named(slice, "canceled", outcome);
        assertThat(request.state()).isEqualTo(AioRequest.State.QUEUED);
        assertThat(request.cancel()).isTrue();
        assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
        assertThat(request.cancelAsync()).isFalse();
        ThreadPoolStats stats = slice.stats();
        assertThat(stats.canceled()).isOne();
        assertThat(stats.queued()).isZero();
        InvariantChecker.assertBalanced(stats);
        gate.open();
        slice.close();
        assertThat(started).isEmpty();
        assertThat(outcome.calls()).isOne();
    }

    @Test
    void aCanceledRequestWhoseTurnIsInThePoolHandsItToTheOldestAtTheEndOfTheQueue() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Slice slice = pool.slice("dns", 1);
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        AioRequest<Boolean> first = named(slice, "first", new Outcome<>());
        named(slice, "second", new Outcome<>());
        pool.submit(() -> started.add("pool"));
        assertThat(pool.stats().queued()).isEqualTo(2);
        assertThat(first.cancelAsync()).isTrue();
        assertThat(pool.stats().queued()).isEqualTo(2);
        assertThat(pool.stats().canceled()).isOne();
        InvariantChecker.assertBalanced(pool.stats());
        gate.open();
        slice.close();
        assertThat(started).containsExactly("pool", "second");
    }

    @Test
    void aCancelOfAllLeavesNothingInThePoolsQueue() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Slice slice = pool.slice("dns", 2);
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        List<AioRequest<Boolean>> requests = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            requests.add(named(slice, "" + i, new Outcome<>()));
        }
        requests.forEach(AioRequest::cancel);
        assertThat(pool.stats().queued()).isZero();
        assertThat(slice.stats().curThreads()).isZero();
        assertThat(slice.stats().canceled()).isEqualTo(10);
        gate.open();
    }

    @Test
    void aCallerThatWaitsInASliceIsInterruptedAtOnce() throws Exception {
        Slice slice = openStuck();
        Caller<Boolean> caller = Callers.virtual(() -> slice.submitCo(() -> started.add("interrupted")));
        Callers.until("it waits", () -> slice.stats().queued() == 1);
        caller.thread.interrupt();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        assertThat(slice.stats().queued()).isZero();
        assertThat(slice.stats().canceled()).isOne();
        gate.open();
        slice.close();
        assertThat(started).isEmpty();
    }

    @Test
    void startWithinExpiresInASlice() throws Exception {
        Slice slice = openStuck();
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 42, Duration.ofMillis(5)));
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        ThreadPoolStats stats = slice.stats();
        assertThat(stats.queued()).isZero();
        assertThat(stats.timedOut()).isOne();
        InvariantChecker.assertBalanced(stats);
        gate.open();
    }

    @Test
    void startWithinExpiresWhileTheTurnIsInThePoolAndBothCountIt() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Slice slice = pool.slice("dns", 1);
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 42, Duration.ofMillis(5)));
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        assertThat(slice.stats().timedOut()).isOne();
        assertThat(slice.stats().curThreads()).isZero();
        assertThat(pool.stats().timedOut()).isOne();
        InvariantChecker.assertBalanced(pool.stats());
        gate.open();
    }

    @Test
    void aRunningRequestOfASliceIsInterruptedAndNoOther() throws Exception {
        Slice slice = pools.open().slice("dns", 1);
        Outcome<Object> outcome = new Outcome<>();
        AioRequest<Object> request = slice.submitAio(
                () -> {
                    gate.pass();
                    return null;
                },
                outcome);
        gate.awaitArrived(1);
        assertThat(request.interrupt()).isTrue();
        assertThat(outcome.failure()).isInstanceOf(InterruptedException.class);
        assertThat(Callers.onVirtual(
                        () -> slice.submitCo(() -> Thread.currentThread().isInterrupted())))
                .isFalse();
    }

    @Test
    void aFutureOfASlicesViewLeavesTheSliceWhenItIsCanceled() throws Exception {
        Slice slice = openStuck();
        Future<Boolean> future = slice.asExecutorService().submit(() -> started.add("canceled"));
        assertThat(future.cancel(false)).isTrue();
        assertThat(slice.stats().queued()).isZero();
        gate.open();
        slice.close();
        assertThat(started).isEmpty();
    }

    @Test
    void shutdownNowOfASlicesViewReturnsWhatWaitsInTheSlice() throws Exception {
        Slice slice = openStuck();
        var view = slice.asExecutorService();
        Runnable task = () -> started.add("returned");
        view.execute(task);
        slice.submit(() -> started.add("the slice's own"));
        assertThat(view.shutdownNow()).containsExactly(task);
        gate.open();
        slice.close();
        assertThat(view.isTerminated()).isTrue();
        assertThat(started).containsExactly("the slice's own");
    }
}
