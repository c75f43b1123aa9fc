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
    void howManySeemToBeQueuedIsTheListWithoutTheInbox() {
        offered();
        offered();
        offered();
        assertThat(queue.seemsToHold(1)).isFalse();
        queue.take(new Worker(null, null));
        offered();
        assertThat(queue.seemsToHold(2)).isTrue();
        assertThat(queue.seemsToHold(3)).isFalse();
    }

    @Test
    void valuesAndFailuresAreCountedApart() {
        assertThat(queue.finished(false)).isEqualTo(1);
        assertThat(queue.finished(true)).isEqualTo(1);
        assertThat(queue.finished(false)).isEqualTo(2);
    }

    @Test
    void aClosedQueueTakesWhoWasAdmittedBeforeUntilItIsCanceled() {
        queue.close();
        assertThat(queue.offer(newRequest(), false)).isEqualTo(RequestQueue.Offer.CLOSED);
        assertThat(queue.offer(newRequest(), true)).isEqualTo(RequestQueue.Offer.ACCEPTED);
        assertThat(queue.closeAndCancel()).hasSize(1);
        assertThat(queue.offer(newRequest(), true)).isEqualTo(RequestQueue.Offer.CLOSED);
    }

    @Test
    void aRequestIsSeenWhetherItWasJustPushedOrIsInTheList() {
        assertThat(queue.isReached()).isFalse();
        Request request = offered();
        assertThat(queue.isReached()).as("pushed").isTrue();
        assertThat(queue.isEmpty()).as("pushed").isFalse();
        assertThat(queue.books().queued()).isEqualTo(1);
        assertThat(queue.isReached()).as("in the list").isTrue();
        assertThat(queue.isEmpty()).as("in the list").isFalse();
        assertThat(queue.remove(request, false)).isTrue();
        assertThat(queue.isReached()).isFalse();
        queue.close();
        assertThat(queue.isReached()).as("closed").isFalse();
        assertThat(queue.isEmpty()).as("closed").isTrue();
    }

    @Test
    void oneRequestIsToldFromSeveralWhereverTheyAre() {
        assertThat(queue.upTo(2)).isZero();
        offered();
        assertThat(queue.upTo(2)).as("one pushed").isEqualTo(1);
        queue.books();
        assertThat(queue.upTo(2)).as("one in the list").isEqualTo(1);
        offered();
        assertThat(queue.upTo(2)).as("one in each").isEqualTo(2);
        queue.books();
        assertThat(queue.upTo(2)).as("two in the list").isEqualTo(2);
        assertThat(queue.closeAndCancel()).hasSize(2);
        assertThat(queue.upTo(2)).as("closed").isZero();
    }

    @Test
    void severalThatWereJustPushedAreSeenAsSeveral() {
        offered();
        offered();
        offered();
        assertThat(queue.upTo(2)).isEqualTo(2);
        assertThat(queue.upTo(3)).isEqualTo(3);
        assertThat(queue.upTo(4)).isEqualTo(3);
        queue.books();
        offered();
        assertThat(queue.upTo(2)).as("not all of the list").isEqualTo(2);
        assertThat(queue.upTo(3)).as("in the list alone").isEqualTo(3);
        assertThat(queue.upTo(9)).as("in both").isEqualTo(4);
    }

    @Test
    void aRequestThatNeedsAFreeWorkerCountsWhatIsQueuedAndWhatRuns() {
        Request first = newRequest();
        assertThat(queue.offerIfFree(first, false, 1)).isEqualTo(RequestQueue.Offer.ACCEPTED);
        assertThat(queue.offerIfFree(newRequest(), false, 1)).isEqualTo(RequestQueue.Offer.NO_WORKER_FREE);
        assertThat(queue.take(new Worker(null, null))).isSameAs(first);
        assertThat(queue.offerIfFree(newRequest(), false, 1)).isEqualTo(RequestQueue.Offer.NO_WORKER_FREE);
        assertThat(queue.isQuiescent()).as("one runs").isFalse();
        queue.finished(false);
        assertThat(queue.isQuiescent()).isTrue();
        assertThat(queue.offerIfFree(newRequest(), false, 1)).isEqualTo(RequestQueue.Offer.ACCEPTED);
        assertThat(queue.books()).isEqualTo(new RequestQueue.Books(1, 0, 4, 1, 0, 2, 2));
    }

    @Test
    void aRequestThatNeedsAFreeWorkerSeesWhatWasJustPushed() {
        offered();
        assertThat(queue.offerIfFree(newRequest(), false, 1)).isEqualTo(RequestQueue.Offer.NO_WORKER_FREE);
        assertThat(queue.isQuiescent()).as("one is queued").isFalse();
    }

    @Test
    void aClosedQueueTakesARequestThatNeedsAFreeWorkerIfItWasAdmittedBefore() {
        queue.close();
        assertThat(queue.offerIfFree(newRequest(), false, 1)).isEqualTo(RequestQueue.Offer.CLOSED);
        assertThat(queue.offerIfFree(newRequest(), true, 1)).isEqualTo(RequestQueue.Offer.ACCEPTED);
        assertThat(queue.closeAndCancel()).hasSize(1);
        assertThat(queue.offerIfFree(newRequest(), true, 1)).isEqualTo(RequestQueue.Offer.CLOSED);
    }

    @Test
    void aCallerIsAloneWhenItFoundNothingAndWasTheLastToComeBefore() throws Exception {
        assertThat(offerCall()).as("the first of all").isEqualTo(RequestQueue.Offer.ACCEPTED);
        assertThat(offerCall()).as("its own is queued").isEqualTo(RequestQueue.Offer.ACCEPTED);
        queue.books();
        assertThat(offerCall()).as("its own are in the list").isEqualTo(RequestQueue.Offer.ACCEPTED);
        takeAll();
        assertThat(offerCall()).isEqualTo(RequestQueue.Offer.ACCEPTED_ALONE);
        takeAll();
        Thread other = Thread.ofPlatform().start(this::offerCall);
        other.join();
        takeAll();
        assertThat(offerCall()).as("another came in between").isEqualTo(RequestQueue.Offer.ACCEPTED);
        takeAll();
        assertThat(offered()).as("not a caller that waits").isNotNull();
        takeAll();
        assertThat(queue.offerIfFree(new CoRequest(new Object()), false, 9))
                .as("by the other way in")
                .isEqualTo(RequestQueue.Offer.ACCEPTED_ALONE);
        queue.close();
        assertThat(queue.offer(new CoRequest(new Object()), true))
                .as("one is queued")
                .isEqualTo(RequestQueue.Offer.ACCEPTED);
        takeAll();
        assertThat(queue.offer(new CoRequest(new Object()), true))
                .as("closed")
                .isEqualTo(RequestQueue.Offer.ACCEPTED_ALONE);
    }

    private RequestQueue.Offer offerCall() {
        return queue.offer(new CoRequest(new Object()), false);
    }

    private void takeAll() {
        while (queue.take(new Worker(null, null)) != null) {
            // until there is none
        }
    }

    @Test
    void whatWasJustPushedIsNeitherQuiescentNorForgottenAtTheEnd() {
        Request request = offered();
        assertThat(queue.isQuiescent()).isFalse();
        queue.books();
        Request pushed = offered();
        assertThat(queue.closeAndCancel()).containsExactly(request, pushed);
        assertThat(queue.offer(newRequest(), false)).isEqualTo(RequestQueue.Offer.CLOSED);
    }

    @Test
    void aTurnWhoseRequestWasWithdrawnMeanwhileCountsAsCanceled() {
        offered();
        offered();
        takeAll();
        queue.tookInVain(false);
        assertThat(queue.books()).isEqualTo(new RequestQueue.Books(0, 1, 2, 0, 0, 1, 0));
        queue.tookInVain(true);
        assertThat(queue.books()).isEqualTo(new RequestQueue.Books(0, 0, 2, 0, 0, 2, 1));
        assertThat(queue.isQuiescent()).isTrue();
    }

    @Test
    void requestsWithACallbackAreCountedAsSoonAsTheyAreAccepted() {
        offered();
        assertThat(queue.callbacks()).isZero();
        Request call = new AioCall(null, () -> 1, (value, failure) -> {});
        assertThat(queue.offer(call, false)).isEqualTo(RequestQueue.Offer.ACCEPTED);
        assertThat(queue.callbacks()).isEqualTo(1);
        assertThat(queue.remove(call, false)).isTrue();
        assertThat(queue.callbacks()).as("also when it is withdrawn").isEqualTo(1);
    }
}
