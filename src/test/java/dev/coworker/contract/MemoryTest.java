package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What happens-before what, and what refers to what. */
class MemoryTest {
    private static final int ROUNDS = 300;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    /** Nothing but the pool orders the accesses to these. */
    private int submitted;

    private int worked;
    private int calledBack;

    private Callable<Integer> work() {
        return () -> worked = submitted;
    }

    @Test
    void theSubmitterIsSeenByTheWorkAndTheWorkByTheCaller() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        Callers.onVirtual(() -> {
            for (int i = 1; i <= ROUNDS; i++) {
                submitted = i;
                assertThat(pool.submitCo(() -> worked = submitted)).isEqualTo(i);
                assertThat(worked).isEqualTo(i);
            }
            return null;
        });
    }

    @Test
    void theWorkIsSeenByTheCallbackAndBothByCancel() {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        for (int i = 1; i <= ROUNDS; i++) {
            submitted = i;
            AioRequest<Integer> request = pool.submitAio(work(), (value, failure) -> calledBack = worked);
            Callers.until("started", () -> request.state() != State.QUEUED);
            request.cancel();
            assertThat(worked).isEqualTo(i);
            assertThat(calledBack).isEqualTo(i);
        }
    }

    @Test
    void theWorkIsSeenByAThreadThatSeesDone() {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(4));
        for (int i = 1; i <= ROUNDS; i++) {
            submitted = i;
            AioRequest<Integer> request = pool.submitAio(work(), (value, failure) -> {});
            while (request.state() != State.DONE) {
                Thread.onSpinWait();
            }
            assertThat(worked).isEqualTo(i);
        }
    }

    @Test
    void everythingIsSeenByClose() {
        for (int i = 1; i <= 20; i++) {
            ThreadPool pool = pools.open();
            submitted = i;
            pool.submitAio(work(), (value, failure) -> calledBack = worked);
            pool.submit(() -> {});
            pool.close();
            assertThat(worked).isEqualTo(i);
            assertThat(calledBack).isEqualTo(i);
        }
    }

    /** A kept request, and what the user passed in or got out. */
    private record Kept(
            AioRequest<Object> request,
            WeakReference<Object> inWork,
            WeakReference<Object> inCallback,
            WeakReference<Object> value) {
        static Kept submitTo(ThreadPool pool) {
            Object inWork = new Object();
            Object inCallback = new Object();
            List<Object> value = new ArrayList<>();
            Callable<Object> work = () -> {
                value.add(inWork.hashCode());
                return value;
            };
            BiConsumer<Object, Throwable> callback = (result, failure) -> inCallback.hashCode();
            return new Kept(
                    pool.submitAio(work, callback),
                    new WeakReference<>(inWork),
                    new WeakReference<>(inCallback),
                    new WeakReference<>(value));
        }

        void awaitRelease() {
            Await.unreachable("what the work held", inWork);
            Await.unreachable("what the callback held", inCallback);
            Await.unreachable("the value", value);
        }
    }

    @Test
    void aDeliveredRequestHoldsOfTheUsersOnlyTheOutcome() {
        ThreadPool pool = pools.open();
        Kept kept = Kept.submitTo(pool);
        Callers.until("started", () -> kept.request.state() != State.QUEUED);
        kept.request.cancel();
        Await.unreachable("what the work held", kept.inWork);
        Await.unreachable("what the callback held", kept.inCallback);
        assertThat(kept.request.toCompletableFuture()).isCompletedWithValue(kept.value.get());
    }

    @Test
    void aCanceledRequestHoldsNothingOfTheUsers() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Kept kept = Kept.submitTo(pool);
        assertThat(kept.request.cancel()).isTrue();
        kept.awaitRelease();
        assertThat(kept.request.state()).isEqualTo(State.CANCELED);
        gate.open();
    }

    @Test
    void aKeptRequestHoldsNoOther() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        List<WeakReference<AioRequest<Integer>>> others = new ArrayList<>();
        others.add(submitUnkept(pool));
        AioRequest<Integer> kept = pool.submitAio(() -> 0, (value, failure) -> {});
        others.add(submitUnkept(pool));
        AioRequest<Integer> canceled = pool.submitAio(() -> 0, (value, failure) -> {});
        others.add(submitUnkept(pool));
        canceled.cancel();
        gate.open();
        Callers.until("all have ended", () -> pool.stats().completed() == 5);
        for (WeakReference<AioRequest<Integer>> other : others) {
            Await.unreachable("another request", other);
        }
        assertThat(kept.state()).isEqualTo(State.DONE);
        assertThat(canceled.state()).isEqualTo(State.CANCELED);
    }

    @Test
    void aRunningRequestHoldsNoOther() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Gate first = new Gate();
        Gate second = new Gate();
        Gate running = new Gate();
        pool.submit(first::pass);
        first.awaitArrived(1);
        pool.submit(second::pass);
        second.awaitArrived(1);
        pool.submit(running::pass);
        WeakReference<AioRequest<Integer>> next = submitUnkept(pool);
        first.open();
        running.awaitArrived(1);
        second.open();
        Callers.until("the next has ended", () -> pool.stats().completed() == 3);
        Await.unreachable("the next request", next);
        assertThat(pool.stats().active()).isOne();
        running.open();
    }

    private static WeakReference<AioRequest<Integer>> submitUnkept(ThreadPool pool) {
        return new WeakReference<>(pool.submitAio(() -> 1, (value, failure) -> {}));
    }

    @Test
    void anIdleWorkerHoldsNothingOfTheLastRequest() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        WeakReference<Object> plain = submitHolding(pool);
        Callers.until("idle", () -> pool.stats().idleThreads() == 1);
        Await.unreachable("the work of submit", plain);
        WeakReference<Object> co = callHolding(pool);
        Callers.until("idle", () -> pool.stats().idleThreads() == 1);
        Await.unreachable("the work of submitCo", co);
        assertThat(pool.stats().completed()).isEqualTo(2);
    }

    private static WeakReference<Object> submitHolding(ThreadPool pool) {
        Object held = new Object();
        pool.submit(held::hashCode);
        return new WeakReference<>(held);
    }

    private static WeakReference<Object> callHolding(ThreadPool pool) throws Exception {
        Object held = new Object();
        Callers.onVirtual(() -> pool.submitCo(() -> held.hashCode()));
        return new WeakReference<>(held);
    }

    @Test
    void aWithdrawnCallLeavesNothingBehindWhileThePoolIsStuck() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Await.unreachable("the work", interruptHolding(pool));
        assertThat(pool.stats().active()).isOne();
        gate.open();
    }

    private static WeakReference<Object> interruptHolding(ThreadPool pool) throws Exception {
        Object held = new Object();
        Callers.Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> held.hashCode()));
        Callers.until("queued", () -> pool.stats().queued() == 1);
        caller.thread.interrupt();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        return new WeakReference<>(held);
    }
}
