package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class CancelTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final AtomicBoolean ran = new AtomicBoolean();
    private final Outcome<Object> outcome = new Outcome<>();

    private ThreadPool openStuck() throws InterruptedException {
        return openStuck(ThreadPool.builder());
    }

    /** A pool whose only worker stands at the gate. */
    private ThreadPool openStuck(ThreadPool.Builder builder) throws InterruptedException {
        ThreadPool pool = pools.open(builder.maxThreads(1));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        return pool;
    }

    @Test
    void aQueuedRequestIsStolenAndItsWorkNeverRuns() throws Exception {
        ThreadPool pool = openStuck();
        AioRequest<Boolean> request = pool.submitAio(() -> ran.getAndSet(true), outcome);
        assertThat(request.cancelAsync()).isTrue();
        assertThat(request.state()).isEqualTo(State.CANCELED);
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
        assertThat(pool.stats().canceled()).isOne();
        assertThat(pool.stats().timedOut()).isZero();
    }

    @Test
    void theCallbackReceivesACancellationException() throws Exception {
        ThreadPool pool = openStuck();
        pool.submitAio(() -> "never", outcome).cancelAsync();
        assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
        assertThat(outcome.value()).isNull();
        gate.open();
        pool.close();
        assertThat(outcome.calls()).isOne();
    }

    @Test
    void queuedFallsBeforeTheCallReturns() throws Exception {
        ThreadPool pool = openStuck();
        List<AioRequest<String>> requests = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            requests.add(pool.submitAio(() -> "never", new Outcome<>()));
        }
        Collections.shuffle(requests, new Random(1));
        for (int left = 99; left >= 0; left--) {
            assertThat(requests.get(left).cancelAsync()).isTrue();
            assertThat(pool.stats().queued()).isEqualTo(left);
            assertThat(pool.stats().canceled()).isEqualTo(100 - left);
        }
        gate.open();
    }

    @Test
    void theWorkIsUnreachableAtOnceWhileThePoolIsStuck() throws Exception {
        // the context is not polled: the callback has not been delivered either
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = openStuck(ThreadPool.builder().context(context));
        pool.submitAio(() -> "before", new Outcome<>());
        Holding holding = Holding.submitTo(pool, outcome);
        pool.submitAio(() -> "after", new Outcome<>());
        System.gc();
        assertThat(holding.captured.get()).isNotNull();
        holding.request.cancelAsync();
        Await.unreachable("the work", holding.captured);
        assertThat(holding.request.state()).isEqualTo(State.CANCELED);
        assertThat(outcome.calls()).isZero();
        gate.open();
    }

    /** A request, and what only its work refers to. */
    private record Holding(AioRequest<Integer> request, WeakReference<Object> captured) {
        static Holding submitTo(ThreadPool pool, Outcome<Object> outcome) {
            Object captured = new Object();
            return new Holding(
                    pool.submitAio(() -> System.identityHashCode(captured), outcome), new WeakReference<>(captured));
        }
    }

    @Test
    void theCallbackIsScheduledAtOnceWhileThePoolIsStuck() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = openStuck(ThreadPool.builder().context(context));
        while (context.poll(false)) {}
        pool.submitAio(() -> "never", outcome).cancelAsync();
        assertThat(outcome.calls()).isZero();
        assertThat(context.poll(false)).isTrue();
        assertThat(outcome.calls()).isOne();
        gate.open();
    }

    @Test
    void trueGoesToOneCallOnly() throws Exception {
        ThreadPool pool = openStuck();
        int threads = 6;
        CyclicBarrier start = new CyclicBarrier(threads + 1);
        for (int round = 0; round < 40; round++) {
            AioRequest<String> request = pool.submitAio(() -> "never", new Outcome<>());
            AtomicInteger stolen = new AtomicInteger();
            List<Caller<Object>> cancelers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                boolean async = i % 2 == 0;
                cancelers.add(Callers.platform(() -> {
                    start.await();
                    if (async ? request.cancelAsync() : request.cancel()) {
                        stolen.incrementAndGet();
                    }
                    return null;
                }));
            }
            start.await();
            for (Caller<Object> canceler : cancelers) {
                canceler.result();
            }
            assertThat(stolen).hasValue(1);
            assertThat(request.cancelAsync()).isFalse();
            assertThat(request.cancel()).isFalse();
        }
        assertThat(pool.stats().canceled()).isEqualTo(40);
        gate.open();
    }

    @Test
    void aRequestEitherRunsOrIsCanceled() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        int n = 2_000;
        List<AtomicInteger> runs = new ArrayList<>();
        List<Outcome<Integer>> outcomes = new ArrayList<>();
        boolean[] stolen = new boolean[n];
        for (int i = 0; i < n; i++) {
            AtomicInteger run = new AtomicInteger();
            Outcome<Integer> each = new Outcome<>();
            runs.add(run);
            outcomes.add(each);
            AioRequest<Integer> request = pool.submitAio(run::incrementAndGet, each);
            if (i % 3 == 0) {
                Thread.onSpinWait();
            }
            stolen[i] = request.cancelAsync();
        }
        pool.close();
        int canceled = 0;
        for (int i = 0; i < n; i++) {
            canceled += stolen[i] ? 1 : 0;
            assertThat(runs.get(i)).hasValue(stolen[i] ? 0 : 1);
            assertThat(outcomes.get(i).calls()).isOne();
            assertThat(outcomes.get(i).failure() instanceof CancellationException)
                    .isEqualTo(stolen[i]);
        }
        assertThat(pool.stats().canceled()).isEqualTo(canceled);
        assertThat(pool.stats().completed()).isEqualTo(n - canceled);
    }

    @Test
    void aStartedRequestIsNotStolenAndNotStopped() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<Boolean> request = pool.submitAio(
                () -> {
                    gate.pass();
                    return Thread.currentThread().isInterrupted();
                },
                outcome);
        gate.awaitArrived(1);
        assertThat(request.cancelAsync()).isFalse();
        assertThat(request.state()).isEqualTo(State.ACTIVE);
        gate.open();
        assertThat(outcome.value()).isEqualTo(false);
        assertThat(request.cancelAsync()).isFalse();
        assertThat(request.state()).isEqualTo(State.DONE);
        assertThat(pool.stats().canceled()).isZero();
    }

    @Test
    void theOthersKeepTheirOrder() throws Exception {
        ThreadPool pool = openStuck();
        List<Integer> served = new ArrayList<>();
        List<Integer> expected = new ArrayList<>();
        List<AioRequest<Boolean>> requests = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int n = i;
            requests.add(pool.submitAio(() -> served.add(n), new Outcome<>()));
        }
        for (int i = 0; i < 300; i++) {
            if (i % 3 == 1) {
                expected.add(i);
            } else {
                assertThat(requests.get(i).cancelAsync()).isTrue();
            }
        }
        gate.open();
        pool.close();
        assertThat(served).isEqualTo(expected);
    }

    @Test
    void anEmptiedQueueServesWhatComesNext() throws Exception {
        ThreadPool pool = openStuck();
        for (int i = 0; i < 3; i++) {
            pool.submitAio(() -> ran.getAndSet(true), new Outcome<>()).cancelAsync();
        }
        pool.submitAio(() -> "next", outcome);
        gate.open();
        assertThat(outcome.value()).isEqualTo("next");
        assertThat(ran).isFalse();
    }

    @Test
    void thePlaceAtTheBoundIsFreeBeforeTheCallReturns() throws Exception {
        ThreadPool pool = openStuck(ThreadPool.builder().maxQueued(1));
        for (int i = 0; i < 10; i++) {
            AioRequest<String> request = pool.submitAio(() -> "never", new Outcome<>());
            assertThat(catchRejection(pool)).isNotNull();
            assertThat(request.cancelAsync()).isTrue();
        }
        pool.submitAio(() -> "last", outcome);
        gate.open();
        assertThat(outcome.value()).isEqualTo("last");
        assertThat(pool.stats().rejected()).isEqualTo(10);
    }

    private static RejectedExecutionException catchRejection(ThreadPool pool) {
        try {
            pool.submit(() -> {});
            return null;
        } catch (RejectedExecutionException e) {
            return e;
        }
    }

    @Test
    void aWorkerMayCancelWhatIsQueued() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Outcome<Boolean> canceled = new Outcome<>();
        pool.submit(() -> canceled.accept(
                pool.submitAio(() -> ran.getAndSet(true), outcome).cancel(), null));
        assertThat(canceled.value()).isTrue();
        assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
        assertThat(ran).isFalse();
    }
}
