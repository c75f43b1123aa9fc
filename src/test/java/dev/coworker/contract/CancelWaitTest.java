package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CancelWaitTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final Outcome<Object> outcome = new Outcome<>();

    private static <T> Caller<T> caller(boolean virtual, Callable<T> call) {
        return virtual ? Callers.virtual(call) : Callers.platform(call);
    }

    private AioRequest<String> submitAtGate(ThreadPool pool) {
        return pool.submitAio(
                () -> {
                    gate.passUninterruptibly();
                    return "done";
                },
                outcome);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cancelWaitsForTheRunningWorkAndForItsCallback(boolean virtual) throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<String> request = submitAtGate(pool);
        gate.awaitArrived(1);
        Caller<Boolean> canceler = caller(virtual, () -> {
            boolean stolen = request.cancel();
            assertThat(outcome.calls()).isOne();
            assertThat(request.state()).isEqualTo(State.DONE);
            return stolen;
        });
        Await.parked(canceler.thread);
        assertThat(canceler.isDone()).isFalse();
        gate.open();
        assertThat(canceler.result()).isFalse();
        assertThat(outcome.value()).isEqualTo("done");
    }

    @Test
    void cancelOfAQueuedRequestReturnsWhenItsCallbackHasReturned() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Gate callback = new Gate();
        AioRequest<String> request = pool.submitAio(() -> "never", (value, failure) -> callback.passUninterruptibly());
        Caller<Boolean> canceler = Callers.platform(request::cancel);
        callback.awaitArrived(1);
        Await.parked(canceler.thread);
        assertThat(canceler.isDone()).isFalse();
        callback.open();
        assertThat(canceler.result()).isTrue();
        gate.open();
    }

    @Test
    void cancelOfADeliveredRequestReturnsAtOnce() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<String> request = pool.submitAio(() -> "done", outcome);
        pool.close();
        assertThat(request.cancel()).isFalse();
        assertThat(outcome.calls()).isOne();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptDoesNotEndTheWaitAndIsKept(boolean virtual) throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<String> request = submitAtGate(pool);
        gate.awaitArrived(1);
        Caller<Boolean> canceler = caller(virtual, () -> {
            Thread.currentThread().interrupt();
            request.cancel();
            assertThat(outcome.calls()).isOne();
            return Thread.interrupted();
        });
        Await.parked(canceler.thread);
        canceler.thread.interrupt();
        Await.parked(canceler.thread);
        gate.open();
        assertThat(canceler.result()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptDoesNotEndTheWaitOnTheLoopThreadAndIsKept(boolean virtual) throws Exception {
        CountDownLatch started = new CountDownLatch(1);
        Caller<Boolean> home = caller(virtual, () -> {
            AioContext context = AioContext.manual();
            ThreadPool pool = ThreadPool.create(context);
            AioRequest<String> request = submitAtGate(pool);
            gate.awaitArrived(1);
            Thread.currentThread().interrupt();
            started.countDown();
            request.cancel();
            assertThat(outcome.calls()).isOne();
            boolean kept = Thread.interrupted();
            pool.close();
            context.close();
            return kept;
        });
        started.await();
        Await.parked(home.thread);
        home.thread.interrupt();
        Await.parked(home.thread);
        gate.open();
        assertThat(home.result()).isTrue();
    }

    @Test
    void onTheLoopThreadItPollsSoThatOtherCallbacksRunMeanwhile() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        AioRequest<String> request = submitAtGate(pool);
        gate.awaitArrived(1);
        // only this callback opens the gate, and only cancel polls
        pool.submitAio(() -> "other", (value, failure) -> gate.open());
        assertThat(request.cancel()).isFalse();
        assertThat(outcome.value()).isEqualTo("done");
    }

    @Test
    void onTheLoopThreadItDeliversTheCallbackOfWhatItStole() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).maxThreads(1));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        AioRequest<String> request = pool.submitAio(() -> "never", outcome);
        assertThat(request.cancel()).isTrue();
        assertThat(outcome.calls()).isOne();
        assertThat(outcome.thread()).isSameAs(Thread.currentThread());
        gate.open();
    }

    @Test
    void fromWithinItsOwnCallbackItIsFalseAtOnce() throws Exception {
        ThreadPool pool = pools.open();
        AtomicReference<AioRequest<String>> own = new AtomicReference<>();
        Outcome<Boolean> canceled = new Outcome<>();
        own.set(pool.submitAio(
                () -> {
                    Callers.until("known", () -> own.get() != null);
                    return "done";
                },
                (value, failure) -> canceled.accept(own.get().cancel(), failure)));
        assertThat(canceled.value()).isFalse();
    }

    @Test
    void nestedWithinItsOwnCallbackItIsFalseAtOnce() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        List<Object> seen = new ArrayList<>();
        AtomicReference<AioRequest<String>> outer = new AtomicReference<>();
        outer.set(pool.submitAio(() -> "outer", (value, failure) -> {
            AioRequest<String> inner = pool.submitAio(
                    () -> "inner",
                    (innerValue, innerFailure) -> seen.add(outer.get().cancel()));
            Callers.until("inner is done", () -> inner.state() == State.DONE);
            seen.add(inner.cancel());
        }));
        Await.polling(context, "both delivered", () -> seen.size() == 2);
        assertThat(seen).containsExactly(false, false);
    }

    @Test
    void fromAnotherCallbackItWaitsByPolling() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        AioRequest<String> request = submitAtGate(pool);
        gate.awaitArrived(1);
        Outcome<Integer> callsSeen = new Outcome<>();
        pool.submitAio(() -> "other", (value, failure) -> {
            gate.open();
            request.cancel();
            callsSeen.accept(outcome.calls(), null);
        });
        assertThat(callsSeen.value()).isOne();
    }

    @Test
    void anotherThreadWaitsWhileTheCallbackRuns() throws Exception {
        ThreadPool pool = pools.open();
        Gate callback = new Gate();
        AioRequest<String> request = pool.submitAio(() -> "done", (value, failure) -> callback.passUninterruptibly());
        callback.awaitArrived(1);
        Caller<Boolean> canceler = Callers.platform(request::cancel);
        Await.parked(canceler.thread);
        assertThat(canceler.isDone()).isFalse();
        callback.open();
        assertThat(canceler.result()).isFalse();
    }

    @Test
    void manyWaitForOneRequestAndAllReturn() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<String> request = submitAtGate(pool);
        gate.awaitArrived(1);
        List<Caller<Boolean>> cancelers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            cancelers.add(caller(i % 2 == 0, request::cancel));
        }
        cancelers.forEach(canceler -> Await.parked(canceler.thread));
        gate.open();
        for (Caller<Boolean> canceler : cancelers) {
            assertThat(canceler.result()).isFalse();
        }
    }

    @Test
    void fromTheWorkerThatRunsItItIsRefusedAndNothingChanges() throws Exception {
        ThreadPool pool = pools.open();
        AtomicReference<AioRequest<Throwable>> own = new AtomicReference<>();
        own.set(pool.submitAio(
                () -> {
                    Callers.until("known", () -> own.get() != null);
                    assertThat(own.get().cancelAsync()).isFalse();
                    try {
                        own.get().cancel();
                        return null;
                    } catch (IllegalStateException e) {
                        assertThat(own.get().state()).isEqualTo(State.ACTIVE);
                        return e;
                    }
                },
                outcome));
        assertThat(outcome.failure()).isNull();
        assertThat(outcome.value()).isInstanceOf(IllegalStateException.class);
        assertThat(own.get().state()).isEqualTo(State.DONE);
    }

    @Test
    void aWorkerMayWaitForARequestThatAnotherRuns() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<String> request = submitAtGate(pool);
        gate.awaitArrived(1);
        Outcome<Boolean> canceled = new Outcome<>();
        pool.submit(() -> canceled.accept(request.cancel(), null));
        Callers.until("both run", () -> pool.stats().active() == 2);
        gate.open();
        assertThat(canceled.value()).isFalse();
    }

    @Test
    void aThrowingCallbackEndsTheWaitToo() throws Exception {
        List<Throwable> handled = new ArrayList<>();
        ThreadPool pool = pools.open(ThreadPool.builder().uncaughtExceptionHandler((thread, e) -> handled.add(e)));
        IllegalStateException failure = new IllegalStateException("the callback's");
        AioRequest<String> request = pool.submitAio(
                () -> {
                    gate.pass();
                    return "done";
                },
                (value, thrown) -> {
                    throw failure;
                });
        gate.awaitArrived(1);
        Caller<Boolean> canceler = Callers.platform(request::cancel);
        Await.parked(canceler.thread);
        gate.open();
        assertThat(canceler.result()).isFalse();
        pool.close();
        assertThat(handled).containsExactly(failure);
    }
}
