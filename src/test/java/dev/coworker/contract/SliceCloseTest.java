package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.coworker.Action;
import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Closing a slice, by itself and with its pool. */
class SliceCloseTest {
    private static final int MAX_NESTED = 256;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void closeOfASliceFinishesWhatItAcceptedAndNoMore() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        Gate ofPool = new Gate();
        pool.submit(ofPool::pass);
        slice.submit(gate::pass);
        Outcome<Integer> outcome = new Outcome<>();
        slice.submitAio(runs::incrementAndGet, outcome);
        slice.submit(runs::incrementAndGet);
        gate.awaitArrived(1);
        Caller<Object> closer = Callers.platform(() -> {
            slice.close();
            return null;
        });
        Await.parked(closer.thread);
        gate.open();
        closer.result();
        assertThat(runs.get()).isEqualTo(2);
        assertThat(outcome.calls()).isOne();
        assertThat(pool.stats().active()).isOne();
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        ofPool.open();
    }

    @Test
    void itWaitsForNestedWorkAndNotForTheWorkAroundIt() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        Gate around = new Gate();
        pool.submit(() -> {
            slice.submitCo(() -> {
                gate.pass();
                return null;
            });
            around.pass();
        });
        gate.awaitArrived(1);
        Caller<Object> closer = Callers.platform(() -> {
            slice.close();
            return null;
        });
        Await.parked(closer.thread);
        gate.open();
        closer.result();
        around.open();
    }

    @Test
    void itReturnsWhenTheLastRequestThatWaitsIsWithdrawn() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Slice slice = pool.slice("dns", 1);
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 42));
        Callers.until("it waits", () -> slice.stats().queued() == 1);
        Caller<Object> closer = Callers.platform(() -> {
            slice.close();
            return null;
        });
        Await.parked(closer.thread);
        Callers.interrupt(caller);
        closer.result();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        gate.open();
    }

    @Test
    void aClosedSliceRejectsEveryLayerByItsName() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        slice.close();
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> slice.submit(() -> {}))
                .withMessageContaining("dns is closed");
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> slice.submitAio(() -> 1, (value, failure) -> {}));
        assertThat(Callers.virtual(() -> slice.submitCo(() -> 1)).failure())
                .isInstanceOf(RejectedExecutionException.class);
        assertThat(Callers.virtual(() -> slice.submitCo(() -> 1, Duration.ZERO)).failure())
                .isInstanceOf(RejectedExecutionException.class);
        assertThat(slice.stats().rejected()).isEqualTo(4);
        assertThat(slice.stats().submitted()).isZero();
        assertThat(slice.asExecutorService().isTerminated()).isTrue();
    }

    @Test
    void closeOfThePoolFinishesWhatItsSlicesAccepted() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Slice slice = pool.slice("dns", 1);
        slice.submit(gate::pass);
        for (int i = 0; i < 20; i++) {
            slice.submit(runs::incrementAndGet);
        }
        Outcome<Integer> outcome = new Outcome<>();
        slice.submitAio(runs::incrementAndGet, outcome);
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(runs::incrementAndGet));
        Callers.until("it waits", () -> slice.stats().submitted() == 23);
        gate.awaitArrived(1);
        Caller<Object> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Await.parked(closer.thread);
        gate.open();
        closer.result();
        assertThat(caller.result()).isEqualTo(22);
        assertThat(outcome.calls()).isOne();
        assertThat(slice.stats().completed()).isEqualTo(23);
        assertThat(pool.stats().completed()).isEqualTo(23);
        assertThat(slice.toString()).contains("Closed");
    }

    @Test
    void closeOfThePoolKeepsItsWorkersUntilItsSlicesHaveEnded() throws Exception {
        ThreadPool pool = pools.open();
        pool.slice("dns", 1).submitAio(() -> 1, (value, failure) -> gate.passUninterruptibly());
        gate.awaitArrived(1);
        Caller<Object> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Await.parked(closer.thread);
        assertThat(pool.stats().curThreads()).isOne();
        gate.open();
        closer.result();
    }

    @Test
    void aSliceOfAClosingPoolRejects() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        slice.submit(gate::pass);
        Caller<Object> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Await.parked(closer.thread);
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> slice.submit(() -> {}));
        gate.open();
        closer.result();
    }

    @Test
    void closeOfASliceWithinATimeCancelsWhatWaitsAndInterruptsWhatRunsOfIt() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        Gate ofPool = new Gate();
        Caller<Object> spared = Callers.virtual(() -> pool.submitCo(() -> {
            ofPool.pass();
            return null;
        }));
        Caller<Object> running = Callers.virtual(() -> slice.submitCo(() -> {
            gate.pass();
            return null;
        }));
        ofPool.awaitArrived(1);
        gate.awaitArrived(1);
        Caller<Integer> waiting = Callers.virtual(() -> slice.submitCo(runs::incrementAndGet));
        Outcome<Integer> outcome = new Outcome<>();
        AioRequest<Integer> request = slice.submitAio(runs::incrementAndGet, outcome);
        Callers.until("both wait", () -> slice.stats().queued() == 2);
        assertThat(slice.close(Duration.ZERO)).isTrue();
        assertThat(running.failure()).isInstanceOf(InterruptedException.class);
        assertThat(waiting.failure()).isInstanceOf(CancellationException.class);
        assertThat(request.state()).isEqualTo(AioRequest.State.CANCELED);
        assertThat(outcome.calls()).isOne();
        assertThat(spared.isDone()).isFalse();
        ofPool.open();
        spared.result();
        assertThat(runs.get()).isZero();
        InvariantChecker.assertBalanced(slice.stats());
    }

    @Test
    void closeOfASliceWithAFloorWithinATimeCancelsWhatIsReadyOfIt() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Slice slice = pool.sliceBuilder("dns").reserved(1).maxConcurrent(2).build();
        pool.submit(gate::passUninterruptibly);
        slice.submit(gate::pass);
        gate.awaitArrived(2);
        slice.submit(runs::incrementAndGet);
        assertThat(slice.stats().curThreads()).as("permits").isEqualTo(2);
        assertThat(slice.close(Duration.ZERO)).isTrue();
        assertThat(slice.stats().canceled()).isOne();
        assertThat(runs.get()).isZero();
        gate.open();
    }

    @Test
    void closeOfASliceWithinATimeRejectsAtOnce() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        slice.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        Caller<Boolean> closer = Callers.virtual(() -> slice.close(Duration.ofDays(1)));
        Callers.until("it is closing", () -> slice.toString().contains("Closing"));
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> slice.submit(() -> {}));
        gate.open();
        assertThat(closer.result()).isTrue();
    }

    @Test
    void closeOfASliceWakesAThreadThatAwaitsTheEndOfAView() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        ExecutorService view = slice.asExecutorService();
        Caller<Boolean> waiter = Callers.virtual(() -> view.awaitTermination(1, TimeUnit.DAYS));
        Await.parked(waiter.thread);
        slice.close();
        assertThat(waiter.result()).isTrue();
    }

    @Test
    void closeOfASliceWithinATimeGivesUpOnWhatDoesNotEnd() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        slice.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        assertThat(slice.close(Duration.ZERO)).isFalse();
        assertThat(slice.toString()).contains("Closing");
        gate.open();
        assertThat(slice.close(Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void closeOfThePoolWithinATimeCancelsWhatWaitsInItsSlices() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, e) -> {}));
        Slice slice = pool.slice("dns", 2);
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Integer> inPool = Callers.virtual(() -> slice.submitCo(runs::incrementAndGet));
        Callers.until("its turn is in the pool", () -> pool.stats().queued() == 1);
        Outcome<Integer> outcome = new Outcome<>();
        for (int i = 0; i < 5; i++) {
            slice.submitAio(runs::incrementAndGet, outcome);
        }
        assertThat(pool.close(Duration.ZERO)).isTrue();
        assertThat(inPool.failure()).isInstanceOf(CancellationException.class);
        assertThat(outcome.calls()).isEqualTo(5);
        assertThat(slice.stats().canceled()).isEqualTo(6);
        assertThat(slice.stats().curThreads()).isZero();
        InvariantChecker.assertBalanced(slice.stats());
        assertThat(runs.get()).isZero();
    }

    @Test
    void theWorkOfASliceCannotCloseIt() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        for (Action<RuntimeException> close :
                List.<Action<RuntimeException>>of(slice::close, () -> slice.close(Duration.ZERO))) {
            Caller<Object> caller = Callers.virtual(() -> {
                slice.submitCo(close);
                return null;
            });
            assertThat(caller.failure())
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContainingAll("dns", pool.name(), "another thread");
        }
        assertThat(Callers.onVirtual(() -> slice.submitCo(() -> 42))).isEqualTo(42);
    }

    @Test
    void aCallbackOfASliceCannotCloseItButAnothers() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        Slice other = pool.slice("disk", 1);
        other.submitAio(() -> 1, (value, failure) -> {});
        Outcome<Object> refused = new Outcome<>();
        slice.submitAio(() -> 1, (value, failure) -> {
            other.close();
            try {
                slice.close();
            } catch (IllegalStateException e) {
                refused.accept(null, e);
            }
        });
        assertThat(refused.failure()).hasMessageContainingAll("dns", "callback");
        assertThat(other.toString()).contains("Closed");
        slice.submit(() -> {});
    }

    @Test
    void aSliceIsClosedByTheLoopThreadWhichPolls() throws Exception {
        AioContext home = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(home));
        AtomicInteger callbacks = new AtomicInteger();
        try (Slice slice = pool.slice("dns", 1)) {
            for (int i = 0; i < 5; i++) {
                slice.submitAio(() -> 1, (value, failure) -> callbacks.incrementAndGet());
            }
        }
        assertThat(callbacks.get()).isEqualTo(5);
    }

    @Test
    void aSliceIsNotClosedWhereItsWaitWouldBeOneTooDeep() throws Exception {
        AioContext home = pools.closeAfterwards(AioContext.manual());
        Slice slice = pools.open(ThreadPool.builder().context(home)).slice("dns", 1);
        AtomicInteger depth = new AtomicInteger();
        Outcome<Object> refused = new Outcome<>();
        home.execute(new Runnable() {
            @Override
            public void run() {
                if (depth.incrementAndGet() <= MAX_NESTED) {
                    home.execute(this);
                    home.poll(false);
                } else {
                    refused.accept(null, catchThrowable(slice::close));
                }
            }
        });
        home.poll(false);
        assertThat(refused.failure()).isInstanceOf(IllegalStateException.class);
        assertThat(slice.toString()).contains("Running");
        slice.close();
        assertThat(slice.toString()).contains("Closed");
    }
}
