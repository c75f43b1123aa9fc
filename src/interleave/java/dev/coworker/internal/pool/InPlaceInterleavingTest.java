package dev.coworker.internal.pool;

import static dev.coworker.interleave.Interleavings.explore;

import dev.coworker.interleave.Actor;
import dev.coworker.interleave.Check;
import org.junit.jupiter.api.Test;

/** Callers that run their own request, against all that may happen to the queue meanwhile. */
class InPlaceInterleavingTest {

    /** A queue for so many workers, with one. */
    private static final class Model {
        final RequestQueue queue;
        final InPlace inPlace;
        private final Worker worker = new Worker(null, null);
        private final int maxThreads;
        private int running;

        Model(int maxThreads, int atMost) {
            this.maxThreads = maxThreads;
            queue = new RequestQueue(Pool.UNBOUNDED, maxThreads);
            inPlace = new InPlace(null, atMost, null, true);
            Actor.share(this);
        }

        /** What a caller does. Returns whether it has run the request. */
        boolean call(BlockingRequest request) {
            InPlace.Caller caller = queue.beginByCaller(request, inPlace, Thread.currentThread());
            if (caller == null) {
                return false;
            }
            count(1);
            finish(caller, request);
            return true;
        }

        void finish(InPlace.Caller caller, BlockingRequest request) {
            count(-1);
            if (caller.end(queue, request, null, false)) {
                serve(); // the worker that it signals
            }
        }

        /** What the one worker does when it is sent. */
        void serve() {
            synchronized (worker) {
                for (Request next; (next = queue.take(worker)) != null; ) {
                    count(1);
                    count(-1);
                    queue.finish(next, false);
                    next.publish(null, false);
                }
            }
        }

        private synchronized void count(int difference) {
            running += difference;
            Check.that(running <= maxThreads, running + " run at a time");
        }

        Pool.Counters counters() {
            return queue.counters(new int[6], 0, 0, 0, 0);
        }
    }

    @Test
    void whatNoWorkerCouldTakeIsTakenWhenTheCallerHasEnded() throws Exception {
        explore("in place, a caller against an offer and its worker", () -> {
            Model model = new Model(1, 1);
            BlockingRequest own = Actor.share(request());
            InPlace.Caller slot = model.queue.beginByCaller(own, model.inPlace, Thread.currentThread());
            model.count(1);
            Actor caller = Actor.start(() -> model.finish(slot, own));
            model.queue.offer(request(), true);
            model.serve();
            Actor.end(caller);
            Check.that(model.counters().completed() == 2 && model.queue.isQuiescent(), model.counters());
        });
    }

    @Test
    void noMoreThanAtMostRunTheirOwn() throws Exception {
        explore("in place, two callers and one slot", () -> {
            Model model = new Model(2, 1);
            boolean[] ran = new boolean[2];
            Actor other = Actor.start(() -> ran[0] = model.call(request()));
            ran[1] = model.call(request());
            Actor.end(other);
            Check.that(ran[0] || ran[1], "none has run");
            Check.that(model.counters().completed() == (ran[0] && ran[1] ? 2 : 1), model.counters());
            Check.that(model.call(request()), "the slot is not free again");
        });
    }

    @Test
    void closeRefusesACallerOrWaitsForIt() throws Exception {
        explore("in place, a caller against close", () -> {
            Model model = new Model(1, 1);
            boolean[] accepted = new boolean[2];
            Actor caller = Actor.start(() -> {
                BlockingRequest own = request();
                accepted[0] = model.call(own);
                accepted[1] = !accepted[0] && model.queue.offer(own, true) != RequestQueue.Offer.CLOSED;
            });
            model.queue.close();
            int canceled = model.queue.cancelAll(null).size();
            boolean drained = model.queue.isQuiescent();
            long completed = model.counters().completed();
            Actor.end(caller);
            Check.that(canceled == (accepted[1] ? 1 : 0), "canceled in place, or left in the queue");
            Check.that(!drained || completed == model.counters().completed(), "drained, and then a request ran");
            Check.that(model.counters().completed() == (accepted[0] ? 1 : 0), model.counters());
            Check.that(model.queue.isQuiescent(), model.counters());
        });
    }

    @Test
    void anInterruptReachesTheCallerItWasMeantForOrNone() throws Exception {
        explore("in place, interrupt against the next caller of the slot", () -> {
            Model model = new Model(1, 1);
            BlockingRequest first = Actor.share(request());
            InPlace.Caller slot =
                    model.queue.beginByCaller(first, model.inPlace, new Thread("that runs the first request"));
            Thread another = new Thread("that runs the second request");
            Actor ends = Actor.start(() -> slot.end(model.queue, first, null, false));
            Actor next = Actor.start(() -> model.queue.beginByCaller(request(), model.inPlace, another));
            first.interrupt();
            Actor.end(ends, next);
            Check.that(!another.isInterrupted(), "the next caller was interrupted");
        });
    }

    private static BlockingRequest request() {
        return new BlockingRequest(null, () -> null);
    }
}
