package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.coworker.AioRequest;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Slices of a pool at its bound. */
class SliceBoundTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final List<String> started = Collections.synchronizedList(new ArrayList<>());

    /** A pool whose worker stands at the gate, and whose queue has one place, which is taken. */
    private ThreadPool openFull() throws InterruptedException {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).maxQueued(1));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        pool.submit(() -> started.add("queued"));
        return pool;
    }

    private static void assertHasRoomAgain(ThreadPool pool) {
        assertThat(pool.stats().waiting()).isZero();
        pool.submit(() -> {});
    }

    @Test
    void aRequestWithAPermitWaitsForAPlaceInLineWithTheCallers() throws Exception {
        ThreadPool pool = openFull();
        Slice slice = pool.slice("dns", 1);
        slice.submit(() -> started.add("slice 1"));
        slice.submit(() -> started.add("slice 2"));
        assertThat(pool.stats().waiting()).isOne();
        Caller<Boolean> caller = Callers.virtual(() -> pool.submitCo(() -> started.add("caller")));
        Callers.until("it waits", () -> pool.stats().waiting() == 2);
        assertThat(pool.stats().queued()).isOne();
        gate.open();
        caller.result();
        slice.close();
        assertThat(started).containsExactly("queued", "slice 1", "caller", "slice 2");
        assertHasRoomAgain(pool);
    }

    @Test
    void aSliceAcceptsWhereThePoolRejects() throws Exception {
        ThreadPool pool = openFull();
        Slice slice = pool.slice("dns", 1);
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> pool.submit(() -> {}));
        slice.submit(() -> started.add("slice"));
        gate.open();
        slice.close();
        assertThat(started).containsExactly("queued", "slice");
    }

    @Test
    void aCanceledRequestInLineLeavesItAndItsPermitGoesToTheNext() throws Exception {
        ThreadPool pool = openFull();
        Slice slice = pool.slice("dns", 1);
        AioRequest<Boolean> request = slice.submitAio(() -> started.add("canceled"), (value, failure) -> {});
        slice.submit(() -> started.add("next"));
        assertThat(request.cancel()).isTrue();
        assertThat(pool.stats().waiting()).isOne();
        gate.open();
        slice.close();
        assertThat(started).containsExactly("queued", "next");
        assertHasRoomAgain(pool);
    }

    @Test
    void aRequestThatIsWithdrawnFromTheLaneCountsInThePoolToo() throws Exception {
        ThreadPool pool = openFull();
        Slice slice = pool.slice("dns", 1);
        slice.submit(() -> started.add("in line"));
        AioRequest<Boolean> inTheLane = slice.submitAio(() -> started.add("canceled"), (value, failure) -> {});
        assertThat(inTheLane.cancel()).isTrue();
        assertThat(pool.stats().submitted()).isEqualTo(3);
        assertThat(pool.stats().canceled()).isEqualTo(1);
        InvariantChecker.assertBalanced(pool.stats());
        gate.open();
        slice.close();
        assertThat(started).containsExactly("queued", "in line");
    }

    @Test
    void nothingIsLeftInLineForASliceThatWasEmptied() throws Exception {
        ThreadPool pool = openFull();
        Slice slice = pool.slice("dns", 1);
        AioRequest<Boolean> request = slice.submitAio(() -> started.add("canceled"), (value, failure) -> {});
        request.cancel();
        assertThat(pool.stats().waiting()).isZero();
        assertThat(slice.stats().curThreads()).isZero();
        gate.open();
    }

    @Test
    void startWithinZeroDoesNotStandInLine() throws Exception {
        ThreadPool pool = openFull();
        Slice slice = pool.slice("dns", 1);
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 42, Duration.ZERO));
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        assertThat(pool.stats().waiting()).isZero();
        assertThat(slice.stats().curThreads()).isZero();
        gate.open();
    }

    @Test
    void aCallThatFindsNoPermitFreeCountsInThePoolToo() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 1);
        slice.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 42, Duration.ZERO));
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class).hasMessageContaining("no permit is free");
        assertThat(slice.stats().timedOut()).isEqualTo(1);
        assertThat(pool.stats().timedOut()).isEqualTo(1);
        assertThat(pool.stats().submitted()).isEqualTo(2);
        gate.open();
    }

    @Test
    void startWithinZeroGivesThePlaceBackThatItFound() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).maxQueued(1));
        Slice slice = pool.slice("dns", 1);
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 42, Duration.ZERO));
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        pool.submit(() -> started.add("queued"));
        gate.open();
        pool.close();
        assertThat(started).containsExactly("queued");
    }

    @Test
    void closeOfThePoolServesTheSlicesRequestsInLine() throws Exception {
        ThreadPool pool = openFull();
        Slice slice = pool.slice("dns", 2);
        for (int i = 1; i <= 4; i++) {
            String name = "slice " + i;
            slice.submit(() -> started.add(name));
        }
        Caller<Object> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Await.parked(closer.thread);
        gate.open();
        closer.result();
        assertThat(started).containsExactly("queued", "slice 1", "slice 2", "slice 3", "slice 4");
    }

    @Test
    void closeOfThePoolWithinATimeCancelsTheSlicesRequestsInLine() throws Exception {
        ThreadPool pool = openFull();
        Slice slice = pool.slice("dns", 1);
        Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 42));
        Callers.until("it waits in line", () -> pool.stats().waiting() == 1);
        assertThat(pool.close(Duration.ZERO)).isFalse();
        assertThat(caller.failure()).isInstanceOf(CancellationException.class);
        assertThat(slice.stats().curThreads()).isZero();
        gate.open();
        Callers.until("the work has ended", () -> pool.stats().active() == 0);
    }
}
