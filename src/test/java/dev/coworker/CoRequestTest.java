package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The coroutine layer's request, as whoever spins, or asks whether to spin, sees it. */
class CoRequestTest {
    private static final long HARDLY_NANOS = 20_000_000;

    private final CoRequest request = newRequest();

    @Test
    void aValueIsWorthTheWaitAndNothingBeforeIt() {
        assertThat(request.isReached()).as("queued").isFalse();
        request.begin(null);
        assertThat(request.isReached()).as("active").isFalse();
        request.publish(1, false);
        assertThat(request.isReached()).as("returned").isTrue();
    }

    @Test
    void aFailureEndsTheWaitToo() {
        request.begin(null);
        request.publish(new IllegalStateException(), true);
        assertThat(request.isReached()).isTrue();
    }

    @Test
    void aCancellationEndsTheWaitToo() {
        request.cancelInQueue();
        assertThat(request.isReached()).isTrue();
    }

    @Test
    void onlyACallerThatFollowsItselfIsAlone() throws Exception {
        RequestQueue queue = new RequestQueue();
        assertThat(through(queue, request)).isEqualTo(RequestQueue.Offer.ACCEPTED);
        assertThat(through(queue, newRequest())).isEqualTo(RequestQueue.Offer.ACCEPTED_ALONE);
        assertThat(Callers.onVirtual(() -> through(queue, newRequest()))).isEqualTo(RequestQueue.Offer.ACCEPTED);
        assertThat(through(queue, newRequest())).isEqualTo(RequestQueue.Offer.ACCEPTED);
    }

    @Test
    void onlyWhoHasComeToParkIsUnparked() throws Exception {
        Dispatcher dispatcher = new Dispatcher(
                "test", AioContext.manual(), Admission.UNBOUNDED, (t, e) -> {}, Thread::new, 0, 1, 0, false);
        Callers.Caller<Boolean> caller = Callers.virtual(() -> {
            request.begin(null);
            request.publish(1, false);
            Callers.platform(this::tell).result();
            long since = System.nanoTime();
            LockSupport.parkNanos(HARDLY_NANOS);
            return System.nanoTime() - since >= HARDLY_NANOS;
        });
        assertThat(caller.result()).as("has no permit").isTrue();

        CoRequest another = newRequest();
        another.begin(null);
        Callers.Caller<Object> parked = Callers.virtual(() -> await(another, dispatcher));
        Callers.until("it parks", () -> parked.thread.getState() == Thread.State.WAITING);
        another.publish(2, false);
        another.settled();
        assertThat(parked.result()).isEqualTo(2);
    }

    private boolean tell() {
        request.settled();
        return true;
    }

    private static Object await(CoRequest request, Dispatcher dispatcher) throws Exception {
        try {
            return request.await(dispatcher, Long.MAX_VALUE);
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static CoRequest newRequest() {
        return new CoRequest((Callable<Integer>) () -> 1);
    }

    /** Offers a request to the empty queue, and takes it back. */
    private static RequestQueue.Offer through(RequestQueue queue, CoRequest request) {
        RequestQueue.Offer offer = queue.offer(request, false);
        assertThat(queue.remove(request, false)).isTrue();
        return offer;
    }
}
