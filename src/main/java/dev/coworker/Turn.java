package dev.coworker;

import org.jspecify.annotations.Nullable;

/**
 * A slice's request as the pool sees it: made with it, in the slice's line while there is no turn, then in the pool's line or
 * queue in its place. The worker that takes it runs the request, unless that was withdrawn a moment before.
 *
 * <p>So a request is QUEUED until a worker begins it, wherever its turn is, and one lock, the slice's, says whether it was
 * begun or withdrawn first.
 */
final class Turn extends Request {
    final SliceDispatcher slice;
    final Request request;
    final Admission.@Nullable Waiter place; // in the pool's line; none where the pool has no bound

    // guarded by the slice's lock
    @Nullable
    List list;

    // written under it too, and not any more once the request is withdrawn: read by who has seen that
    boolean wasGiven;
    boolean late; // withdrawn because its time was over

    private @Nullable Turn older;
    private @Nullable Turn newer;

    Turn(SliceDispatcher slice, Request request) {
        super(request);
        this.slice = slice;
        this.request = request;
        this.place = slice.dispatcher().admission.isBounded() ? new InLine() : null;
    }

    /** Each in one list at most. */
    static final class List {
        private @Nullable Turn oldest;
        private @Nullable Turn newest;
        private int size;

        @Nullable
        Turn oldest() {
            return oldest;
        }

        static @Nullable Turn after(Turn turn) {
            return turn.newer;
        }

        int size() {
            return size;
        }

        void append(Turn turn) {
            turn.list = this;
            turn.older = newest;
            if (newest == null) {
                oldest = turn;
            } else {
                newest.newer = turn;
            }
            newest = turn;
            size++;
        }

        void unlink(Turn turn) {
            assert turn.list == this : turn;
            if (turn.older == null) {
                oldest = turn.newer;
            } else {
                turn.older.newer = turn.newer;
            }
            if (turn.newer == null) {
                newest = turn.older;
            } else {
                turn.newer.older = turn.older;
            }
            turn.list = null;
            turn.older = null;
            turn.newer = null;
            size--;
        }
    }

    /** In the line of those who wait for a place in the pool's queue. */
    private final class InLine extends Admission.Waiter {
        @Override
        void told() {
            slice.placeGiven(Turn.this, verdict == Admission.Entry.ADMITTED);
        }
    }

    @Override
    void run(Worker worker, Object ignored) {
        Object work = slice.begin(this, worker);
        if (work == null) {
            slice.tookInVain(this);
            return;
        }
        worker.turn = this;
        request.run(worker, work);
        worker.turn = null;
    }

    @Override
    Observation.Layer layer() {
        return request.layer();
    }

    /** The pool's close took it out of the queue; its request was canceled before. */
    @Override
    void settled() {
        slice.end(this);
    }
}
