package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** The coroutine layer's request, as whoever spins, or asks whether to spin, sees it. */
class CoRequestTest {
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
        CoRequest another = Callers.onVirtual(CoRequestTest::newRequest);
        assertThat(through(queue, another)).isEqualTo(RequestQueue.Offer.ACCEPTED);
        assertThat(through(queue, newRequest())).isEqualTo(RequestQueue.Offer.ACCEPTED);
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
