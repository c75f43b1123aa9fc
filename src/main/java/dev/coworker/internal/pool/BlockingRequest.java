package dev.coworker.internal.pool;

import dev.coworker.internal.base.Threads;
import dev.coworker.internal.base.Timer;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The coroutine layer's request: its caller parks until it has ended. */
public final class BlockingRequest extends Request {
    /** Asks work that runs to end early. Foreign code. */
    public interface Canceller {
        void cancel(Thread worker) throws Exception;
    }

    /**
     * How long a call may take, as {@link Timer} counts, and how its work is told to end.
     *
     * @param startNanos until the start; zero or less: only if a worker is free now
     * @param endNanos until the end; zero or less: the work never starts
     */
    public record Terms(
            long startNanos, long endNanos, @Nullable Canceller canceller) {
        public static final Terms NONE = new Terms(Timer.NO_DEADLINE, Timer.NO_DEADLINE, null);
    }

    private static final String CALLER_TRACE = "submitCo was called here by ";

    // the caller, who writes it, then reads the state, then parks; the state is written before this is read
    private volatile @Nullable Thread waiter;

    @Nullable
    Limits limits; // written before the request is offered

    public BlockingRequest(@Nullable Lane lane, Callable<?> work) {
        super(lane, work);
    }

    /** Before it is offered. */
    void setLimits(Pool pool, long startDeadline, Terms terms) {
        limits = new Limits(pool, startDeadline, terms);
    }

    boolean hasExpired() {
        return limits != null && Timer.hasPassed(limits.startDeadline);
    }

    @Override
    void run(Runner runner, Callable<?> work) {
        runCo(runner, work);
    }

    private void runCo(Runner runner, Callable<?> work) {
        Object outcome = null;
        boolean threw = false;
        try {
            outcome = work.call();
        } catch (Throwable e) {
            outcome = e;
            threw = true;
        }
        if (limits != null && limits.workEnded()) {
            runner.leaveAfter(this);
        }
        runner.finish(this, outcome, threw);
    }

    /** A caller that has not come to park yet needs no unpark. */
    @Override
    void completed() {
        Thread parked = waiter;
        if (parked != null && parked != Thread.currentThread()) {
            LockSupport.unpark(parked);
        }
    }

    boolean hasEnded() {
        return internalState() >= RETURNED;
    }

    /** Returns true if it was canceled because its deadline had passed. */
    public boolean hasTimedOut() {
        return isCanceled() && outcome() == RequestQueue.Reason.TIMED_OUT;
    }

    /**
     * The caller's side: parks until the outcome is there. While the request waits, an interrupt withdraws it. Once a
     * worker has begun, an interrupt calls the canceller, if there is one, and the interrupt status is put back at the
     * end.
     *
     * @param inPlace true if the calling thread has run the work, so that a failure shows the caller by itself
     * @return the value
     * @throws Throwable what the work threw
     */
    @Nullable
    Object await(Pool pool, boolean inPlace) throws Throwable {
        boolean interrupted = false;
        long deadline = limits == null ? Timer.NO_DEADLINE : limits.start();
        try {
            for (; ; ) {
                if (hasEnded() && (limits == null || !limits.isCanceling())) {
                    return result(pool, inPlace);
                } else if (Thread.interrupted()) {
                    if (pool.withdraw(this, RequestQueue.Reason.WITHDRAWN)) {
                        throw new InterruptedException("interrupted before a worker started the work");
                    }
                    interrupted = true;
                    if (limits != null) {
                        limits.cancel(0);
                    }
                } else if (waiter == null) {
                    waiter = Thread.currentThread();
                } else if (!Threads.park(this, deadline)) {
                    deadline = limits == null ? Timer.NO_DEADLINE : limits.passed();
                }
            }
        } finally {
            if (limits != null) {
                limits.stop();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** In work of the pool: runs the request on the calling thread. */
    @Nullable
    Object runInPlace(Pool pool, Runner runner) throws Throwable {
        if (limits != null) {
            limits.start();
        }
        runner.runInPlace(this, false);
        return await(pool, true);
    }

    /** The caller has begun the request: runs it on the calling thread. */
    @Nullable
    Object runBy(Pool pool, InPlace.Caller caller) throws Throwable {
        try {
            if (limits != null) {
                limits.start();
            }
        } finally {
            caller.run(this); // whatever happens: it is accepted
        }
        return await(pool, true);
    }

    private @Nullable Object result(Pool pool, boolean inPlace) throws Throwable {
        int state = internalState();
        Object outcome = outcome();
        if (state == CANCELED) {
            throw outcome == RequestQueue.Reason.TIMED_OUT
                    ? new TimeoutException(pool.nameOf(this) + ": no worker started the work in time")
                    : new CancellationException(pool.nameOf(this) + " was closed before a worker started the work");
        }
        Throwable failure = null;
        if (state == THREW && outcome instanceof Throwable thrown) {
            failure = thrown;
            if (!inPlace) {
                addCallerTrace(thrown);
            }
        }
        if (limits != null && limits.isExpired()) {
            TimeoutException late = new TimeoutException(pool.nameOf(this) + ": the work did not end in time");
            late.initCause(failure);
            throw late;
        }
        if (failure != null) {
            throw failure;
        }
        return outcome;
    }

    /**
     * Adds the caller's stack as a suppressed throwable, since the failure's own trace shows the worker only: if the
     * work created the exception, and it has none yet. An exception that many calls share must neither grow nor name
     * one of them. The trace is a class of the JDK, so that a serialised exception can be read where this library is
     * absent.
     */
    private static void addCallerTrace(Throwable thrown) {
        try {
            if (wasCreatedByWork(thrown)) {
                // the throwable's own monitor, which addSuppressed takes too: check and add are one step
                synchronized (thrown) {
                    for (Throwable suppressed : thrown.getSuppressed()) {
                        String message = suppressed.getMessage();
                        if (message != null && message.startsWith(CALLER_TRACE)) {
                            return;
                        }
                    }
                    thrown.addSuppressed(new Throwable(CALLER_TRACE + Thread.currentThread()));
                }
            }
        } catch (Throwable ignored) {
            // no memory or no stack left for the trace; the failure itself matters more
        }
    }

    private static boolean wasCreatedByWork(Throwable thrown) {
        StackTraceElement[] frames = thrown.getStackTrace();
        for (int i = frames.length - 1; i >= 0; i--) {
            if (frames[i].getMethodName().equals("runCo")
                    && frames[i].getClassName().equals(BlockingRequest.class.getName())) {
                return true;
            }
        }
        return false;
    }

    /**
     * The deadlines of a call, and its canceller.
     *
     * <p>{@code CANCELING}, set by the thread that is to call the canceller, and {@code EXPIRED} are set before {@code
     * ENDED}, or not at all. So the canceller is called once, and not after the work has ended. It may still run when
     * the work ends. Then the call waits for it, since it may use what is the caller's. The worker does not: it leaves,
     * so that a late interrupt reaches no other request.
     */
    final class Limits {
        private static final int CANCELING = 1;
        private static final int CANCELED = 2; // the canceller has returned
        private static final int EXPIRED = 4;
        private static final int ENDED = 8;

        final long startDeadline;
        private final Pool pool;
        private final long endDeadline;
        private final @Nullable Canceller canceller;
        private final Timer.Task task;
        private final AtomicInteger progress = new AtomicInteger();

        Limits(Pool pool, long startDeadline, Terms terms) {
            this.pool = pool;
            this.startDeadline = startDeadline;
            this.endDeadline = Timer.deadlineAfter(terms.endNanos);
            this.canceller = terms.canceller;
            this.task = new Timer.Task(() -> schedule(passed()), canceller != null); // foreign code may block
        }

        /** Starts the timer. Returns the deadline that the caller itself must keep. */
        long start() {
            return schedule(startDeadline) ? Timer.NO_DEADLINE : startDeadline;
        }

        private boolean schedule(long deadline) {
            return deadline == Timer.NO_DEADLINE || pool.timer.schedule(task, deadline - System.nanoTime());
        }

        void stop() {
            pool.timer.cancel(task);
        }

        /** A deadline has passed. Returns the next one. */
        long passed() {
            if (hasEnded()
                    || pool.withdraw(BlockingRequest.this, RequestQueue.Reason.TIMED_OUT)
                    || endDeadline == Timer.NO_DEADLINE) {
                return Timer.NO_DEADLINE;
            } else if (!Timer.hasPassed(endDeadline)) {
                return endDeadline;
            }
            cancel(EXPIRED);
            return Timer.NO_DEADLINE;
        }

        /**
         * If the work runs: calls the canceller, unless another thread has.
         *
         * @param why EXPIRED, or 0: the caller was interrupted
         */
        void cancel(int why) {
            Thread worker = runner(); // read first: the outcome may take its place
            if (worker == null) {
                return;
            }
            int before = set(canceller == null ? why : why | CANCELING);
            if (canceller != null && (before & (ENDED | CANCELING)) == 0) {
                try {
                    canceller.cancel(worker);
                } catch (Throwable e) {
                    CallbackQueue.report(pool.handler, e);
                } finally {
                    set(CANCELED);
                    LockSupport.unpark(waiter);
                }
            }
        }

        /** The worker: the work has ended. Returns whether the canceller still runs. */
        boolean workEnded() {
            set(ENDED);
            return isCanceling();
        }

        /** Sets bits, unless the work has ended, and returns those before. Without an allocation, which might fail. */
        private int set(int bits) {
            for (; ; ) {
                int before = progress.get();
                if (((before & ENDED) != 0 && bits != CANCELED) || progress.compareAndSet(before, before | bits)) {
                    return before;
                }
            }
        }

        boolean isCanceling() {
            return (progress.get() & (CANCELING | CANCELED)) == CANCELING;
        }

        boolean isExpired() {
            return (progress.get() & EXPIRED) != 0;
        }
    }
}
