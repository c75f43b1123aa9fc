package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloseTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final AtomicInteger ran = new AtomicInteger();
    private final Outcome<Object> outcome = new Outcome<>();

    private static Caller<Object> closer(ThreadPool pool) {
        return Callers.platform(() -> {
            pool.close();
            return null;
        });
    }

    @Test
    void everythingAcceptedIsFinishedFirst() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        List<Outcome<Integer>> outcomes = new ArrayList<>();
        pool.submit(gate::pass);
        pool.submit(gate::pass);
        gate.awaitArrived(2);
        for (int i = 0; i < 50; i++) {
            pool.submit(ran::incrementAndGet);
            outcomes.add(new Outcome<>());
            pool.submitAio(ran::incrementAndGet, outcomes.get(i));
        }
        List<Caller<Integer>> callers = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            callers.add(Callers.virtual(() -> pool.submitCo(ran::incrementAndGet)));
        }
        Callers.until("all queued", () -> pool.stats().queued() == 150);
        Caller<Object> closer = closer(pool);
        Await.parked(closer.thread);
        assertThat(closer.isDone()).isFalse();
        gate.open();
        closer.result();
        assertThat(ran).hasValue(150);
        assertThat(outcomes).allMatch(each -> each.calls() == 1);
        for (Caller<Integer> caller : callers) {
            assertThat(caller.result()).isBetween(1, 150);
        }
        InvariantChecker.assertClosed(pool);
    }

    @Test
    void everyCallbackHasReturned() throws Exception {
        ThreadPool pool = pools.open();
        pool.submitAio(() -> 1, (value, failure) -> {
            gate.passUninterruptibly();
            ran.incrementAndGet();
        });
        gate.awaitArrived(1);
        Caller<Object> closer = closer(pool);
        Await.parked(closer.thread);
        assertThat(closer.isDone()).isFalse();
        gate.open();
        closer.result();
        assertThat(ran).hasValue(1);
    }

    @Test
    void noWorkerIsLeftAndTheStatsStayReadable() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().minThreads(3));
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Callers.onVirtual(() -> workers.add(pool.submitCo(Thread::currentThread)));
        }
        pool.close();
        assertThat(workers).noneMatch(Thread::isAlive);
        assertThat(pool.stats().curThreads()).isZero();
        assertThat(pool.stats().completed()).isEqualTo(3);
    }

    @Test
    void nothingIsAcceptedWhileItWaits() throws Exception {
        ThreadPool pool = pools.open();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Object> closer = closer(pool);
        Await.parked(closer.thread);
        assertThatThrownBy(() -> pool.submit(ran::incrementAndGet)).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> pool.submitAio(ran::incrementAndGet, outcome))
                .isInstanceOf(RejectedExecutionException.class);
        assertThat(Callers.virtual(() -> pool.submitCo(ran::incrementAndGet)).failure())
                .isInstanceOf(RejectedExecutionException.class);
        assertThat(pool.stats().rejected()).isEqualTo(3);
        gate.open();
        closer.result();
        assertThat(ran).hasValue(0);
    }

    @Test
    void callersInLineAtTheBoundAreServedInTurn() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).maxQueued(1));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        List<Integer> served = new ArrayList<>();
        pool.submit(() -> served.add(-1));
        List<Caller<Boolean>> callers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            int n = i;
            callers.add(Callers.virtual(() -> pool.submitCo(() -> served.add(n))));
            Callers.until("in line", () -> pool.stats().waiting() == n + 1);
        }
        Caller<Object> closer = closer(pool);
        Await.parked(closer.thread);
        assertThat(Callers.virtual(() -> pool.submitCo(ran::incrementAndGet)).failure())
                .isInstanceOf(RejectedExecutionException.class);
        gate.open();
        closer.result();
        for (Caller<Boolean> caller : callers) {
            assertThat(caller.result()).isTrue();
        }
        assertThat(served).containsExactly(-1, 0, 1, 2, 3, 4);
    }

    @Test
    void itIsIdempotent() {
        ThreadPool pool = pools.open();
        pool.submit(ran::incrementAndGet);
        pool.close();
        pool.close();
        assertThat(pool.close(Duration.ZERO)).isTrue();
        assertThat(ran).hasValue(1);
    }

    @Test
    void aSecondCloserWaitsToo() throws Exception {
        ThreadPool pool = pools.open();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Object> first = closer(pool);
        Await.parked(first.thread);
        Caller<Object> second = closer(pool);
        Caller<Object> third = Callers.virtual(() -> {
            pool.close();
            return null;
        });
        Await.parked(second.thread);
        Await.parked(third.thread);
        assertThat(List.of(first, second, third)).noneMatch(Caller::isDone);
        gate.open();
        first.result();
        second.result();
        third.result();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptCancelsWhatWaitsAndInterruptsWhatRunsAndTheWaitGoesOn(boolean virtual) throws Exception {
        AtomicBoolean workInterrupted = new AtomicBoolean();
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(() -> {
            gate.passUninterruptibly();
            workInterrupted.set(Thread.interrupted());
        });
        gate.awaitArrived(1);
        pool.submitAio(() -> "never", outcome);
        Caller<String> caller = Callers.virtual(() -> pool.submitCo(() -> "never"));
        Callers.until("both are queued", () -> pool.stats().queued() == 2);
        Caller<Boolean> closer = virtual
                ? Callers.virtual(() -> closeAndTellInterrupt(pool))
                : Callers.platform(() -> closeAndTellInterrupt(pool));
        Await.parked(closer.thread);
        assertThat(pool.stats().canceled()).isZero();
        closer.thread.interrupt();
        assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
        assertThat(caller.failure()).isInstanceOf(CancellationException.class);
        Await.parked(closer.thread);
        assertThat(closer.isDone()).isFalse();
        gate.open();
        assertThat(closer.result()).isTrue();
        assertThat(workInterrupted).isTrue();
        assertThat(pool.stats().completed()).isOne();
        assertThat(pool.stats().canceled()).isEqualTo(2);
    }

    @Test
    void aCloserThatIsInterruptedBeforeItWaitsCancelsAtOnce() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        AtomicReference<Object> thrown = new AtomicReference<>();
        pool.submit(() -> {
            try {
                gate.pass();
            } catch (InterruptedException e) {
                thrown.set(e);
            }
        });
        gate.awaitArrived(1);
        pool.submitAio(() -> "never", outcome);
        Caller<Boolean> closer = Callers.platform(() -> {
            Thread.currentThread().interrupt();
            return closeAndTellInterrupt(pool);
        });
        assertThat(closer.result()).isTrue();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
    }

    private static boolean closeAndTellInterrupt(ThreadPool pool) {
        pool.close();
        return Thread.interrupted();
    }

    @Test
    void anInterruptOnTheLoopThreadIsKeptToo() throws Exception {
        CountDownLatch ready = new CountDownLatch(1);
        Caller<Boolean> home = Callers.platform(() -> {
            try (AioContext context = AioContext.manual()) {
                ThreadPool pool = ThreadPool.create(context);
                pool.submitAio(
                        () -> {
                            gate.passUninterruptibly();
                            return null;
                        },
                        outcome);
                ready.countDown();
                return closeAndTellInterrupt(pool);
            }
        });
        ready.await();
        gate.awaitArrived(1);
        Await.parked(home.thread);
        home.thread.interrupt();
        Await.parked(home.thread);
        gate.open();
        assertThat(home.result()).isTrue();
        assertThat(outcome.calls()).isOne();
    }

    @Test
    void onTheLoopThreadItPollsWhileItWaits() {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        pool.submitAio(
                () -> {
                    gate.pass();
                    return "second";
                },
                outcome);
        // only this callback opens the gate, and only close polls
        pool.submitAio(() -> "first", (value, failure) -> gate.open());
        pool.close();
        assertThat(outcome.calls()).isOne();
    }

    @Test
    void aHandlerOfItsContextMayCloseIt() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        pool.submitAio(() -> "done", outcome);
        Outcome<Integer> closed = new Outcome<>();
        context.execute(() -> {
            pool.close();
            closed.accept(outcome.calls(), null);
        });
        assertThat(closed.value()).isOne();
    }

    @Test
    void aWorkerIsRefusedAndNothingChanges() throws Exception {
        ThreadPool pool = pools.open();
        List<Throwable> refused = Callers.onVirtual(() -> pool.submitCo(() -> refusals(pool)));
        assertThat(refused).hasSize(2).allMatch(e -> e instanceof IllegalStateException);
        pool.submitAio(() -> "still open", outcome);
        assertThat(outcome.value()).isEqualTo("still open");
    }

    @Test
    void aCallbackIsRefusedAndNothingChanges() throws Exception {
        ThreadPool pool = pools.open();
        Outcome<List<Throwable>> refused = new Outcome<>();
        pool.submitAio(() -> null, (value, failure) -> refused.accept(refusals(pool), null));
        assertThat(refused.value()).hasSize(2).allMatch(e -> e instanceof IllegalStateException);
        pool.submitAio(() -> "still open", outcome);
        assertThat(outcome.value()).isEqualTo("still open");
    }

    @Test
    void aCallbackOfAnotherPoolInsideACallbackIsRefusedToo() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        ThreadPool other = pools.open(ThreadPool.builder().context(context));
        AtomicReference<List<Throwable>> refused = new AtomicReference<>();
        Outcome<Integer> left = new Outcome<>();
        pool.submitAio(() -> null, (value, failure) -> {
            other.submitAio(() -> null, (v, f) -> refused.set(refusals(pool)));
            other.close();
            left.accept(1, null);
        });
        left.await();
        assertThat(refused.get()).hasSize(2).allMatch(e -> e instanceof IllegalStateException);
    }

    private static List<Throwable> refusals(ThreadPool pool) {
        List<Throwable> refusals = new ArrayList<>();
        List<Runnable> forms = List.of(pool::close, () -> pool.close(Duration.ZERO));
        for (Runnable form : forms) {
            try {
                form.run();
            } catch (RuntimeException e) {
                refusals.add(e);
            }
        }
        return refusals;
    }

    @Test
    void aWorkerOfAnotherPoolMayCloseIt() throws Exception {
        ThreadPool pool = pools.open();
        ThreadPool other = pools.open();
        other.submitAio(() -> "done", outcome);
        Callers.onVirtual(() -> {
            pool.submitCo(() -> other.close());
            return null;
        });
        assertThat(outcome.calls()).isOne();
        InvariantChecker.assertClosed(other);
    }

    @Tag("slow")
    @Test
    void aManualContextKeepsNothingOfAClosedPool() {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        Await.unreachable("the closed pool", openUseAndClose(context));
        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void aLoopKeepsNothingOfAClosedPool() {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        Await.unreachable("the closed pool", openUseAndClose(context));
        Await.unreachable("the closed pool", openUseAndClose(AioContext.main()));
        assertThat(context.inContext()).isFalse();
    }

    private static WeakReference<ThreadPool> openUseAndClose(AioContext context) {
        ThreadPool pool = ThreadPool.create(context);
        AioRequest<String> request = pool.submitAio(() -> "done", (value, failure) -> {});
        Callers.until("started", () -> {
            if (context.inContext()) {
                context.poll(false);
            }
            return request.state() != AioRequest.State.QUEUED;
        });
        pool.close();
        return new WeakReference<>(pool);
    }

    @Test
    void theContextServesOtherPoolsAfterwards() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        for (int i = 0; i < 20; i++) {
            Outcome<String> each = new Outcome<>();
            ThreadPool pool = pools.open(ThreadPool.builder().context(context));
            pool.submitAio(() -> "served", each);
            pool.close();
            assertThat(each.value()).isEqualTo("served");
        }
    }

    @Test
    void untilThenTheContextCannotBeClosedAndSaysForWhichPool() {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().name("disk").context(context));
        assertThatThrownBy(context::close)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("[disk]");
        pool.close();
        context.close();
    }
}
