package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The handler that hears of a rejected callback waits for another request, as a callback may. */
class RejectionHandlerTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final List<Throwable> handled = new CopyOnWriteArrayList<>();
    private final AtomicReference<Thread> handling = new AtomicReference<>();
    private final AtomicReference<Runnable> whenFirstCalled = new AtomicReference<>();
    private final AtomicBoolean rejecting = new AtomicBoolean(true);
    private final AtomicReference<Gate> asked = new AtomicReference<>();
    private final Gate gate = new Gate();
    private final Gate running = new Gate();
    private final Outcome<Object> outcome = new Outcome<>();
    private final Outcome<Object> waited = new Outcome<>();
    private AioContext context;

    @BeforeEach
    void onAnExecutorThatRejects() {
        ExecutorService executor = pools.closeAfterwards(Executors.newSingleThreadExecutor());
        context = AioContext.on(task -> {
            if (rejecting.get()) {
                Gate refusal = asked.get();
                if (refusal != null) {
                    refusal.passUninterruptibly();
                }
                throw new RejectedExecutionException("closed");
            }
            executor.execute(task);
        });
    }

    private ThreadPool open(int maxThreads) {
        return pools.open(
                ThreadPool.builder().context(context).maxThreads(maxThreads).uncaughtExceptionHandler((thread, e) -> {
                    handled.add(e);
                    if (handling.compareAndSet(null, Thread.currentThread())) {
                        whenFirstCalled.get().run();
                    }
                }));
    }

    private void cancelWhenFirstCalled(AioRequest<Object> other) {
        whenFirstCalled.set(() -> waited.accept(other.cancel(), null));
    }

    private AioRequest<Object> submit(ThreadPool pool, Gate gate) {
        return pool.submitAio(
                () -> {
                    gate.passUninterruptibly();
                    return "done";
                },
                outcome);
    }

    private AioRequest<Object> submitRunning(ThreadPool pool) throws InterruptedException {
        AioRequest<Object> request = submit(pool, running);
        running.awaitArrived(1);
        return request;
    }

    private void awaitTheHandlersWait() {
        Callers.until("the handler is called", () -> handling.get() != null);
        Await.parked(handling.get());
    }

    @Test
    void mayCancelARequestThatWaits() throws Exception {
        ThreadPool pool = open(1);
        AioRequest<Object> first = submit(pool, gate);
        gate.awaitArrived(1);
        cancelWhenFirstCalled(submit(pool, running));
        gate.open();
        assertThat(waited.value()).isEqualTo(true);
        assertThat(first.cancel()).isFalse();
        Callers.until("the handler has heard of 2", () -> handled.size() == 2);
        assertThat(outcome.calls()).isZero();
    }

    @Test
    void mayWaitForARequestThatRuns() throws Exception {
        ThreadPool pool = open(2);
        cancelWhenFirstCalled(submitRunning(pool));
        AioRequest<Object> first = submit(pool, gate);
        gate.open();
        awaitTheHandlersWait();
        running.open();
        assertThat(waited.value()).isEqualTo(false);
        assertThat(first.cancel()).isFalse();
        Callers.until("the handler has heard of 2", () -> handled.size() == 2);
        assertThat(outcome.calls()).isZero();
    }

    /** The request that it waits for is not the one whose callback comes next. */
    @Test
    void hearsMeanwhileOfTheOthersThatWereRejected() throws Exception {
        ThreadPool pool = open(3);
        Gate third = new Gate();
        cancelWhenFirstCalled(submitRunning(pool));
        AioRequest<Object> inBetween = submit(pool, third);
        third.awaitArrived(1);
        submit(pool, gate);
        gate.open();
        awaitTheHandlersWait();
        third.open();
        assertThat(inBetween.cancel()).isFalse();
        Callers.until("the handler has heard of 2", () -> handled.size() == 2);
        running.open();
        assertThat(waited.value()).isEqualTo(false);
        Callers.until("the handler has heard of 3", () -> handled.size() == 3);
    }

    /**
     * With its workers, so that from here on the executor is asked for callbacks only: it refuses when the gate opens.
     */
    private ThreadPool openWithWorkers(int threads) {
        ThreadPool pool = open(threads);
        pool.resize(threads, threads);
        Callers.until("the workers idle", () -> pool.stats().idleThreads() == threads);
        return pool;
    }

    @Test
    void mayCloseASliceWhoseCallbackWasRejectedWithItsOwn() throws Exception {
        ThreadPool pool = openWithWorkers(1);
        Slice other = pool.slice("other", 1);
        whenFirstCalled.set(() -> {
            other.close();
            waited.accept("closed", null);
        });
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        AioRequest<Object> queued = submit(pool, running);
        other.submitAio(() -> "done", outcome);
        Gate refusal = new Gate();
        asked.set(refusal);
        Thread canceling = Thread.ofPlatform().start(queued::cancelAsync);
        refusal.awaitArrived(1);
        gate.open();
        Callers.until("the other has ended", () -> pool.stats().completed() == 2);
        refusal.open();
        canceling.join();
        assertThat(waited.value()).isEqualTo("closed");
        Callers.until("the handler has heard of 2", () -> handled.size() == 2);
        assertThat(outcome.calls()).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void mayWaitForAnotherPoolWhoseCallbackWasRejectedWithItsOwn(boolean close) throws Exception {
        ThreadPool pool = openWithWorkers(1);
        ThreadPool other = openWithWorkers(1);
        AtomicReference<AioRequest<Object>> others = new AtomicReference<>();
        whenFirstCalled.set(() -> {
            if (close) {
                other.close();
            } else {
                others.get().cancel();
            }
            waited.accept("ended", null);
        });
        Gate refusal = new Gate();
        asked.set(refusal);
        submit(pool, gate);
        gate.open();
        refusal.awaitArrived(1);
        others.set(other.submitAio(() -> "done", outcome));
        Callers.until("it has ended", () -> other.stats().completed() == 1);
        refusal.open();
        assertThat(waited.value()).isEqualTo("ended");
        Callers.until("the handler has heard of 2", () -> handled.size() == 2);
        assertThat(outcome.calls()).isZero();
    }

    @Test
    void mayWaitForARequestOfAnotherPoolOfTheContext() throws Exception {
        ThreadPool pool = open(1);
        cancelWhenFirstCalled(submitRunning(open(1)));
        submit(pool, gate);
        gate.open();
        awaitTheHandlersWait();
        running.open();
        assertThat(waited.value()).isEqualTo(false);
        Callers.until("the handler has heard of 2", () -> handled.size() == 2);
    }

    @Test
    void mayCloseAnotherPoolOfTheContext() throws Exception {
        ThreadPool pool = open(1);
        ThreadPool other = open(1);
        submitRunning(other);
        whenFirstCalled.set(() -> {
            other.close();
            waited.accept(null, null);
        });
        submit(pool, gate);
        gate.open();
        awaitTheHandlersWait();
        running.open();
        waited.await();
        Callers.until("the handler has heard of 2", () -> handled.size() == 2);
    }

    /** Whose drain leaves the callback to the thread that waits for it. */
    @Test
    void goesOnWhereTheExecutorTakesCallbacksAgain() throws Exception {
        ThreadPool pool = open(2);
        cancelWhenFirstCalled(submitRunning(pool));
        submit(pool, gate);
        gate.open();
        awaitTheHandlersWait();
        rejecting.set(false);
        running.open();
        assertThat(waited.value()).isEqualTo(false);
        assertThat(handled.size() + outcome.calls()).isEqualTo(2);
    }

    @Test
    void mayCancelTheVeryRequestAndDoesNotWaitForItself() throws Exception {
        ThreadPool pool = open(1);
        AioRequest<Object> request = submit(pool, gate);
        gate.awaitArrived(1);
        cancelWhenFirstCalled(request);
        gate.open();
        assertThat(waited.value()).isEqualTo(false);
        Callers.until("the handler has heard of 1", () -> handled.size() == 1);
        assertThat(outcome.calls()).isZero();
    }

    @Test
    void mayWaitHoweverOftenItWasCalledBefore() throws Exception {
        AtomicReference<AioRequest<Object>> other = new AtomicReference<>();
        ThreadPool pool =
                pools.open(ThreadPool.builder().context(context).maxThreads(1).uncaughtExceptionHandler((thread, e) -> {
                    handled.add(e);
                    if (handled.size() == 1 + 1_000) {
                        waited.accept(other.get().cancel(), null);
                    }
                }));
        submit(pool, gate);
        gate.awaitArrived(1);
        other.set(submit(pool, running));
        for (int i = 0; i <= 1_000; i++) {
            submit(pool, running).cancelAsync();
        }
        assertThat(waited.value()).isEqualTo(true);
        gate.open();
    }
}
