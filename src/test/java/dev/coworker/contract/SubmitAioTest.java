package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import dev.coworker.Work;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SubmitAioTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Outcome<Object> outcome = new Outcome<>();

    @Test
    void theCallbackReceivesTheValue() throws Exception {
        ThreadPool pool = pools.open();
        Object value = new Object();
        pool.submitAio(() -> value, outcome);
        assertThat(outcome.value()).isSameAs(value);
        assertThat(outcome.failure()).isNull();
    }

    @Test
    void theCallbackReceivesNullForNull() throws Exception {
        ThreadPool pool = pools.open();
        pool.submitAio(() -> null, outcome);
        assertThat(outcome.value()).isNull();
        assertThat(outcome.failure()).isNull();
        assertThat(pool.stats().completed()).isOne();
    }

    @Test
    void theCallbackReceivesTheVeryInstanceThatTheWorkThrew() throws Exception {
        ThreadPool pool = pools.open();
        IOException failure = new IOException("failed");
        pool.submitAio(
                () -> {
                    throw failure;
                },
                outcome);
        assertThat(outcome.failure()).isSameAs(failure);
        assertThat(outcome.value()).isNull();
        assertThat(pool.stats().failed()).isOne();
    }

    @Test
    void aThrowableThatTheWorkReturnsIsAValue() throws Exception {
        ThreadPool pool = pools.open();
        IOException value = new IOException("returned");
        pool.submitAio(() -> value, outcome);
        assertThat(outcome.value()).isSameAs(value);
        assertThat(outcome.failure()).isNull();
        assertThat(pool.stats().failed()).isZero();
    }

    /** Compiles only as long as the callback may be wider and the work narrower than the type of the value. */
    @Test
    void theCallbackMayTakeMoreThanTheWorkGives() throws Exception {
        ThreadPool pool = pools.open();
        AtomicReference<Object> seen = new AtomicReference<>();
        Callable<Integer> work = () -> 42;
        BiConsumer<Object, Object> callback = (value, failure) -> seen.set(value);
        AioRequest<Number> request = pool.submitAio(work, callback);
        pool.close();
        assertThat(request.state()).isEqualTo(State.DONE);
        assertThat(seen).hasValue(42);
    }

    /** Compiles only as long as work of the coroutine layer is a callable. */
    @Test
    void workOfTheCoroutineLayerIsTaken() throws Exception {
        ThreadPool pool = pools.open();
        Work<String, IOException> work = () -> "either layer's";
        pool.submitAio(work, outcome);
        assertThat(outcome.value()).isEqualTo("either layer's");
        assertThat(Callers.<String>onVirtual(() -> pool.submitCo(work))).isEqualTo("either layer's");
    }

    @Test
    void theCallbackRunsOnTheThreadOfAStartedContext() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        assertCallbackAtHome(pool);
        assertThat(outcome.thread().getName()).isEqualTo("home");
    }

    @Test
    void theCallbackRunsOnTheThreadOfTheMainContext() throws Exception {
        ThreadPool pool = pools.open();
        assertThat(pool.context()).isSameAs(AioContext.main());
        assertCallbackAtHome(pool);
        assertThat(outcome.thread().getName()).isEqualTo("coworker-main");
    }

    @Test
    void theCallbackRunsOnTheThreadOfAForeignExecutor() throws Exception {
        AtomicReference<Thread> serial = new AtomicReference<>();
        ExecutorService executor = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "serial");
            serial.set(thread);
            return thread;
        });
        pools.closeAfterwards(executor);
        ThreadPool pool = pools.open(ThreadPool.builder().context(AioContext.on(executor)));
        assertCallbackAtHome(pool);
        assertThat(outcome.thread()).isSameAs(serial.get());
    }

    private void assertCallbackAtHome(ThreadPool pool) throws InterruptedException {
        Outcome<Boolean> atHome = new Outcome<>();
        pool.submitAio(() -> "value", (value, failure) -> {
            atHome.accept(pool.context().inContext() && AioContext.current() == pool.context(), null);
            outcome.accept(value, failure);
        });
        assertThat(outcome.value()).isEqualTo("value");
        assertThat(atHome.value()).isTrue();
    }

    @Test
    void onAManualContextTheCallbackWaitsForAPoll() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        AioRequest<String> request = pool.submitAio(() -> "value", outcome);
        Callers.until("done", () -> request.state() == State.DONE);
        assertThat(outcome.calls()).isZero();
        Callers.until("delivered", () -> context.poll(false) && outcome.calls() > 0);
        assertThat(outcome.thread()).isSameAs(Thread.currentThread());
    }

    @Test
    void theWorkRunsOnAWorker() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("aio"));
        pool.submitAio(Thread::currentThread, outcome);
        assertThat(((Thread) outcome.value()).getName()).startsWith("aio-worker-");
    }

    @Test
    void theStateTellsWhatHasBecomeOfTheRequest() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Gate first = new Gate();
        Gate second = new Gate();
        AioRequest<Object> running = pool.submitAio(
                () -> {
                    first.pass();
                    return null;
                },
                outcome);
        first.awaitArrived(1);
        AioRequest<Object> next = pool.submitAio(
                () -> {
                    second.pass();
                    throw new IOException("failed");
                },
                new Outcome<>());
        AioRequest<String> canceled = pool.submitAio(() -> "never", new Outcome<>());
        assertThat(running.state()).isEqualTo(State.ACTIVE);
        assertThat(next.state()).isEqualTo(State.QUEUED);
        assertThat(canceled.state()).isEqualTo(State.QUEUED);
        canceled.cancelAsync();
        assertThat(canceled.state()).isEqualTo(State.CANCELED);
        first.open();
        second.awaitArrived(1);
        assertThat(running.state()).isEqualTo(State.DONE);
        assertThat(next.state()).isEqualTo(State.ACTIVE);
        second.open();
        pool.close();
        assertThat(next.state()).isEqualTo(State.DONE);
        assertThat(canceled.state()).isEqualTo(State.CANCELED);
    }

    @Test
    void eachCallbackRunsExactlyOnce() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        List<Outcome<Integer>> outcomes = new ArrayList<>();
        List<AioRequest<Integer>> requests = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            int n = i;
            Outcome<Integer> each = new Outcome<>();
            outcomes.add(each);
            requests.add(pool.submitAio(() -> n % 7 == 0 ? 1 / (n % 7) : n, each));
            if (i % 5 == 0) {
                requests.get(i / 2).cancelAsync();
            }
        }
        pool.close();
        assertThat(outcomes).allMatch(each -> each.calls() == 1);
    }

    @Test
    void anyThreadMaySubmit() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        List<Outcome<String>> outcomes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            outcomes.add(new Outcome<>());
        }
        Callers.platform(() -> pool.submitAio(() -> "platform", outcomes.get(0)))
                .result();
        Callers.virtual(() -> pool.submitAio(() -> "virtual", outcomes.get(1))).result();
        Callers.onVirtual(() -> pool.submitCo(() -> pool.submitAio(() -> "worker", outcomes.get(2))));
        context.execute(() -> pool.submitAio(() -> "home", outcomes.get(3)));
        List<String> values = new ArrayList<>();
        for (Outcome<String> each : outcomes) {
            values.add(each.value());
        }
        assertThat(values).containsExactly("platform", "virtual", "worker", "home");
    }

    @Test
    void theStackShowsTheLayer() throws Exception {
        ThreadPool pool = pools.open();
        pool.submitAio(() -> Thread.currentThread().getStackTrace(), outcome);
        assertThat((StackTraceElement[]) outcome.value())
                .extracting(StackTraceElement::getMethodName)
                .contains("runAio")
                .doesNotContain("runCo", "runSubmit");
        StackTraceElement[] co = Callers.onVirtual(
                () -> pool.submitCo(() -> Thread.currentThread().getStackTrace()));
        assertThat(co)
                .extracting(StackTraceElement::getMethodName)
                .contains("runCo")
                .doesNotContain("runAio", "runSubmit");
        Outcome<StackTraceElement[]> plain = new Outcome<>();
        pool.submit(() -> plain.accept(Thread.currentThread().getStackTrace(), null));
        assertThat(plain.value())
                .extracting(StackTraceElement::getMethodName)
                .contains("runSubmit")
                .doesNotContain("runCo", "runAio");
    }
}
