package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What was withdrawn from a slice is unreachable at once, although the slice is stuck. So is a slice that was closed.
 */
class SliceRetentionTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private Slice stuck; // its one permit is held by a request that runs
    private Slice starved; // its one permit is held by a request in the ready list, behind that

    @BeforeEach
    void getStuck() throws InterruptedException {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        stuck = pool.slice("stuck", 1);
        stuck.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        starved = pool.slice("starved", 1);
    }

    private AioRequest<Integer> kept;

    private WeakReference<Object> cancel(Slice slice) {
        Object inWork = new Object();
        kept = slice.submitAio(inWork::hashCode, (value, failure) -> {});
        slice.submit(() -> {}); // behind it
        assertThat(kept.cancel()).isTrue();
        return new WeakReference<>(inWork);
    }

    @Test
    void workThatWasCanceledInASliceIsUnreachableThoughItsRequestIsKept() {
        Await.unreachable("the work", cancel(stuck));
        assertThat(kept.state()).isEqualTo(AioRequest.State.CANCELED);
        gate.open();
    }

    @Test
    void workThatWasCanceledInASliceIsUnreachableBeforeItsCallbackHasRun() throws Exception {
        AioContext home = pools.closeAfterwards(AioContext.manual());
        Slice slice = pools.open(ThreadPool.builder().context(home)).slice("unpolled", 1);
        Gate other = new Gate();
        slice.submit(other::pass);
        other.awaitArrived(1);
        WeakReference<Object> work = cancelAsync(slice);
        Await.unreachable("the work", work);
        assertThat(kept.state()).isEqualTo(AioRequest.State.CANCELED);
        other.open();
        gate.open();
    }

    private WeakReference<Object> cancelAsync(Slice slice) {
        Object inWork = new Object();
        kept = slice.submitAio(inWork::hashCode, (value, failure) -> {});
        assertThat(kept.cancelAsync()).isTrue();
        return new WeakReference<>(inWork);
    }

    @Test
    void workThatWasCanceledWithItsTurnInThePoolIsUnreachableThoughItsRequestIsKept() {
        Await.unreachable("the work", cancel(starved));
        assertThat(kept.state()).isEqualTo(AioRequest.State.CANCELED);
        gate.open();
    }

    @Test
    void aCanceledRequestIsUnreachable() {
        cancel(stuck);
        WeakReference<Object> request = new WeakReference<>(kept);
        kept = null;
        Await.unreachable("the request", request);
        cancel(starved);
        WeakReference<Object> other = new WeakReference<>(kept);
        kept = null;
        Await.unreachable("the request", other);
        gate.open();
    }

    @Test
    void aCallThatTimedOutInASliceIsUnreachable() throws Exception {
        WeakReference<Object> work = timeOut(stuck);
        Await.unreachable("the work", work);
        Await.unreachable("the work", timeOut(starved));
        gate.open();
    }

    private WeakReference<Object> timeOut(Slice slice) throws Exception {
        Object inWork = new Object();
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> inWork.hashCode(), Duration.ofNanos(1)));
        caller.failure();
        return new WeakReference<>(inWork);
    }

    @Test
    void aFutureThatWasCanceledInASliceKeepsNoWork() {
        Object inWork = new Object();
        Future<Integer> future = stuck.asExecutorService().submit(inWork::hashCode);
        assertThat(future.cancel(false)).isTrue();
        WeakReference<Object> work = new WeakReference<>(inWork);
        inWork = null;
        Await.unreachable("the work", work);
        assertThat(future.isCancelled()).isTrue();
        gate.open();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aClosedSliceIsUnreachableThoughItsPoolIsOpen(boolean within) {
        Await.unreachable("the slice", openAndClose(pools.open(), within));
        gate.open();
    }

    private static WeakReference<Object> openAndClose(ThreadPool pool, boolean within) {
        String name = new String("closed"); // the slice keeps it
        Slice slice = pool.slice(name, 1);
        if (within) {
            assertThat(slice.close(Duration.ofSeconds(20))).isTrue();
        } else {
            slice.close();
        }
        return new WeakReference<>(name);
    }

    @Test
    void aSliceThatEndedAfterItsCloseHadGivenUpIsUnreachableOnceAnotherIsMade() throws Exception {
        ThreadPool pool = pools.open();
        WeakReference<Object> givenUp = giveUp(pool);
        pool.slice("next", 1);
        Await.unreachable("the slice", givenUp);
        gate.open();
    }

    private static WeakReference<Object> giveUp(ThreadPool pool) throws InterruptedException {
        Gate work = new Gate();
        String name = new String("given up"); // the slice keeps it
        Slice slice = pool.slice(name, 1);
        slice.submit(work::passUninterruptibly);
        work.awaitArrived(1);
        assertThat(slice.close(Duration.ZERO)).isFalse();
        work.open();
        Callers.until("its request has ended", () -> slice.stats().curThreads() == 0);
        return new WeakReference<>(name);
    }
}
