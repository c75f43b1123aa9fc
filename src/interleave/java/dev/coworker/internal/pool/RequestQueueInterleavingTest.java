package dev.coworker.internal.pool;

import static dev.coworker.interleave.Interleavings.explore;

import dev.coworker.interleave.Actor;
import dev.coworker.interleave.Check;
import dev.coworker.internal.base.Timer;
import dev.coworker.internal.loop.EventLoop;
import org.junit.jupiter.api.Test;

/** One request, one outcome. A place or a permit that comes free goes to a request, and none is lost. */
class RequestQueueInterleavingTest {

    /** A queue at its bound of one, with two lanes of one permit each. */
    private static final class Model {
        final RequestQueue queue = new RequestQueue(0, 1);
        final EventLoop loop = EventLoop.manual(this);
        final Lane a = new Lane("a", 1, Pool.UNBOUNDED, loop);
        final Lane b = new Lane("b", 1, Pool.UNBOUNDED, loop);
        final Request running;

        Model(boolean inLane) {
            queue.open(a, "model", 0);
            queue.open(b, "model", 0);
            running = offer(inLane ? a : null);
            queue.take(worker());
            Actor.share(this);
        }

        Request offer(Lane lane) {
            Request request = request(lane);
            queue.offer(request, true);
            return request;
        }

        void finishRunning() {
            finish(running);
        }

        void finish(Request request) {
            queue.finish(request, false);
            request.publish(null, false);
        }

        /** Takes what is ready and finishes it, one after the other. Returns how many requests ran. */
        int serve() {
            int ran = 0;
            for (Request next; (next = queue.take(worker())) != null; ) {
                if (next.internalState() == Request.ACTIVE) {
                    finish(next);
                    ran++;
                }
            }
            return ran;
        }

        /** As a reader may see it at any moment: no request waits for a permit that is free. */
        void checkLane(Lane lane) {
            boolean leftBehind = queue.read(() -> lane.hasFreePermit() && !lane.waiting.isEmpty());
            Check.that(!leftBehind, "a request waits, and a permit is free");
        }

        /** Nothing moves: what waits for a place must wait because the bound is reached. */
        void checkBound() {
            Pool.Counters counters = queue.counters(new int[6], 0, 0, 0, 0);
            Check.that(counters.waiting() == 0 || counters.queued() + counters.active() == 1, counters);
        }

        /** Everything has ended, and everything is free. */
        void end(long completed, long canceled) {
            Pool.Counters counters = queue.counters(new int[6], 0, 0, 0, 0);
            Check.that(counters.completed() == completed && counters.canceled() == canceled, counters);
            Check.that(counters.submitted() == completed + canceled && counters.waiting() == 0, counters);
            Check.that(queue.isQuiescent() && a.isIdle() && b.isIdle(), counters);
            RequestQueue.Offer offer = queue.offer(request(a), false);
            Check.that(offer == RequestQueue.Offer.READY_ALONE || offer == RequestQueue.Offer.CLOSED, offer);
        }
    }

    @Test
    void aRequestIsTakenOrWithdrawnOrCanceledByClose() throws Exception {
        explore("queue, take against remove against close", () -> {
            RequestQueue queue = Actor.share(new RequestQueue(Pool.UNBOUNDED, 1));
            Request first = Actor.share(request(null));
            Request second = Actor.share(request(null));
            queue.offer(first, false);
            queue.offer(second, false);
            Worker worker = Actor.share(worker());
            int[] outcomes = new int[3];
            Actor taker = Actor.start(() -> {
                for (Request taken; (taken = queue.take(worker)) != null; outcomes[0]++) {
                    queue.finish(taken, false);
                    taken.publish(null, false);
                }
            });
            Actor remover = Actor.start(() -> {
                outcomes[1] += queue.remove(second, RequestQueue.Reason.WITHDRAWN) ? 1 : 0;
                outcomes[1] += queue.remove(second, RequestQueue.Reason.TIMED_OUT) ? 1 : 0;
            });
            queue.close();
            outcomes[2] = queue.cancelAll(null).size();
            Actor.end(taker, remover);

            Pool.Counters counters = queue.counters(new int[6], 0, 0, 0, 0);
            Check.that(outcomes[0] + outcomes[1] + outcomes[2] == 2 && outcomes[1] <= 1, counters);
            Check.that(counters.completed() == outcomes[0], counters);
            Check.that(counters.canceled() == outcomes[1] + outcomes[2], counters);
            Check.that(counters.submitted() == 2 && queue.isQuiescent(), counters);
            Check.that(isEnded(first) && isEnded(second), first.internalState() + " " + second.internalState());
        });
    }

    @Test
    void anOfferIsAcceptedAndSeenOrRefused() throws Exception {
        explore("queue, offer against close", () -> {
            RequestQueue queue = Actor.share(new RequestQueue(Pool.UNBOUNDED, 1));
            RequestQueue.Offer[] offers = new RequestQueue.Offer[2];
            Actor first = Actor.start(() -> offers[0] = queue.offer(request(null), false));
            Actor second = Actor.start(() -> offers[1] = queue.offer(request(null), true));
            queue.close();
            boolean empty = queue.isEmpty();
            int canceled = queue.cancelAll(null).size();
            Actor.end(first, second);

            int accepted = 0;
            for (RequestQueue.Offer offer : offers) {
                accepted += offer == RequestQueue.Offer.CLOSED ? 0 : 1;
            }
            Check.that(accepted == canceled, accepted + " " + canceled);
            Check.that(accepted == 0 || !empty, "accepted before close, and not seen by it");
            Check.that(queue.isEmpty() && queue.isQuiescent(), "not quiescent");
        });
    }

    @Test
    void anInterruptReachesTheRequestItWasMeantForOrNone() throws Exception {
        explore("queue, interrupt against publish and the next request", () -> {
            RequestQueue queue = Actor.share(new RequestQueue(Pool.UNBOUNDED, 1));
            Request first = Actor.share(request(null));
            Request second = Actor.share(request(null));
            queue.offer(first, false);
            queue.offer(second, false);
            Worker worker = Actor.share(worker());
            boolean[] strayed = new boolean[1];
            Actor taker = Actor.start(() -> {
                worker.setThread(Thread.currentThread());
                queue.take(worker);
                queue.finish(first, false);
                first.publish(null, false);
                Thread.interrupted();
                queue.take(worker);
                strayed[0] = Thread.currentThread().isInterrupted();
                queue.finish(second, false);
                second.publish(null, false);
            });
            Actor interrupter = Actor.start(first::interrupt);
            Actor.end(taker, interrupter);

            Check.that(!strayed[0], "the next request was interrupted");
            Check.that(isEnded(first) && isEnded(second), first.internalState() + " " + second.internalState());
        });
    }

    @Test
    void aPlaceThatComesFreeGoesToTheOldestThatIsLeft() throws Exception {
        explore("queue, a place freed against cancel and offer", () -> {
            Model model = new Model(false);
            Request first = model.offer(null);
            model.offer(null);
            boolean[] withdrawn = new boolean[1];
            Actor worker = Actor.start(model::finishRunning);
            Actor canceler = Actor.start(() -> withdrawn[0] = model.queue.remove(first, RequestQueue.Reason.WITHDRAWN));
            model.offer(null);
            Actor.end(worker, canceler);
            model.checkBound();
            Check.that(withdrawn[0] && model.serve() == 2, "a request is left behind");
            model.end(3, 1);
        });
    }

    @Test
    void aPermitThatComesFreeGoesToTheOldestThatIsLeft() throws Exception {
        explore("queue, a permit freed against cancel and offer", () -> {
            Model model = new Model(true);
            Request first = model.offer(model.a);
            model.offer(model.a);
            boolean[] withdrawn = new boolean[1];
            Actor worker = Actor.start(() -> {
                model.finishRunning();
                model.checkLane(model.a);
            });
            Actor canceler = Actor.start(() -> withdrawn[0] = model.queue.remove(first, RequestQueue.Reason.WITHDRAWN));
            model.offer(model.a);
            model.checkLane(model.a);
            Actor.end(worker, canceler);
            Check.that(withdrawn[0] && model.serve() == 2, "a request is left behind");
            model.end(3, 1);
        });
    }

    @Test
    void requestsOfTwoSlicesAndOfThePoolShareTheBound() throws Exception {
        explore("queue, two lanes and the overflow line", () -> {
            Model model = new Model(true);
            Request atPermit = model.offer(model.a); // in the lane
            Request atBound = model.offer(model.b); // in the overflow line, with a permit
            boolean[] withdrawn = new boolean[2];
            int[] ran = new int[2];
            Actor worker = Actor.start(() -> {
                model.finishRunning();
                ran[0] = model.serve();
            });
            Actor canceler = Actor.start(() -> {
                withdrawn[0] = model.queue.remove(atBound, RequestQueue.Reason.WITHDRAWN);
                withdrawn[1] = model.queue.remove(atPermit, RequestQueue.Reason.TIMED_OUT);
            });
            model.offer(null);
            model.offer(model.b);
            Actor.end(worker, canceler);
            model.checkBound();
            model.checkLane(model.a);
            model.checkLane(model.b);
            ran[1] = model.serve();
            int canceled = (withdrawn[0] ? 1 : 0) + (withdrawn[1] ? 1 : 0);
            Check.that(ran[0] + ran[1] + canceled == 4, ran[0] + " " + ran[1] + " " + canceled);
            model.end(1 + ran[0] + ran[1], canceled);
        });
    }

    @Test
    void anExpiredRequestIsDroppedOnceAndItsPlaceGoesOn() throws Exception {
        explore("queue, a place freed against an expiry", () -> {
            Model model = new Model(true);
            BlockingRequest late = new BlockingRequest(model.a, () -> null);
            late.setLimits(null, Timer.deadlineAfter(0), BlockingRequest.Terms.NONE);
            model.queue.offer(late, true);
            model.offer(model.a);
            int[] ran = new int[2];
            Actor worker = Actor.start(() -> {
                model.finishRunning();
                ran[0] = model.serve();
            });
            Actor timer = Actor.start(() -> model.queue.remove(late, RequestQueue.Reason.TIMED_OUT));
            Actor.end(worker, timer);
            ran[1] = model.serve();
            Check.that(late.hasTimedOut() && ran[0] + ran[1] == 1, late.internalState());
            model.end(2, 1);
        });
    }

    @Test
    void closeCancelsWhatWaitsInEachPlace() throws Exception {
        explore("queue, a place freed against close", () -> {
            Model model = new Model(true);
            model.offer(model.a);
            model.offer(model.b);
            model.offer(null);
            int[] ran = new int[1];
            Actor worker = Actor.start(() -> {
                model.finishRunning();
                ran[0] = model.serve();
            });
            model.queue.close();
            int canceled = model.queue.cancelAll(null).size();
            worker.end();
            ran[0] += model.serve();
            Check.that(ran[0] + canceled == 3, ran[0] + " " + canceled);
            model.end(1 + ran[0], canceled);
            Check.that(model.queue.isDrained(model.a) && model.queue.isDrained(model.b), "a slice is not drained");
        });
    }

    @Test
    void aWaitingRequestRunsInPlaceOrElsewhereOrIsCanceled() throws Exception {
        explore("queue, in place against take against cancel", () -> {
            Model model = new Model(true);
            Request waiting = model.offer(model.a);
            int[] ran = new int[1];
            boolean[] outcomes = new boolean[2];
            Actor worker = Actor.start(() -> {
                model.finishRunning();
                ran[0] = model.serve();
            });
            Actor canceler =
                    Actor.start(() -> outcomes[0] = model.queue.remove(waiting, RequestQueue.Reason.WITHDRAWN));
            outcomes[1] = model.queue.beginInPlace(waiting, worker(), true) != null;
            if (outcomes[1]) {
                model.queue.finishInPlace(waiting, false);
                waiting.publish(null, false);
            }
            Actor.end(worker, canceler);
            ran[0] += model.serve();
            Check.that(ran[0] + (outcomes[0] ? 1 : 0) + (outcomes[1] ? 1 : 0) == 1, ran[0] + " runs");
            model.end(outcomes[0] ? 1 : 2, outcomes[0] ? 1 : 0);
        });
    }

    private static Request request(Lane lane) {
        return new Request.FireAndForget(lane, () -> null, null);
    }

    private static Worker worker() {
        return new Worker(null, null);
    }

    private static boolean isEnded(Request request) {
        return request.internalState() == Request.RETURNED || request.internalState() == Request.CANCELED;
    }
}
