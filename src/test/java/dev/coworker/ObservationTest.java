package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests behave the same whether somebody watches or not. */
class ObservationTest {
    /** Notes what it is told. */
    private static final class Notes implements RequestObserver {
        final List<String> all = Collections.synchronizedList(new ArrayList<>());

        @Override
        public void started(Observation request) {
            all.add(request.layer.label + " started");
        }

        @Override
        public void ended(Observation request) {
            all.add(request.layer.label + " ended");
        }

        @Override
        public void delivered(Observation request) {
            all.add(request.layer.label + " delivered");
        }
    }

    /** Throws whatever it is told. */
    private static final class Broken implements RequestObserver {
        final Error error = new Error("a broken observer");

        @Override
        public void started(Observation request) {
            throw error;
        }

        @Override
        public void ended(Observation request) {
            throw error;
        }

        @Override
        public void delivered(Observation request) {
            throw error;
        }
    }

    /** Work that is both a callable and an action, and fails as the wrong one. */
    private static final class Both implements Action<RuntimeException>, Callable<Integer> {
        @Override
        public void run() {
            throw new AssertionError("taken for an action");
        }

        @Override
        public Integer call() {
            throw new AssertionError("taken for a callable");
        }
    }

    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

    private final Notes notes = new Notes();

    private ThreadPool watched(ThreadPool.Builder builder) {
        ThreadPool pool = pools.open(builder);
        pool.observers().add(notes);
        return pool;
    }

    @Test
    void anObserverIsToldOfStartEndAndDeliveryInThatOrder() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        Callers.onVirtual(() -> pool.submitCo(() -> 1));
        Outcome<Integer> outcome = new Outcome<>();
        pool.submitAio(() -> 1, outcome);
        outcome.await();
        pool.submit(() -> {});
        pool.close();

        assertThat(notes.all)
                .containsExactly(
                        "co started",
                        "co ended",
                        "co delivered",
                        "aio started",
                        "aio ended",
                        "aio delivered",
                        "submit started",
                        "submit ended",
                        "submit delivered");
    }

    @Test
    void whatWasCanceledIsDeliveredOnly() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        pool.submitAio(() -> 1, (value, failure) -> {}).cancel();
        pool.asExecutorService().submit(() -> {}).cancel(false);

        assertThat(notes.all).containsExactly("submit started", "aio delivered", "submit delivered");
        gate.open();
    }

    @Test
    void aCallerThatIsInterruptedWhileItsWorkIsQueuedIsDeliveredOnly() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Callers.Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 1));
        Callers.until("it is queued", () -> pool.stats().queued() == 1);
        caller.thread.interrupt();
        assertThatThrownBy(caller::result).isInstanceOf(InterruptedException.class);

        assertThat(notes.all).containsExactly("submit started", "co delivered");
        gate.open();
    }

    @Test
    void aCallerThatIsRefusedIsNotObserved() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        pool.close();
        assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> 1)))
                .isInstanceOf(RejectedExecutionException.class);
        assertThat(notes.all).isEmpty();
    }

    @Test
    void aTaskOfAViewThatIsWatchedEndsInItsView() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        ExecutorService view = pool.asExecutorService();
        view.submit(() -> {}).get();
        view.shutdown();
        assertThat(view.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(notes.all).containsExactly("submit started", "submit ended", "submit delivered");
    }

    @Test
    void whoeverWatchesAPoolWatchesItsSlicesAndNobodyElseDoes() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        assertThat(pool.slice("one", 1).observers().watch()).isTrue();
        assertThat(pools.open().slice("other", 1).observers().watch()).isFalse();
    }

    @Test
    void whoeverIsRemovedByWhateverThreadIsToldNothingMore() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        assertThat(pool.observers().watch()).isTrue();
        Callers.platform(() -> {
                    pool.observers().remove(notes);
                    return null;
                })
                .result();
        assertThat(pool.observers().watch()).isFalse();
        Callers.onVirtual(() -> pool.submitCo(() -> 1));
        pool.close();
        assertThat(notes.all).isEmpty();
    }

    @Test
    void aCallerThatIsInterruptedBeforeItsWorkWasAcceptedIsNotObserved() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        assertThatThrownBy(() -> Callers.onVirtual(() -> {
                    Thread.currentThread().interrupt();
                    return pool.submitCo(() -> 1);
                }))
                .isInstanceOf(InterruptedException.class);
        assertThat(notes.all).isEmpty();
    }

    @Test
    void anObserverThatThrowsHarmsNoRequestAndIsReportedOnce() throws Exception {
        ThreadPool pool = pools.open();
        Broken broken = new Broken();
        pool.observers().add(broken);
        pool.observers().add(notes);
        try (Log log = new Log()) {
            assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 1))).isEqualTo(1);
            Outcome<Integer> outcome = new Outcome<>();
            pool.submitAio(() -> 2, outcome);
            assertThat(outcome.value()).isEqualTo(2);
            assertThat(pool.asExecutorService().submit(() -> 3).get()).isEqualTo(3);
            pool.close();

            assertThat(log.of(broken.error)).hasSize(1);
        }
        assertThat(notes.all).as("the other observer's").hasSize(9);
        assertThat(pool.stats().completed()).isEqualTo(3);
        assertThat(pool.stats().failed()).isZero();
    }

    @Test
    void whatTheWorkThrowsComesThroughAsItself() throws Exception {
        IOException thrown = new IOException("broken");
        List<Throwable> handled = Collections.synchronizedList(new ArrayList<>());
        ThreadPool pool =
                watched(ThreadPool.builder().uncaughtExceptionHandler((thread, failure) -> handled.add(failure)));
        assertThat(Callers.virtual(() -> pool.submitCo(() -> {
                            throw thrown;
                        }))
                        .failure())
                .isSameAs(thrown);
        Outcome<Object> outcome = new Outcome<>();
        pool.submitAio(
                () -> {
                    throw thrown;
                },
                outcome);
        assertThat(outcome.failure()).isSameAs(thrown);
        pool.submit(() -> {
            throw thrown;
        });
        pool.close();
        assertThat(handled).containsExactly(thrown);
        assertThat(pool.stats().failed()).isEqualTo(3);
    }

    @Test
    void anErrorInTheWorkIsObservedAsItsEnd() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        StackOverflowError error = new StackOverflowError("from the test");
        assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> {
                    throw error;
                })))
                .isSameAs(error);
        assertThat(notes.all).containsExactly("co started", "co ended", "co delivered");
    }

    @Test
    void aThrowingCallbackWasDeliveredAndGoesToTheHandler() throws Exception {
        List<Throwable> handled = Collections.synchronizedList(new ArrayList<>());
        ThreadPool pool =
                watched(ThreadPool.builder().uncaughtExceptionHandler((thread, failure) -> handled.add(failure)));
        IllegalStateException thrown = new IllegalStateException("from the callback");
        pool.submitAio(() -> 1, (value, failure) -> {
            throw thrown;
        });
        pool.close();
        assertThat(handled).containsExactly(thrown);
        assertThat(notes.all).containsExactly("aio started", "aio ended", "aio delivered");
    }

    @Test
    void workThatIsBothIsTakenForWhatTheMethodTakes() throws Exception {
        for (boolean watch : new boolean[] {false, true}) {
            List<Throwable> handled = Collections.synchronizedList(new ArrayList<>());
            ThreadPool pool = pools.open(
                    ThreadPool.builder().uncaughtExceptionHandler((thread, failure) -> handled.add(failure)));
            if (watch) {
                pool.observers().add(notes);
            }
            Action<RuntimeException> action = new Both();
            Callable<Integer> callable = new Both();
            assertThatThrownBy(() -> Callers.onVirtual(() -> {
                        pool.submitCo(action);
                        return null;
                    }))
                    .hasMessage("taken for an action");
            Outcome<Integer> outcome = new Outcome<>();
            pool.submitAio(callable, outcome);
            assertThat(outcome.failure()).hasMessage("taken for a callable");
            pool.submit(action);
            pool.close();
            assertThat(handled)
                    .singleElement()
                    .satisfies(failure -> assertThat(failure).hasMessage("taken for an action"));
        }
    }

    @Test
    void theDecoratorIsCalledAsOftenAndStillSurroundsWorkAndCallback() throws Exception {
        List<String> calls = Collections.synchronizedList(new ArrayList<>());
        ThreadPool pool = watched(ThreadPool.builder().taskDecorator(task -> {
            calls.add("decorated");
            return () -> {
                calls.add("before");
                task.run();
                calls.add("after");
            };
        }));
        pool.submitAio(() -> calls.add("work"), (value, failure) -> calls.add("callback"));
        pool.close();
        assertThat(calls)
                .containsExactly("decorated", "decorated", "before", "work", "after", "before", "callback", "after");
    }

    @Test
    void theWorkOfACanceledRequestIsUnreachableAlthoughItsCallbackIsYetToRun() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = watched(ThreadPool.builder().context(context).maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        Await.polling(context, "the worker is occupied", () -> pool.stats().active() == 1);
        AioRequest<?>[] request = new AioRequest<?>[1];
        WeakReference<Object> reachable = submitHeavy(pool, request);
        assertThat(request[0].cancelAsync()).isTrue();

        Await.unreachable("the work", reachable);
        assertThat(notes.all).doesNotContain("aio delivered");
        gate.open();
    }

    private static WeakReference<Object> submitHeavy(ThreadPool pool, AioRequest<?>[] request) {
        Object heavy = new byte[1_000];
        request[0] = pool.submitAio(heavy::hashCode, (value, failure) -> {});
        return new WeakReference<>(heavy);
    }
}
