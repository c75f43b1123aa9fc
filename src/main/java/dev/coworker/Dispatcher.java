package dev.coworker;

import java.lang.Thread.UncaughtExceptionHandler;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The way of a request through the pool, the same for every layer: admitted, queued, taken or withdrawn, settled; and the
 * way of the pool to its end. Holds the parts together and has no lock of its own.
 */
final class Dispatcher extends Entrance {
    /** How long a caller that found a worker free waits for it, in the case that its thread cannot be created. */
    static final long FREE_WORKER_GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** How long {@code close(Duration)} waits for what it interrupted. */
    static final long LAST_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Before the 5 µs of spinning begin: no worker has an outcome sooner, and a look would take the cache line from it. */
    private static final int PAUSES_BEFORE_OUTCOME = 4;

    final String poolName;
    final AioContext context;
    final UncaughtExceptionHandler handler;
    final RequestQueue queue = new RequestQueue();
    final Admission admission;
    final Waiters waiters;
    final Slices slices = new Slices();
    final Completions completions;
    final Workers workers;
    final WakeUps wakeUps;
    final PollWatch pollWatch;
    private final Spin callers;
    final Yielding yielding;
    private final LongAdder rejected = new LongAdder();
    private final BooleanSupplier drained = this::isDrainedOrGoesOn; // made once: a close needs no memory
    private final BooleanSupplier emptied;
    private volatile boolean closing;
    private volatile boolean closed;

    Dispatcher(
            String poolName,
            AioContext context,
            int maxQueued,
            UncaughtExceptionHandler handler,
            ThreadFactory factory,
            int minThreads,
            int maxThreads,
            long idleTimeoutNanos,
            boolean spin) {
        this.poolName = poolName;
        this.context = context;
        this.handler = handler;
        this.admission = new Admission(maxQueued);
        this.waiters = new Waiters(context);
        this.completions = new Completions(context, waiters, handler);
        boolean spins = spin && Spin.canPay();
        this.yielding = new Yielding(spins);
        this.workers = new Workers(
                this, factory, minThreads, maxThreads, idleTimeoutNanos, new Spin(spins), new Nap(yielding));
        this.emptied = workers::isEmpty;
        this.callers = new Spin(spins);
        this.wakeUps = new WakeUps(spins);
        this.pollWatch = new PollWatch(this, context);
    }

    /** Opens for business: the context cannot be closed from here on, and min workers are started. */
    void open() {
        context.attach(this);
        workers.startMin();
    }

    @Override
    Dispatcher dispatcher() {
        return this;
    }

    @Override
    void accept(Request request) {
        Admission.Entry entry = admission.tryEnter();
        if (entry != Admission.Entry.ADMITTED) {
            throw reject(entry == Admission.Entry.CLOSED);
        }
        offer(request, admission.isBounded());
        workers.requestQueued();
    }

    @Override
    @Nullable
    Object call(CoRequest request, long startWithinNanos) throws Throwable {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        long deadline = startWithinNanos < 0 ? Long.MAX_VALUE : AioContext.deadlineAfter(startWithinNanos);
        enter(deadline);
        boolean alone;
        if (startWithinNanos == 0) {
            alone = offerIfFree(request);
            deadline = AioContext.deadlineAfter(FREE_WORKER_GRACE_NANOS);
        } else {
            alone = offer(request, admission.isBounded());
        }
        workers.requestQueued();
        if (!alone) { // a carrier has better things to do than to spin
            yielding.attempt(request);
        } else {
            yielding.alone();
            if (workers.isAttended() && callers.begin()) {
                Spin.pause(PAUSES_BEFORE_OUTCOME);
                callers.end(Spin.until(request));
            }
        }
        return request.await(this, deadline);
    }

    private void enter(long deadline) throws InterruptedException, TimeoutException {
        Admission.Entry entry;
        try {
            entry = admission.enter(deadline);
        } catch (InterruptedException e) {
            waiters.signal(null);
            throw e;
        }
        switch (entry) {
            case ADMITTED -> {}
            case TIMED_OUT -> {
                queue.timedOutOutside();
                Events.canceled(poolName, null, Observation.Layer.CO, "timed out");
                waiters.signal(null);
                throw new TimeoutException(poolName + ": no place in the queue came free in time (maxQueued = "
                        + admission.places() + ")");
            }
            case CANCELED -> throw CoRequest.canceledByClose();
            default -> throw reject(true);
        }
    }

    /** Whether the caller is alone. */
    private boolean offer(Request request, boolean admitted) {
        RequestQueue.Offer offer = queue.offer(request, admitted);
        if (offer == RequestQueue.Offer.CLOSED) {
            admission.leave();
            waiters.signal(null);
            if (admitted) {
                throw CoRequest.canceledByClose();
            }
            throw reject(true);
        }
        return offer == RequestQueue.Offer.ACCEPTED_ALONE;
    }

    private boolean offerIfFree(Request request) throws TimeoutException {
        boolean admitted = admission.isBounded();
        RequestQueue.Offer offer = queue.offerIfFree(request, admitted, workers.max());
        switch (offer) {
            case ACCEPTED, ACCEPTED_ALONE -> {}
            case CLOSED -> {
                admission.leave();
                waiters.signal(null);
                throw admitted ? CoRequest.canceledByClose() : reject(true);
            }
            case NO_WORKER_FREE -> {
                Events.canceled(poolName, null, Observation.Layer.CO, "timed out");
                admission.leave();
                waiters.signal(null);
                throw new TimeoutException(poolName + ": no worker is free (maxThreads = " + workers.max() + ")");
            }
        }
        return offer == RequestQueue.Offer.ACCEPTED_ALONE;
    }

    @Override
    RejectedExecutionException reject(boolean becauseClosed) {
        rejected.increment();
        return new RejectedExecutionException(
                becauseClosed
                        ? poolName + " is closed"
                        : poolName + ": the queue is full (maxQueued = " + admission.places() + ")");
    }

    @Override
    boolean remove(Request request, boolean late) {
        return queue.remove(request, late);
    }

    @Override
    void left(Request canceled, String reason) {
        try {
            if (!(canceled instanceof Turn)) { // of which its slice has told
                Events.canceled(poolName, null, canceled.layer(), reason);
            }
        } finally { // whatever becomes of the event: in a JVM without memory, its classes may not even load
            admission.leave();
            canceled.settled();
            waiters.signal(null);
        }
    }

    @Override
    boolean isClosing() {
        return closing;
    }

    @Override
    boolean isClosed() {
        return closed;
    }

    @Override
    void close() {
        beginClose();
        waiters.await(null, drained, Long.MAX_VALUE);
        end(Long.MAX_VALUE);
    }

    @Override
    boolean close(long drainNanos) {
        beginClose();
        long drainDeadline = AioContext.deadlineAfter(drainNanos);
        if (waiters.await(null, drained, drainDeadline)) {
            return end(AioContext.later(drainDeadline, AioContext.deadlineAfter(LAST_WAIT_NANOS)));
        }
        slices.cancelAll();
        admission.cancelWaiting();
        List<Request> canceled = queue.closeAndCancel();
        for (int i = 0; i < canceled.size(); i++) { // a lambda might not fit, and each of these is to be told
            left(canceled.get(i), "closed");
        }
        workers.stop();
        workers.interruptAll();
        long deadline = AioContext.deadlineAfter(LAST_WAIT_NANOS);
        return waiters.await(null, drained, deadline) && end(deadline);
    }

    private void beginClose() {
        closing = true;
        slices.close();
        admission.close();
        queue.close();
        waiters.signalAll();
    }

    /** The condition of close, which the handler of a rejection may call. */
    private boolean isDrainedOrGoesOn() {
        completions.goOnAbandoning();
        return isDrained();
    }

    /** Nothing waits, is queued or runs, and every callback has returned or been given up. */
    private boolean isDrained() {
        return slices.areDrained() // first: they bring no turn to the queue any more
                && admission.isIdle()
                && queue.isQuiescent()
                && completions.delivered() - slices.delivered() == queue.callbacks();
    }

    /** Closed, and nothing of it is left, though close may have returned before that was so. */
    boolean isOver() {
        return closed || (closing && isDrained() && workers.isEmpty());
    }

    /** Drained: ends the workers, and leaves nothing behind in the context. False when the time did not suffice. */
    private boolean end(long deadline) {
        workers.stop();
        if (!waiters.await(null, emptied, deadline) || !joinLeaving(deadline)) {
            return false;
        }
        completions.close();
        context.detach(this);
        closed = true;
        return true;
    }

    private boolean joinLeaving(long deadline) {
        boolean interrupted = false;
        try {
            for (Thread thread; (thread = workers.leaving()) != null; ) {
                try {
                    if (deadline == Long.MAX_VALUE) {
                        thread.join();
                    } else {
                        long left = deadline - System.nanoTime();
                        if (left <= 0) {
                            return false;
                        }
                        TimeUnit.NANOSECONDS.timedJoin(thread, left);
                    }
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return true;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    ThreadPoolStats stats() {
        int waiting = admission.waiting();
        RequestQueue.Books books = queue.books();
        int[] workers = this.workers.counts();
        return new ThreadPoolStats(
                workers[0],
                workers[1],
                workers[2],
                workers[3],
                workers[4],
                workers[5],
                books.queued(),
                books.active(),
                waiting,
                books.submitted(),
                books.completed(),
                books.failed(),
                books.canceled(),
                books.timedOut(),
                rejected.sum(),
                this.workers.spawnFailures());
    }

    @Override
    public String toString() {
        return poolName;
    }
}
