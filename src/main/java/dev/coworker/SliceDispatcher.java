package dev.coworker;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The way of a request through a slice: it waits for its turn, which is brought to the pool; and the way of the slice to its end.
 * Has no lock of its own: {@link Turns} decides, and what it decided is done here.
 *
 * <p>A given turn is brought to the pool's queue by whoever gave it, as any request is: at the end, which makes slices and the
 * pool's own requests fair to each other. Who withdraws a request then looks for its turn in the pool, and who brings a turn there
 * looks afterwards whether its request was withdrawn: one of the two takes it out, or a worker, which finds nothing to begin.
 */
final class SliceDispatcher extends Entrance {
    private final Dispatcher pool;
    private final String name;
    private final Turns turns;
    private final LongAdder rejected = new LongAdder();
    private final AtomicLong delivered = new AtomicLong(); // callbacks that have returned or never will
    private int callbacksRunning; // Completions' deliverer only

    SliceDispatcher(Dispatcher pool, String name, int max) {
        this.pool = pool;
        this.name = name;
        this.turns = new Turns(max);
    }

    String name() {
        return name;
    }

    @Override
    Dispatcher dispatcher() {
        return pool;
    }

    @Override
    void accept(Request request) {
        Turn turn = new Turn(this, request);
        switch (turns.enter(turn, true)) {
            case GIVEN -> bring(turn);
            case CLOSED -> throw reject(true);
            default -> {}
        }
    }

    @Override
    @Nullable
    Object call(CoRequest request, long startWithinNanos) throws Throwable {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long deadline = startWithinNanos < 0 ? Long.MAX_VALUE : AioContext.deadlineAfter(startWithinNanos);
        if (startWithinNanos == 0) {
            acceptIfFree(request);
            deadline = AioContext.deadlineAfter(Dispatcher.FREE_WORKER_GRACE_NANOS);
        } else {
            accept(request);
        }
        return request.await(this, deadline);
    }

    /** Accepts it if a turn, a place in the queue and a worker are free; else books it as timed out. */
    private void acceptIfFree(CoRequest request) throws TimeoutException {
        Turn turn = new Turn(this, request);
        switch (turns.enter(turn, false)) {
            case CLOSED -> throw reject(true);
            case NONE_FREE -> throw timedOut("no turn is free (maxConcurrent = " + turns.max() + ")");
            default -> {}
        }
        Admission admission = pool.admission;
        if (admission.enterAccepted(null) == Admission.Entry.ADMITTED) {
            switch (pool.queue.offerIfFree(turn, true, pool.workers.max())) {
                case ACCEPTED, ACCEPTED_ALONE -> {
                    bring(brought(turn));
                    return;
                }
                default -> admission.leave();
            }
        }
        boolean late = remove(request, true); // else close was faster
        end(turn);
        if (late) {
            throw timedOut("no worker is free (maxThreads = " + pool.workers.max() + ")");
        }
    }

    private TimeoutException timedOut(String why) {
        Events.canceled(pool.poolName, name, Observation.Layer.CO, "timed out");
        return new TimeoutException(name + ": " + why);
    }

    /**
     * Brings a given turn, if any, to the pool's queue, or to the line of those who wait for a place in it. One whose request was
     * withdrawn on the way ends here, and the one that follows it is brought instead.
     */
    void bring(@Nullable Turn first) {
        for (Turn turn = first; turn != null; ) {
            Admission.Waiter place = turn.place;
            if (pool.admission.enterAccepted(place) == Admission.Entry.ADMITTED) {
                turn = offer(turn);
            } else if (isWithdrawn(turn) && place != null && pool.admission.leaveLine(place)) {
                turn = ended(turn);
            } else {
                return;
            }
        }
    }

    /** The turn has a place in the pool's queue. Returns the turn to bring instead, if it ended here. */
    private @Nullable Turn offer(Turn turn) {
        if (pool.queue.offer(turn, true) == RequestQueue.Offer.CLOSED) {
            pool.admission.leave();
            return ended(turn);
        }
        return brought(turn);
    }

    private @Nullable Turn brought(Turn turn) {
        pool.workers.requestQueued();
        return isWithdrawn(turn) ? takeOutOfQueue(turn) : null;
    }

    /** Returns the turn to bring instead, if it was there. */
    private @Nullable Turn takeOutOfQueue(Turn turn) {
        if (!pool.queue.remove(turn, turn.late)) {
            return null;
        }
        pool.admission.leave();
        return ended(turn);
    }

    /** The turn is in no line or queue of the pool any more. Returns the one that follows, to be brought. */
    private @Nullable Turn ended(Turn turn) {
        Turn next = turns.end(turn);
        pool.waiters.signal(null);
        return next;
    }

    /** As above, for a turn that the pool itself took out of the queue. */
    void end(Turn turn) {
        bring(ended(turn));
    }

    private static boolean isWithdrawn(Turn turn) {
        return turn.request.internalState() == Request.CANCELED;
    }

    /** The pool's line: the turn's place came, or never will. */
    void placeGiven(Turn turn, boolean admitted) {
        bring(admitted ? offer(turn) : ended(turn));
    }

    /** The worker that took the turn found nothing to begin. */
    void tookInVain(Turn turn) {
        pool.queue.tookInVain(turn.late);
        end(turn);
    }

    @Nullable
    Object begin(Turn turn, Worker worker) {
        return turns.begin(turn, worker);
    }

    @Nullable
    Turn finished(Turn turn, boolean threw) {
        return turns.finished(turn, threw);
    }

    @Override
    boolean remove(Request request, boolean late) {
        return turns.remove(request, late);
    }

    @Override
    void left(Request request, String reason) {
        Events.canceled(pool.poolName, name, request.layer(), reason);
        if (request.next instanceof Turn turn) {
            request.next = null;
            takeBack(turn);
        }
        request.settled();
        pool.waiters.signal(null);
    }

    /** The turn's request was withdrawn: takes the turn out of the pool, unless another does, who brings it or runs it. */
    private void takeBack(Turn turn) {
        if (!turn.wasGiven) {
            return;
        }
        Turn next = takeOutOfQueue(turn);
        Admission.Waiter place = turn.place;
        if (place != null && pool.admission.leaveLine(place)) {
            next = ended(turn);
        }
        bring(next);
    }

    @Override
    RejectedExecutionException reject(boolean becauseClosed) {
        rejected.increment();
        return new RejectedExecutionException(name + " is closed");
    }

    /** The home thread: a callback of this slice is about to run. */
    void callbackBegins() {
        callbacksRunning++;
    }

    /** The home thread: it has returned, or never will run. */
    void callbackEnded() {
        callbacksRunning--;
        pool.slices.callbackEnded();
        delivered.getAndIncrement();
    }

    /** Whether the calling thread is in a callback of this slice, directly or further up the stack. */
    boolean isInCallback() {
        return pool.completions.isInCallback() && callbacksRunning > 0;
    }

    @Override
    boolean isClosing() {
        return turns.isClosed();
    }

    @Override
    boolean isClosed() {
        return isDrained();
    }

    /** Nothing more will be accepted, no request waits or has a turn, and every callback has returned or been given up. */
    boolean isDrained() {
        return turns.isDrained(delivered.get());
    }

    /** The condition of close, which the handler of a rejection may call. */
    private boolean isDrainedOrGoesOn() {
        pool.completions.goOnAbandoning();
        return isDrained();
    }

    /** From here on nothing is accepted. */
    void refuse() {
        turns.close();
    }

    /** Cancels what no worker has begun. */
    void cancelAll() {
        turns.closeAndCancel().forEach(request -> left(request, "closed"));
    }

    @Override
    void close() {
        beginClose();
        pool.waiters.await(null, this::isDrainedOrGoesOn, Long.MAX_VALUE);
        pool.slices.left(this);
    }

    @Override
    boolean close(long drainNanos) {
        beginClose();
        if (!pool.waiters.await(null, this::isDrainedOrGoesOn, AioContext.deadlineAfter(drainNanos))) {
            cancelAll();
            turns.given().forEach(Request::interruptWorker);
            long deadline = AioContext.deadlineAfter(Dispatcher.LAST_WAIT_NANOS);
            if (!pool.waiters.await(null, this::isDrainedOrGoesOn, deadline)) {
                return false;
            }
        }
        pool.slices.left(this);
        return true;
    }

    private void beginClose() {
        refuse();
        pool.waiters.signalAll();
    }

    @Override
    ThreadPoolStats stats() {
        return turns.stats(rejected.sum());
    }

    @Override
    public String toString() {
        return name;
    }
}
