package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class InterruptTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final Outcome<Object> outcome = new Outcome<>();

    private static Boolean wasInterrupted() {
        return Thread.interrupted();
    }

    @Test
    void aRunningRequestIsInterrupted() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<Object> request = pool.submitAio(
                () -> {
                    gate.pass();
                    return "not interrupted";
                },
                outcome);
        gate.awaitArrived(1);
        assertThat(request.interrupt()).isTrue();
        assertThat(outcome.failure()).isInstanceOf(InterruptedException.class);
        assertThat(request.state()).isEqualTo(State.DONE);
        assertThat(pool.stats().failed()).isOne();
        assertThat(pool.stats().canceled()).isZero();
    }

    @Test
    void workThatIgnoresItReturnsItsValue() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<Boolean> request = pool.submitAio(
                () -> {
                    gate.passUninterruptibly();
                    return Thread.currentThread().isInterrupted();
                },
                outcome);
        gate.awaitArrived(1);
        assertThat(request.interrupt()).isTrue();
        assertThat(request.interrupt()).isTrue();
        assertThat(request.state()).isEqualTo(State.ACTIVE);
        gate.open();
        assertThat(outcome.value()).isEqualTo(true);
    }

    @Test
    void aQueuedRequestIsNotInterruptedNorWithdrawn() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Outcome<Boolean> first = new Outcome<>();
        pool.submitAio(
                () -> {
                    gate.passUninterruptibly();
                    return Thread.currentThread().isInterrupted();
                },
                first);
        gate.awaitArrived(1);
        AioRequest<Boolean> queued = pool.submitAio(InterruptTest::wasInterrupted, outcome);
        assertThat(queued.interrupt()).isFalse();
        assertThat(queued.state()).isEqualTo(State.QUEUED);
        gate.open();
        assertThat(outcome.value()).isEqualTo(false);
        assertThat(first.value()).isFalse();
    }

    @Test
    void aRequestThatEndedIsNotInterrupted() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        AioRequest<String> done = pool.submitAio(() -> "done", new Outcome<>());
        Callers.until("done", () -> done.state() == State.DONE);
        Outcome<Boolean> next = new Outcome<>();
        pool.submitAio(
                () -> {
                    gate.passUninterruptibly();
                    return Thread.currentThread().isInterrupted();
                },
                next);
        gate.awaitArrived(1);
        AioRequest<String> canceled = pool.submitAio(() -> "never", new Outcome<>());
        canceled.cancelAsync();
        assertThat(done.interrupt()).isFalse();
        assertThat(canceled.interrupt()).isFalse();
        gate.open();
        assertThat(next.value()).isFalse();
    }

    @Test
    void theStatusThatWorkLeavesBehindIsClearedForTheNext() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        List<Boolean> seen = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            pool.submit(() -> Thread.currentThread().interrupt());
            pool.submit(() -> seen.add(Thread.currentThread().isInterrupted()));
            pool.submitAio(
                    () -> {
                        Thread.currentThread().interrupt();
                        return null;
                    },
                    (value, failure) -> {});
            pool.submit(() -> seen.add(Thread.currentThread().isInterrupted()));
            Callers.onVirtual(() -> {
                pool.submitCo(() -> Thread.currentThread().interrupt());
                seen.add(pool.submitCo(() -> Thread.currentThread().isInterrupted()));
                return null;
            });
        }
        pool.close();
        assertThat(seen).hasSize(30).containsOnly(false);
    }

    @Test
    void theStatusThatTheHandlerLeavesBehindIsClearedForTheNext() {
        ThreadPool pool = pools.open(ThreadPool.builder()
                .maxThreads(1)
                .uncaughtExceptionHandler((thread, e) -> Thread.currentThread().interrupt()));
        List<Boolean> seen = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            pool.submit(() -> {
                throw new IOException("failed");
            });
            pool.submit(() -> seen.add(Thread.currentThread().isInterrupted()));
        }
        pool.close();
        assertThat(seen).hasSize(10).containsOnly(false);
    }

    /** The interrupt is on its way to the worker when the work returns, and takes its time. */
    @Test
    void theWorkerDoesNotMoveOnWhileAnInterruptIsOnItsWay() throws Exception {
        Gate first = new Gate();
        Outcome<Boolean> next = new Outcome<>();
        AtomicReference<AioRequest<Boolean>> second = new AtomicReference<>();
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).threadFactory(task -> new Thread(task) {
            @Override
            public void interrupt() {
                first.open();
                long deadline = System.nanoTime() + 20_000_000;
                while (second.get().state() == AioRequest.State.QUEUED && System.nanoTime() - deadline < 0) {
                    Thread.onSpinWait();
                }
                super.interrupt();
            }
        }));
        AioRequest<Object> request = pool.submitAio(
                () -> {
                    first.pass();
                    return "returned before the interrupt came";
                },
                outcome);
        first.awaitArrived(1);
        second.set(pool.submitAio(
                () -> {
                    gate.passUninterruptibly();
                    return Thread.currentThread().isInterrupted();
                },
                next));
        assertThat(request.interrupt()).isTrue();
        gate.open();
        assertThat(outcome.value()).isEqualTo("returned before the interrupt came");
        assertThat(next.value()).isFalse();
    }

    /** One thread interrupts whatever request it last saw, while the worker moves from one to the next. */
    @Test
    void aRequestThatIsBeingInterruptedCannotCancelItselfEither() throws Exception {
        Gate arriving = new Gate();
        AtomicReference<AioRequest<Object>> self = new AtomicReference<>();
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).threadFactory(task -> new Thread(task) {
            @Override
            public void interrupt() {
                arriving.passUninterruptibly();
            }
        }));
        self.set(pool.submitAio(
                () -> {
                    gate.pass();
                    try {
                        return self.get().cancel();
                    } finally {
                        arriving.open();
                    }
                },
                outcome));
        gate.awaitArrived(1);
        Caller<Boolean> interrupter = Callers.platform(() -> self.get().interrupt());
        arriving.awaitArrived(1);
        gate.open();
        assertThat(outcome.failure()).isInstanceOf(IllegalStateException.class);
        assertThat(interrupter.result()).isTrue();
    }

    @Test
    void anInterruptNeverReachesTheNextRequest() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        AtomicReference<AioRequest<Object>> target = new AtomicReference<>();
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger strays = new AtomicInteger();
        AtomicInteger hits = new AtomicInteger();
        Caller<Integer> interrupter = Callers.platform(() -> {
            int sent = 0;
            while (!over.get()) {
                AioRequest<Object> now = target.get();
                if (now != null && now.interrupt()) {
                    sent++;
                }
            }
            return sent;
        });
        for (int i = 0; i < 3_000; i++) {
            int length = i % 40 * 10;
            AioRequest<Object> targeted = pool.submitAio(
                    () -> {
                        for (int spin = 0; spin < length; spin++) {
                            Thread.onSpinWait();
                        }
                        return hits.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
                    },
                    (value, failure) -> {});
            target.set(targeted);
            pool.submitAio(
                            () -> {
                                for (int spin = 0; spin < 50; spin++) {
                                    Thread.onSpinWait();
                                }
                                return strays.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
                            },
                            (value, failure) -> {})
                    .cancel();
        }
        over.set(true);
        assertThat(interrupter.result()).isGreaterThanOrEqualTo(hits.get());
        pool.close();
        assertThat(strays).hasValue(0);
    }
}
