package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code close(Duration)}. */
class CloseWithinTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final AtomicInteger ran = new AtomicInteger();
    private final Outcome<Object> outcome = new Outcome<>();

    @Test
    void whatEndsInTimeIsFinishedAndDelivered() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        for (int i = 0; i < 200; i++) {
            pool.submit(ran::incrementAndGet);
        }
        pool.submitAio(() -> "done", outcome);
        assertThat(pool.close(LONG)).isTrue();
        assertThat(ran).hasValue(200);
        assertThat(outcome.value()).isEqualTo("done");
        InvariantChecker.assertClosed(pool);
    }

    @Test
    void zeroIsEnoughForAnIdlePool() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(2));
        pool.submitAio(() -> "done", outcome).cancel();
        Callers.until("the workers are idle", () -> pool.stats().idleThreads() == 2);
        assertThat(pool.close(Duration.ZERO)).isTrue();
        InvariantChecker.assertClosed(pool);
    }

    @Test
    void hugeValuesSaturate() throws Exception {
        ThreadPool pool = pools.open();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Boolean> closer = Callers.platform(() -> pool.close(Duration.ofSeconds(Long.MAX_VALUE)));
        Await.parked(closer.thread);
        gate.open();
        assertThat(closer.result()).isTrue();
    }

    @Test
    void nothingIsCanceledOrInterruptedWhileItDrains() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        AioRequest<Integer> queued = pool.submitAio(ran::incrementAndGet, outcome);
        Caller<Boolean> closer = Callers.platform(() -> pool.close(LONG));
        Await.parked(closer.thread);
        assertThatThrownBy(() -> pool.submit(ran::incrementAndGet)).isInstanceOf(RejectedExecutionException.class);
        assertThat(queued.state()).isEqualTo(State.QUEUED);
        gate.open();
        assertThat(closer.result()).isTrue();
        assertThat(queued.state()).isEqualTo(State.DONE);
        assertThat(pool.stats().canceled()).isZero();
        assertThat(pool.stats().failed()).isZero();
    }

    @Test
    void afterThatWhatIsQueuedIsCanceledAndItsCallbacksRun() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).uncaughtExceptionHandler((thread, e) -> {}));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        List<Outcome<Integer>> outcomes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            outcomes.add(new Outcome<>());
            pool.submitAio(ran::incrementAndGet, outcomes.get(i));
            pool.submit(ran::incrementAndGet);
        }
        pool.close(Duration.ZERO);
        pool.close();
        assertThat(ran).hasValue(0);
        for (Outcome<Integer> each : outcomes) {
            assertThat(each.calls()).isOne();
            assertThat(each.failure()).isInstanceOf(CancellationException.class);
        }
        assertThat(pool.stats().canceled()).isEqualTo(40);
    }

    @Test
    void afterThatWhatRunsIsInterrupted() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<Object> request = pool.submitAio(
                () -> {
                    gate.pass();
                    return "not interrupted";
                },
                outcome);
        Caller<Object> caller = Callers.virtual(() -> pool.submitCo(() -> {
            gate.pass();
            return "not interrupted";
        }));
        gate.awaitArrived(2);
        assertThat(pool.close(Duration.ofNanos(1))).isTrue();
        assertThat(outcome.failure()).isInstanceOf(InterruptedException.class);
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        assertThat(request.state()).isEqualTo(State.DONE);
        assertThat(pool.stats().failed()).isEqualTo(2);
    }

    @Test
    void callersThatAreQueuedOrInLineReceiveACancellationException() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().maxThreads(1).maxQueued(2).uncaughtExceptionHandler((thread, e) -> {}));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        List<Caller<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            callers.add(Callers.virtual(() -> pool.submitCo(ran::incrementAndGet)));
        }
        Callers.until(
                "queued and in line",
                () -> pool.stats().queued() == 2 && pool.stats().waiting() == 4);
        pool.close(Duration.ZERO);
        for (Caller<Integer> caller : callers) {
            assertThat(caller.failure()).isInstanceOf(CancellationException.class);
        }
        pool.close();
        assertThat(ran).hasValue(0);
        assertThat(pool.stats().canceled()).isEqualTo(6);
        assertThat(pool.stats().submitted()).isEqualTo(7);
    }

    @Tag("slow")
    @Test
    void itIsFalseWhenWorkIgnoresTheInterruptAndThatWorkEndsLater() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<Object> request = pool.submitAio(
                () -> {
                    gate.passUninterruptibly();
                    return "late";
                },
                outcome);
        gate.awaitArrived(1);
        assertThat(pool.close(Duration.ZERO)).isFalse();
        assertThat(request.state()).isEqualTo(State.ACTIVE);
        assertThatThrownBy(() -> pool.submit(ran::incrementAndGet)).isInstanceOf(RejectedExecutionException.class);
        gate.open();
        assertThat(outcome.value()).isEqualTo("late");
        Callers.until("the worker has ended by itself", () -> pool.stats().curThreads() == 0);
        assertThat(pool.close(Duration.ZERO)).isTrue();
    }

    @Tag("slow")
    @Test
    void aCallerWhoseWorkRunsStaysUntilThatEndsThoughCloseHasReturned() throws Exception {
        ThreadPool pool = pools.open();
        Caller<String> caller = Callers.virtual(() -> pool.submitCo(() -> {
            gate.passUninterruptibly();
            return "late";
        }));
        gate.awaitArrived(1);
        assertThat(pool.close(Duration.ZERO)).isFalse();
        Await.parked(caller.thread);
        assertThat(caller.isDone()).isFalse();
        gate.open();
        assertThat(caller.result()).isEqualTo("late");
    }

    @Tag("slow")
    @Test
    void itIsFalseWhenACallbackDoesNotReturn() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        pool.submitAio(() -> 1, (value, failure) -> gate.passUninterruptibly());
        gate.awaitArrived(1);
        assertThat(pool.close(Duration.ZERO)).isFalse();
        gate.open();
        pool.close();
    }

    @Test
    void aCloserThatWaitsWithoutLimitReturnsWhenAnotherGivesUp() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().uncaughtExceptionHandler((thread, e) -> {}));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Object> patient = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Await.parked(patient.thread);
        pool.close(Duration.ZERO);
        patient.result();
        assertThat(pool.stats().failed()).isOne();
    }

    @Test
    void onTheLoopThreadItDeliversTheCallbacksItself() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).maxThreads(1));
        pool.submitAio(
                () -> {
                    gate.pass();
                    return null;
                },
                outcome);
        gate.awaitArrived(1);
        Outcome<Integer> queued = new Outcome<>();
        pool.submitAio(ran::incrementAndGet, queued);
        pool.close(Duration.ZERO);
        assertThat(outcome.failure()).isInstanceOf(InterruptedException.class);
        assertThat(queued.failure()).isInstanceOf(CancellationException.class);
        assertThat(queued.thread()).isSameAs(Thread.currentThread());
    }

    @Test
    void anInterruptDoesNotEndItAndIsKept() throws Exception {
        ThreadPool pool = pools.open();
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        Caller<Boolean> closer = Callers.platform(() -> {
            Thread.currentThread().interrupt();
            boolean ended = pool.close(LONG);
            assertThat(Thread.interrupted()).isTrue();
            return ended;
        });
        Await.parked(closer.thread);
        gate.open();
        assertThat(closer.result()).isTrue();
    }

    @Test
    void negativeIsRefusedAndNothingChanges() throws Exception {
        ThreadPool pool = pools.open();
        assertThatThrownBy(() -> pool.close(Duration.ofNanos(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("drain")
                .hasMessageContaining("PT-0.000000001S");
        pool.submitAio(() -> "still open", outcome);
        assertThat(outcome.value()).isEqualTo("still open");
    }

    @Test
    void itDoesNotHangWhereNoThreadCanBeStarted() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(ThreadPool.builder().threadFactory(task -> null));
            pool.submitAio(ran::incrementAndGet, outcome);
            Callers.until("a start has failed", () -> pool.stats().spawnFailures() > 0);
            assertThat(pool.close(Duration.ZERO)).isTrue();
            assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
            Callers.until("it is logged", () -> !log.records().isEmpty());
        }
    }

    @Tag("slow")
    @Test
    void theDrainAlsoWaitsForThreadsThatEndSlowly() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder()
                .threadFactory(worker -> new Thread(() -> {
                    worker.run();
                    gate.passUninterruptibly();
                })));
        pool.submitAio(() -> "done", outcome).cancel();
        long begin = System.nanoTime();
        Caller<Boolean> closer = Callers.platform(() -> pool.close(LONG));
        gate.awaitArrived(1);
        Callers.until("far beyond the last second", () -> System.nanoTime() - begin > 1_500_000_000L);
        gate.open();
        assertThat(closer.result()).isTrue();
    }

    @Tag("slow")
    @Test
    void theContextCanBeClosedOnceTheLastWorkHasEnded() throws Exception {
        AioContext context = AioContext.start("home");
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        assertThat(pool.close(Duration.ZERO)).isFalse();
        assertThatThrownBy(context::close).isInstanceOf(IllegalStateException.class);
        gate.open();
        Callers.until("the worker has ended by itself", () -> pool.stats().curThreads() == 0);
        Callers.until("the context can be closed", () -> {
            try {
                context.close();
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        });
    }
}
