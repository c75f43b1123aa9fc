package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RequestQueueTest {
    private final RequestQueue queue = new RequestQueue();

    private static Request newRequest() {
        return new PlainRequest(() -> {}, null);
    }

    private Request offered() {
        Request request = newRequest();
        assertThat(queue.offer(request, false)).isEqualTo(RequestQueue.Offer.ACCEPTED);
        return request;
    }

    @Test
    void whatWasNeverOfferedIsNotWithdrawnAndNothingElseIsLost() {
        offered();
        offered();
        assertThat(queue.remove(newRequest(), false)).isFalse();
        assertThat(queue.books().queued()).isEqualTo(2);
        assertThat(queue.books().canceled()).isZero();
        assertThat(queue.closeAndCancel()).hasSize(2);
    }

    @Test
    void theOnlyRequestIsWithdrawnOnce() {
        Request request = offered();
        assertThat(queue.remove(request, false)).isTrue();
        assertThat(queue.remove(request, false)).isFalse();
        assertThat(queue.isEmpty()).isTrue();
        assertThat(queue.books().canceled()).isEqualTo(1);
    }

    @Test
    void whatIsWithdrawnAnywhereLeavesTheOthersInOrder() {
        Request first = offered();
        Request second = offered();
        Request third = offered();
        Request fourth = offered();
        Request fifth = offered();
        assertThat(queue.remove(third, false)).isTrue();
        assertThat(queue.remove(first, false)).isTrue();
        assertThat(queue.remove(fifth, true)).isTrue();
        Request sixth = offered();
        assertThat(queue.books().queued()).isEqualTo(3);
        assertThat(queue.books().timedOut()).isEqualTo(1);
        assertThat(queue.closeAndCancel()).containsExactly(second, fourth, sixth);
        assertThat(queue.isQuiescent()).isTrue();
    }

    @Test
    void aClosedQueueTakesWhoWasAdmittedBeforeUntilItIsCanceled() {
        queue.close();
        assertThat(queue.offer(newRequest(), false)).isEqualTo(RequestQueue.Offer.CLOSED);
        assertThat(queue.offer(newRequest(), true)).isEqualTo(RequestQueue.Offer.ACCEPTED);
        assertThat(queue.closeAndCancel()).hasSize(1);
        assertThat(queue.offer(newRequest(), true)).isEqualTo(RequestQueue.Offer.CLOSED);
    }
}
