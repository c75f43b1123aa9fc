package dev.coworker;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The requests that wait for a worker, oldest first, and the books of all that were accepted. Knows nothing of workers: a
 * caller whose {@link #offer} succeeded tells them.
 *
 * <p>A doubly linked list under one lock, which also moves each request out of QUEUED: so a request is taken or canceled,
 * never both, cancellation unlinks in O(1), and {@link #books} is a consistent cut. Submitters do not take that lock: they
 * push onto the {@code inbox}, a stack, and whoever holds the lock and needs to know moves all of it behind the list, oldest
 * first. A request is accepted when it was pushed. Once closed, the inbox holds a mark instead, and takes none.
 */
final class RequestQueue implements Spin.Target {
    /** What became of an offer. */
    enum Offer {
        ACCEPTED,
        /** Accepted into an empty queue, and the one before was the same caller's: as far as is known, it is alone. */
        ACCEPTED_ALONE,
        CLOSED,
        NO_WORKER_FREE
    }

    /** A consistent reading of the counters. */
    record Books(int queued, int active, long submitted, long completed, long failed, long canceled, long timedOut) {}

    private static final Request CLOSED = new PlainRequest(() -> {}, null);
    private static final VarHandle INBOX;

    static {
        try {
            INBOX = MethodHandles.lookup().findVarHandle(RequestQueue.class, "inbox", Request.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
        for (int call = 0; call < 3; call++) {
            link(call);
        }
    }

    /** As Request's: each form of a call that is made below, so that none of them fails under the lock for want of memory. */
    private static void link(int call) {
        RequestQueue none = null;
        Request request = null;
        try {
            switch (call) {
                case 0 -> {
                    if (INBOX.compareAndSet(none, request, request)) {
                        throw new AssertionError();
                    }
                }
                case 1 -> request = (Request) INBOX.getAndSet(none, null);
                default -> request = (Request) INBOX.getAndSet(none, request);
            }
            throw new AssertionError(request);
        } catch (NullPointerException linked) {
            // that was all
        }
    }

    private volatile @Nullable Request inbox; // newest first: compareAndSet to push, getAndSet under lock to take all

    private final Mutex lock = new Mutex();

    // guarded by lock
    private @Nullable Request head; // also read without, as a hint
    private @Nullable Request tail;
    private int queued; // also read without, as a hint
    private long submitted;
    private long taken;
    private long canceled;
    private long timedOut;
    private long callbacks; // accepted requests that have one
    private boolean closed;
    private boolean canceling;

    private long lastCallerId; // of the coroutine layer: a hint, read and written without

    // counted by workers without the lock; with it held no request is taken, so `taken` minus both is what is active
    private final AtomicLong completed = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();

    /** Appends, unless the queue is closed; {@code admitted} requests get in until close gives up on draining. */
    Offer offer(Request request, boolean admitted) {
        for (; ; ) {
            Request before = inbox;
            if (before == CLOSED) {
                return offerClosed(request, admitted);
            }
            request.previous = before;
            if (INBOX.compareAndSet(this, before, request)) {
                return accepted(request, before == null);
            }
        }
    }

    private Offer offerClosed(Request request, boolean admitted) {
        lock.lock();
        try {
            if (canceling || !admitted) {
                return Offer.CLOSED;
            }
            append(request);
            return accepted(request, head == request);
        } finally {
            lock.unlock();
        }
    }

    private Offer accepted(Request request, boolean first) {
        if (!(request instanceof CoRequest)) {
            return Offer.ACCEPTED;
        }
        long caller = Thread.currentThread().threadId();
        if (caller == lastCallerId) {
            return first && (head == null || head == request) ? Offer.ACCEPTED_ALONE : Offer.ACCEPTED;
        }
        lastCallerId = caller;
        return Offer.ACCEPTED;
    }

    /** Appends if fewer than {@code workers} requests are queued or active; else books it as timed out. */
    Offer offerIfFree(Request request, boolean admitted, int workers) {
        lock.lock();
        try {
            takeInbox();
            if (closed && (canceling || !admitted)) {
                return Offer.CLOSED;
            }
            if (queued + active() >= workers) {
                countTimedOut();
                return Offer.NO_WORKER_FREE;
            }
            append(request);
            return accepted(request, head == request);
        } finally {
            lock.unlock();
        }
    }

    /** Caller holds lock: the list and the books know of all that was accepted, but for what is pushed from here on. */
    private void takeInbox() {
        Request newest = inbox;
        if (newest == null || newest == CLOSED) {
            return;
        }
        appendAll((Request) INBOX.getAndSet(this, null));
    }

    /** A stack of them, each linked to its elder: gets the links the other way too, and goes behind the list. */
    private void appendAll(@Nullable Request newest) {
        if (newest == null || newest == CLOSED) {
            return;
        }
        Request each = newest;
        for (Request elder; (elder = each.previous) != null; each = elder) {
            elder.next = each;
            count(each);
        }
        count(each);
        link(each, newest);
    }

    private void append(Request request) {
        count(request);
        link(request, request);
    }

    private void link(Request first, Request last) {
        first.previous = tail;
        last.next = null;
        if (tail == null) {
            head = first;
        } else {
            tail.next = first;
        }
        tail = last;
    }

    private void count(Request request) {
        queued++;
        submitted++;
        if (request instanceof AioCall) {
            callbacks++;
        }
    }

    /** Takes the oldest request, which is active from here on, and leaves its work with the worker. */
    @Nullable
    Request take(Worker worker) {
        lock.lock();
        try {
            if (head == null) {
                takeInbox();
            }
            Request oldest = head;
            if (oldest != null) {
                unlink(oldest);
                taken++;
                worker.work = oldest.begin(worker);
            }
            return oldest;
        } finally {
            lock.unlock();
        }
    }

    /** Withdraws a request: true when it was still queued, and then it is canceled and its work unreachable. */
    boolean remove(Request request, boolean late) {
        lock.lock();
        try {
            takeInbox();
            if (request.internalState() != Request.QUEUED || !isLinked(request)) {
                return false;
            }
            unlink(request);
            request.cancelInQueue();
            canceled++;
            if (late) {
                timedOut++;
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** A request that can be seen before it was offered is QUEUED, but not here yet. */
    private boolean isLinked(Request request) {
        Request before = request.previous; // it may be about to be pushed, behind one that has another after it
        return request == head || (before != null && before.next == request);
    }

    private void unlink(Request request) {
        Request before = request.previous;
        Request after = request.next;
        if (before == null) {
            head = after;
        } else {
            before.next = after;
        }
        if (after == null) {
            tail = before;
        } else {
            after.previous = before;
        }
        request.previous = null;
        request.next = null;
        queued--;
    }

    /** Books as canceled what was taken for a slice's turn whose request had been withdrawn at that moment. */
    void tookInVain(boolean late) {
        lock.lock();
        taken--;
        canceled++;
        if (late) {
            timedOut++;
        }
        lock.unlock();
    }

    /** Books the outcome of an active request, before anybody can see it. Returns how many have had one of this kind. */
    long finished(boolean threw) {
        return (threw ? failed : completed).incrementAndGet();
    }

    /** A hint: whether so many requests were queued a moment ago, or more, without those in the inbox. */
    boolean seemsToHold(int many) {
        return queued >= many;
    }

    /** Books a request that found no worker and no place within its time, as submitted and timed out at once. */
    void timedOutOutside() {
        lock.lock();
        try {
            countTimedOut();
        } finally {
            lock.unlock();
        }
    }

    private void countTimedOut() {
        submitted++;
        canceled++;
        timedOut++;
    }

    /**
     * Whoever offered before is seen here, and whoever offers later sees what the caller wrote, both by the inbox. Under the
     * lock, so that what is on its way from the inbox to the list is seen too.
     */
    boolean isEmpty() {
        return upTo(1) == 0;
    }

    /** As {@link #isEmpty}, but counts the requests, of which there may be more than {@code most}. */
    int upTo(int most) {
        lock.lock();
        try {
            int seen = 0;
            for (Request each = head; each != null && seen < most; each = each.next) {
                seen++;
            }
            Request newest = inbox;
            for (Request each = newest == CLOSED ? null : newest; each != null && seen < most; each = each.previous) {
                seen++;
            }
            return seen;
        } finally {
            lock.unlock();
        }
    }

    /** For a worker that spins, and that looks once more when it is done: whether there seems to be a request. */
    @Override
    public boolean isReached() {
        Request newest = inbox;
        return head != null || (newest != null && newest != CLOSED);
    }

    /** From here on only admitted requests are accepted. */
    void close() {
        lock.lock();
        try {
            closeInbox();
        } finally {
            lock.unlock();
        }
    }

    private void closeInbox() {
        closed = true;
        appendAll((Request) INBOX.getAndSet(this, CLOSED));
    }

    /** From here on nothing is accepted; returns what was queued, canceled, oldest first. */
    List<Request> closeAndCancel() {
        lock.lock();
        try {
            closeInbox();
            canceling = true;
            List<Request> all = new ArrayList<>(queued);
            for (Request oldest; (oldest = head) != null; ) {
                unlink(oldest);
                oldest.cancelInQueue();
                canceled++;
                all.add(oldest);
            }
            return all;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing queued, nothing active. */
    boolean isQuiescent() {
        lock.lock();
        try {
            takeInbox();
            return head == null && active() == 0;
        } finally {
            lock.unlock();
        }
    }

    long callbacks() {
        lock.lock();
        try {
            takeInbox();
            return callbacks;
        } finally {
            lock.unlock();
        }
    }

    Books books() {
        lock.lock();
        try {
            takeInbox();
            long done;
            long threw;
            do {
                threw = failed.get();
                done = completed.get();
            } while (failed.get() != threw); // ends: no more can fail than are active
            long accounted = done + threw + canceled + queued;
            return new Books(queued, (int) (submitted - accounted), submitted, done, threw, canceled, timedOut);
        } finally {
            lock.unlock();
        }
    }

    /** Caller holds lock. Read in this order, it is never less than what is active when the call returns. */
    private long active() {
        return taken - completed.get() - failed.get();
    }
}
