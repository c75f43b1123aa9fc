package dev.coworker;

import static dev.coworker.Interleavings.explore;

import java.util.List;
import org.junit.jupiter.api.Test;

/** One request, one outcome, whoever is first. */
class RequestQueueInterleavingTest {

    @Test
    void aRequestIsTakenOrWithdrawnOrCanceledByClose() throws Exception {
        explore("take against remove against closeAndCancel", () -> {
            RequestQueue queue = Actor.share(new RequestQueue());
            PlainRequest first = Actor.share(request());
            PlainRequest second = Actor.share(request());
            queue.offer(first, false);
            queue.offer(second, false);
            Worker worker = Actor.share(new Worker(null, null));
            int[] outcomes = new int[3];
            Actor taker = Actor.start(() -> {
                for (Request taken; (taken = queue.take(worker)) != null; outcomes[0]++) {
                    queue.finished(false);
                    taken.publish(null, false);
                }
            });
            Actor remover = Actor.start(() -> {
                outcomes[1] += queue.remove(second, false) ? 1 : 0;
                outcomes[1] += queue.remove(second, true) ? 1 : 0;
            });
            List<Request> closed = queue.closeAndCancel();
            outcomes[2] = closed.size();
            Actor.end(taker, remover);

            RequestQueue.Books books = queue.books();
            Check.that(outcomes[0] + outcomes[1] + outcomes[2] == 2 && outcomes[1] <= 1, books);
            Check.that(books.completed() == outcomes[0] && books.canceled() == outcomes[1] + outcomes[2], books);
            Check.that(books.submitted() == 2 && books.queued() == 0 && books.active() == 0, books);
            Check.that(isEnded(first) && isEnded(second), first.internalState() + " " + second.internalState());
        });
    }

    @Test
    void anOfferIsAcceptedAndSeenOrRefused() throws Exception {
        explore("offer against close", () -> {
            RequestQueue queue = Actor.share(new RequestQueue());
            RequestQueue.Offer[] offers = new RequestQueue.Offer[2];
            Actor submitter = Actor.start(() -> offers[0] = queue.offer(request(), false));
            Actor admitted = Actor.start(() -> offers[1] = queue.offer(request(), true));
            queue.close();
            boolean empty = queue.isEmpty();
            int canceled = queue.closeAndCancel().size();
            Actor.end(submitter, admitted);

            int accepted = 0;
            for (RequestQueue.Offer offer : offers) {
                accepted += offer == RequestQueue.Offer.ACCEPTED ? 1 : 0;
            }
            Check.that(accepted == canceled, accepted + " " + canceled);
            Check.that(offers[0] == RequestQueue.Offer.CLOSED || !empty, "accepted before close, and not seen by it");
            Check.that(queue.isEmpty() && queue.isQuiescent(), queue.books());
        });
    }

    @Test
    void anInterruptReachesTheRequestItWasMeantForOrNone() throws Exception {
        explore("interrupt against publish and the next request", () -> {
            RequestQueue queue = Actor.share(new RequestQueue());
            PlainRequest first = Actor.share(request());
            PlainRequest second = Actor.share(request());
            queue.offer(first, false);
            queue.offer(second, false);
            Worker worker = Actor.share(new Worker(null, null));
            boolean[] strayed = new boolean[1];
            Actor taker = Actor.start(() -> {
                worker.setThread(Thread.currentThread());
                queue.take(worker);
                queue.finished(false);
                first.publish(null, false);
                Thread.interrupted();
                queue.take(worker);
                strayed[0] = Thread.currentThread().isInterrupted();
                queue.finished(false);
                second.publish(null, false);
            });
            Actor interrupter = Actor.start(first::interruptWorker);
            Actor.end(taker, interrupter);

            Check.that(!strayed[0], "the next request was interrupted");
            Check.that(isEnded(first) && isEnded(second), first.internalState() + " " + second.internalState());
        });
    }

    private static PlainRequest request() {
        return new PlainRequest(() -> {}, null);
    }

    private static boolean isEnded(Request request) {
        return request.internalState() == Request.RETURNED || request.internalState() == Request.CANCELED;
    }
}
