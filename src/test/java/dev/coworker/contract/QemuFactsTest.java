package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What QEMU's unit test of its thread pool checks, on a context that is polled by hand as there. */
class QemuFactsTest {
    private static final int REQUESTS = 100;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AioContext context = pools.closeAfterwards(AioContext.manual());
    private final ThreadPool pool = pools.open(ThreadPool.builder().context(context));
    private final AtomicInteger runs = new AtomicInteger();
    private final Outcome<Integer> outcome = new Outcome<>();

    @Test
    void submitRunsTheWorkOnceAndReportsNoOutcome() {
        pool.submit(runs::incrementAndGet);
        Await.polling(context, "the work ran", () -> runs.get() > 0);
        assertThat(runs).hasValue(1);
    }

    @Test
    void submitAioCallsBackFromPollAndNotBefore() throws Exception {
        AioRequest<Integer> request = pool.submitAio(runs::incrementAndGet, outcome);
        assertThat(outcome.calls()).isZero();
        Callers.until("done", () -> request.state() == State.DONE);
        assertThat(outcome.calls()).isZero();
        Await.polling(context, "called back", () -> outcome.calls() > 0);
        assertThat(runs).hasValue(1);
        assertThat(outcome.value()).isOne();
        assertThat(outcome.failure()).isNull();
    }

    @Test
    void submitCoLetsTheLoopThreadGoOnAndResumesTheCallerWithTheResult() throws Exception {
        Gate gate = new Gate();
        Callers.Caller<Integer> coroutine = Callers.virtual(() -> pool.submitCo(() -> {
            gate.pass();
            return runs.incrementAndGet();
        }));
        gate.awaitArrived(1);
        assertThat(coroutine.isDone()).isFalse();
        assertThat(runs).hasValue(0);
        context.poll(false);
        gate.open();
        Await.polling(context, "resumed", coroutine::isDone);
        assertThat(coroutine.result()).isOne();
        assertThat(runs).hasValue(1);
    }

    @Test
    void submitManyRunsEachOnceAndCallsBackForEach() throws Exception {
        List<AtomicInteger> each = new ArrayList<>();
        List<Outcome<Integer>> outcomes = new ArrayList<>();
        AtomicInteger active = new AtomicInteger(REQUESTS);
        for (int i = 0; i < REQUESTS; i++) {
            AtomicInteger n = new AtomicInteger();
            Outcome<Integer> called = new Outcome<>();
            each.add(n);
            outcomes.add(called);
            pool.submitAio(n::incrementAndGet, (value, failure) -> {
                active.decrementAndGet();
                called.accept(value, failure);
            });
        }
        Await.polling(context, "all called back", () -> active.get() == 0);
        for (int i = 0; i < REQUESTS; i++) {
            assertThat(each.get(i)).hasValue(1);
            assertThat(outcomes.get(i).calls()).isOne();
            assertThat(outcomes.get(i).value()).isOne();
        }
    }

    /** More requests than workers: those that started finish, those that had not are canceled, each calls back once. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void cancelStealsWhatHasNotStartedAndWaitsForWhatHas(boolean waiting) throws Exception {
        Gate gate = new Gate();
        List<AtomicInteger> each = new ArrayList<>();
        List<Outcome<Integer>> outcomes = new ArrayList<>();
        List<AioRequest<Integer>> requests = new ArrayList<>();
        for (int i = 0; i < REQUESTS; i++) {
            AtomicInteger n = new AtomicInteger();
            each.add(n);
            outcomes.add(new Outcome<>());
            requests.add(pool.submitAio(
                    () -> {
                        gate.pass();
                        return n.incrementAndGet();
                    },
                    outcomes.get(i)));
        }
        int workers = pool.stats().maxThreads();
        Await.polling(context, "every worker has one", () -> pool.stats().active() == workers);
        gate.awaitArrived(workers);
        assertThat(pool.stats().queued()).isEqualTo(REQUESTS - workers);

        List<AioRequest<Integer>> started = new ArrayList<>();
        for (AioRequest<Integer> request : requests) {
            if (request.state() == State.QUEUED) {
                assertThat(waiting ? request.cancel() : request.cancelAsync()).isTrue();
            } else {
                started.add(request);
            }
        }
        assertThat(started).hasSize(workers);
        assertThat(pool.stats().queued()).isZero();
        for (AioRequest<Integer> request : started) {
            assertThat(request.cancelAsync()).isFalse();
        }
        gate.open();
        if (waiting) {
            for (AioRequest<Integer> request : started) {
                assertThat(request.cancel()).isFalse();
            }
        } else {
            Await.polling(context, "all called back", () -> outcomes.stream().allMatch(o -> o.calls() > 0));
        }

        for (int i = 0; i < REQUESTS; i++) {
            Outcome<Integer> called = outcomes.get(i);
            assertThat(called.calls()).isOne();
            if (requests.get(i).state() == State.CANCELED) {
                assertThat(each.get(i)).hasValue(0);
                assertThat(called.failure()).isInstanceOf(CancellationException.class);
            } else {
                assertThat(each.get(i)).hasValue(1);
                assertThat(called.value()).isOne();
            }
        }
        assertThat(pool.stats().canceled()).isEqualTo(REQUESTS - workers);
    }
}
