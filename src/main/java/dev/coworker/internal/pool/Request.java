package dev.coworker.internal.pool;

import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One piece of work and its one outcome: queue node, state and result in a single object. The counterpart of QEMU's
 * {@code ThreadPoolElement}.
 *
 * <pre>
 *   state         to            by                                                guard
 *   NEW           READY         the queue: found in the inbox, or accepted        queue's lock
 *   NEW           OVERFLOW      the queue: the pool is at its bound               queue's lock
 *   NEW           LANE          the queue: the slice has no permit                queue's lock
 *   LANE          OVERFLOW      the thread that frees a permit; pool at its bound queue's lock
 *   LANE          READY         the thread that frees a permit                    queue's lock
 *   OVERFLOW      READY         the thread that frees a place                     queue's lock
 *   READY         ACTIVE        the worker that takes it                          queue's lock
 *   NEW           ACTIVE        the caller that runs it; see below                queue's lock
 *   READY, OVERFLOW, LANE
 *                 CANCELED      cancel, interrupt, deadline, close                queue's lock
 *   ACTIVE        RETURNED      the runner, when the work returned                compareAndSet
 *   ACTIVE        THREW         the runner, when the work threw                   compareAndSet
 *   ACTIVE        INTERRUPTING  a thread about to interrupt the runner            compareAndSet
 *   INTERRUPTING  ACTIVE        the same thread, having done so                   volatile write
 * </pre>
 *
 * <p>The slot holds the work before ACTIVE, the {@link Runner} while ACTIVE, the outcome after that. It is written
 * before the state and read after it. The outcome is counted before the state shows it, and the state shows it before
 * any thread is woken.
 *
 * <p>Work that a worker submits to its own pool runs in place: its request goes from NEW to ACTIVE on that worker. So
 * does that of a caller that runs it itself, see {@link InPlace}.
 *
 * <p>The three layers are three subclasses, which differ in the thread that {@link #completed} tells.
 */
public abstract class Request {
    static final int NEW = 0; // made, or in the inbox
    static final int READY = 1;
    static final int OVERFLOW = 2;
    static final int LANE = 3;
    static final int ACTIVE = 4;
    static final int INTERRUPTING = 5;
    static final int RETURNED = 6;
    static final int THREW = 7;
    static final int CANCELED = 8;

    /** Which layer a request belongs to. */
    public enum Layer {
        CO,
        AIO,
        SUBMIT
    }

    private static final AtomicIntegerFieldUpdater<Request> STATE =
            AtomicIntegerFieldUpdater.newUpdater(Request.class, "state");

    /** The slice that it was submitted to, or null. */
    final @Nullable Lane lane;

    // guarded by the queue's lock while it waits; then `next` belongs to the callback queue
    @Nullable
    Request next;

    @Nullable
    Request previous;

    private @Nullable Object slot;
    private volatile int state;

    Request(@Nullable Lane lane, Object work) {
        this.lane = lane;
        this.slot = work;
    }

    /** Runs the work on the runner's thread, in a frame that is named for the layer. */
    abstract void run(Runner runner, Callable<?> work);

    final Layer layer() {
        return this instanceof BlockingRequest ? Layer.CO : hasCallback() ? Layer.AIO : Layer.SUBMIT;
    }

    final boolean hasCallback() {
        return this instanceof CallbackRequest;
    }

    /** The outcome is published: tells the caller, or has the callback run. On the worker's or the canceling thread. */
    abstract void completed();

    final int internalState() {
        return state;
    }

    /** Returns true if it has not begun, and was not canceled. */
    protected final boolean isQueued() {
        return state < ACTIVE;
    }

    protected final boolean isActive() {
        int now = state;
        return now == ACTIVE || now == INTERRUPTING;
    }

    public final boolean isCanceled() {
        return state == CANCELED;
    }

    /** Caller holds the queue's lock. */
    final void waitIn(int place) {
        STATE.lazySet(this, place);
    }

    /**
     * Caller holds the queue's lock, or submits the request to itself. Returns the work, which is no longer reachable
     * here.
     */
    final Callable<?> begin(Runner runner) {
        if (!(slot instanceof Callable<?> work) || !isQueued()) {
            throw new AssertionError(this + " does not wait");
        }
        slot = runner;
        STATE.lazySet(this, ACTIVE); // releasing the lock, at the latest, makes it visible
        return work;
    }

    /** Caller holds the queue's lock. */
    final void cancelInQueue(RequestQueue.Reason reason) {
        assert isQueued() : this;
        slot = reason;
        state = CANCELED;
    }

    /**
     * Publishes the outcome. A compareAndSet, not a release: a waiter that is about to park must see it, or else the
     * unpark that follows must see the waiter parked. An unpark of a virtual thread that still has an old permit orders
     * nothing.
     */
    @SuppressWarnings("ThreadPriorityCheck") // the thread that interrupts wakes no other thread
    final void publish(@Nullable Object outcome, boolean threw) {
        slot = outcome;
        while (!STATE.compareAndSet(this, ACTIVE, threw ? THREW : RETURNED)) {
            // the interrupt is on its way to this thread; once it is here, the worker drops it
            Thread.yield();
        }
    }

    /** Returns the value or the failure; after RETURNED or THREW was seen. */
    final @Nullable Object outcome() {
        return slot;
    }

    /**
     * Interrupts the worker if it runs this request; the worker cannot begin another one before the interrupt has
     * arrived.
     */
    public final boolean interrupt() {
        // read first: once the state is INTERRUPTING, the worker may have put the outcome in its place
        if (!(slot instanceof Runner runner) || !STATE.compareAndSet(this, ACTIVE, INTERRUPTING)) {
            return false;
        }
        try {
            runner.interrupt();
        } finally {
            state = ACTIVE;
        }
        return true;
    }

    /** Returns the thread that runs this request, if the caller knows that it has begun; null if it has ended. */
    final @Nullable Thread runner() {
        return slot instanceof Runner runner ? runner.thread() : null;
    }

    /** Returns true if the calling thread is the worker that runs this request. */
    final boolean isRunByCaller() {
        return isActive() && slot instanceof Runner runner && runner.isCaller();
    }

    /** A doubly linked list of requests. Each is in one at most. */
    static final class Chain {
        @Nullable
        Request first; // also read without the lock, as a hint

        private @Nullable Request last;
        private int size;

        boolean isEmpty() {
            return first == null;
        }

        int size() {
            return size;
        }

        void append(Request request) {
            append(request, request, 1);
        }

        void append(Request oldest, Request newest, int count) {
            oldest.previous = last;
            newest.next = null;
            if (last == null) {
                first = oldest;
            } else {
                last.next = oldest;
            }
            last = newest;
            size += count;
        }

        /** Appends the requests of another chain, and empties that. */
        void appendAll(Chain other) {
            if (other.first != null && other.last != null) {
                append(other.first, other.last, other.size);
                other.first = null;
                other.last = null;
                other.size = 0;
            }
        }

        void unlink(Request request) {
            Request before = request.previous;
            Request after = request.next;
            if (before == null) {
                first = after;
            } else {
                before.next = after;
            }
            if (after == null) {
                last = before;
            } else {
                after.previous = before;
            }
            request.previous = null;
            request.next = null;
            size--;
        }

        @Nullable
        Request removeFirst() {
            Request oldest = first;
            if (oldest != null) {
                unlink(oldest);
            }
            return oldest;
        }
    }

    /** The fire-and-forget layer's request: it tells no thread. A failure goes to the handler. */
    public static final class FireAndForget extends Request {
        private final @Nullable Runnable onCompleted; // the executor view's account

        public FireAndForget(@Nullable Lane lane, Callable<?> work, @Nullable Runnable onCompleted) {
            super(lane, work);
            this.onCompleted = onCompleted;
        }

        @Override
        void run(Runner runner, Callable<?> work) {
            runSubmit(runner, work);
        }

        private void runSubmit(Runner runner, Callable<?> work) {
            Throwable failure = null;
            try {
                work.call();
            } catch (Throwable e) {
                failure = e;
            }
            runner.finish(this, null, failure != null);
            if (failure != null) {
                runner.report(failure);
            }
        }

        @Override
        void completed() {
            if (onCompleted != null) {
                onCompleted.run();
            }
        }
    }
}
