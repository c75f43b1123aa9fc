package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.Action;
import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests behave the same with and without meters, and a meter that fails harms no request. */
class ObservationTest {
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
    final InvariantChecker pools = new InvariantChecker();

    private final MeterRegistry registry = new SimpleMeterRegistry();

    private ThreadPool watched(ThreadPool.Builder builder) {
        ThreadPool pool = pools.open(builder);
        new ThreadPoolMetrics(pool).bindTo(registry);
        return pool;
    }

    /** Whose end of work was observed. */
    private long observed() {
        return registry.get("executor").timer().count();
    }

    @Test
    void aTaskOfAViewThatIsWatchedEndsInItsView() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        ExecutorService view = pool.asExecutorService();
        view.submit(() -> {}).get();
        view.shutdown();
        assertThat(view.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        assertThat(observed()).isEqualTo(1);
    }

    @Test
    void aCallerThatIsInterruptedBeforeItsWorkWasAcceptedIsNotObserved() throws Exception {
        ThreadPool pool = watched(ThreadPool.builder());
        assertThatThrownBy(() -> Callers.onVirtual(() -> {
                    Thread.currentThread().interrupt();
                    return pool.submitCo(() -> 1);
                }))
                .isInstanceOf(InterruptedException.class);
        assertThat(observed()).isZero();
        assertThat(registry.get("executor.idle").timer().count()).isZero();
    }

    @Test
    void anObserverThatThrowsHarmsNoRequestAndIsReportedOnce() throws Exception {
        ThreadPool pool = pools.open();
        Error broken = new Error("a broken observer");
        new ThreadPoolMetrics(pool).bindTo(new BrokenRegistry(() -> {
            throw broken;
        }));
        new ThreadPoolMetrics(pool).bindTo(registry);
        try (Log log = new Log()) {
            assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 1))).isEqualTo(1);
            Outcome<Integer> outcome = new Outcome<>();
            pool.submitAio(() -> 2, outcome);
            assertThat(outcome.value()).isEqualTo(2);
            assertThat(pool.asExecutorService().submit(() -> 3).get()).isEqualTo(3);
            pool.close();

            assertThat(log.of(broken)).hasSize(1);
        }
        assertThat(observed()).as("by the other observer").isEqualTo(3);
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
        assertThat(observed()).isEqualTo(1);
    }

    @Test
    void aThrowingCallbackGoesToTheHandler() throws Exception {
        List<Throwable> handled = Collections.synchronizedList(new ArrayList<>());
        ThreadPool pool =
                watched(ThreadPool.builder().uncaughtExceptionHandler((thread, failure) -> handled.add(failure)));
        IllegalStateException thrown = new IllegalStateException("from the callback");
        pool.submitAio(() -> 1, (value, failure) -> {
            throw thrown;
        });
        pool.close();
        assertThat(handled).containsExactly(thrown);
        assertThat(observed()).isEqualTo(1);
    }

    @Test
    void workThatIsBothIsTakenForWhatTheMethodTakes() throws Exception {
        for (boolean watch : new boolean[] {false, true}) {
            List<Throwable> handled = Collections.synchronizedList(new ArrayList<>());
            ThreadPool pool = pools.open(
                    ThreadPool.builder().uncaughtExceptionHandler((thread, failure) -> handled.add(failure)));
            if (watch) {
                new ThreadPoolMetrics(pool).bindTo(registry);
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
        gate.open();
    }

    private static WeakReference<Object> submitHeavy(ThreadPool pool, AioRequest<?>[] request) {
        Object heavy = new byte[1_000];
        request[0] = pool.submitAio(heavy::hashCode, (value, failure) -> {});
        return new WeakReference<>(heavy);
    }
}
