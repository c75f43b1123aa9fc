package dev.coworker.internal.pool;

import dev.coworker.internal.base.Threads;
import dev.coworker.internal.base.Timer;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The coroutine layer's request: its caller parks until it has ended.
 *
 * <p>Its deadline for the start is kept by three: a worker drops an expired request that it takes, the timer withdraws
 * it even if its caller has no carrier, and if there is no thread for the timer, the caller does.
 */
public final class BlockingRequest extends Request {
    private static final class StartDeadline extends Timer.Task {
        final long nanos;

        StartDeadline(long nanos, Runnable withdraw) {
            super(withdraw);
            this.nanos = nanos;
        }
    }

    private volatile @Nullable Thread waiter; // the caller, from before it parks
    private @Nullable StartDeadline startDeadline; // written before the request is offered

    public BlockingRequest(@Nullable Lane lane, Callable<?> work) {
        super(lane, work);
    }

    void setStartDeadline(Pool pool, long nanos) {
        startDeadline = new StartDeadline(nanos, () -> pool.withdraw(this, RequestQueue.Reason.TIMED_OUT));
    }

    boolean hasExpired() {
        return startDeadline != null && Timer.hasPassed(startDeadline.nanos);
    }

    @Override
    void run(Worker worker, Callable<?> work) {
        runCo(worker, work);
    }

    private void runCo(Worker worker, Callable<?> work) {
        Object outcome = null;
        boolean threw = false;
        try {
            outcome = work.call();
        } catch (Throwable e) {
            outcome = e;
            threw = true;
        }
        worker.finish(this, outcome, threw);
    }

    @Override
    Layer layer() {
        return Layer.CO;
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
        return internalState() == CANCELED && outcome() == RequestQueue.Reason.TIMED_OUT;
    }

    /** Returns true if it was canceled. */
    public boolean isCanceled() {
        return internalState() == CANCELED;
    }

    /**
     * The caller's side: parks until the outcome is there. While the request waits, an interrupt withdraws it. Once a
     * worker has begun, an interrupt is too late, and the interrupt status is put back at the end.
     *
     * <p>The caller writes {@code waiter}, then reads the state; the thread that publishes the outcome writes the
     * state, then reads {@code waiter}. So one of the two sees the other.
     *
     * @return the value
     * @throws Throwable what the work threw
     */
    @Nullable
    Object await(Pool pool) throws Throwable {
        boolean interrupted = false;
        long deadline = startTimer(pool);
        try {
            for (; ; ) {
                int state = internalState();
                if (state == RETURNED) {
                    return outcome();
                } else if (state == THREW) {
                    throw CallerTrace.addTo((Throwable) outcome());
                } else if (state == CANCELED) {
                    throw canceled(pool);
                } else if (Thread.interrupted()) {
                    if (pool.withdraw(this, RequestQueue.Reason.WITHDRAWN)) {
                        throw new InterruptedException("interrupted before a worker started the work");
                    }
                    interrupted = true;
                } else if (waiter == null) {
                    waiter = Thread.currentThread();
                } else if (!Threads.park(this, deadline)) {
                    pool.withdraw(this, RequestQueue.Reason.TIMED_OUT);
                    deadline = Timer.NO_DEADLINE; // withdrawn, or begun
                }
            }
        } finally {
            if (startDeadline != null) {
                pool.timer.cancel(startDeadline);
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /**
     * As {@link #await}, after the caller has run the request itself: its own stack is in the failure's trace already.
     */
    @Nullable
    Object outcomeInPlace() throws Throwable {
        if (internalState() == THREW && outcome() instanceof Throwable failure) {
            throw failure;
        }
        return outcome();
    }

    /** Returns the deadline that the caller itself must keep. */
    private long startTimer(Pool pool) {
        StartDeadline task = startDeadline;
        if (task == null || pool.timer.schedule(task, task.nanos - System.nanoTime())) {
            return Timer.NO_DEADLINE;
        }
        return task.nanos;
    }

    private Exception canceled(Pool pool) {
        return outcome() == RequestQueue.Reason.TIMED_OUT
                ? new TimeoutException(pool.nameOf(this) + ": no worker started the work in time")
                : new CancellationException(pool.nameOf(this) + " was closed before a worker started the work");
    }

    /**
     * The caller's stack, as a suppressed throwable of what its work threw: the failure's own trace shows the worker
     * only.
     */
    static final class CallerTrace {
        private static final String MESSAGE = "submitCo was called here by ";

        private CallerTrace() {}

        /**
         * Adds the caller's trace, if the exception was created by the work on its worker, and has none yet. An
         * exception that many calls share must neither grow nor name one of them. The trace is a class of the JDK, so
         * that a serialised exception can be read where this library is absent.
         *
         * @return the same throwable
         */
        static Throwable addTo(@Nullable Throwable thrown) {
            if (thrown == null) {
                return new AssertionError("a failure without a throwable");
            }
            try {
                if (wasCreatedByWork(thrown)) {
                    // the throwable's own monitor, which addSuppressed takes too: check and add are one step
                    synchronized (thrown) {
                        for (Throwable suppressed : thrown.getSuppressed()) {
                            String message = suppressed.getMessage();
                            if (message != null && message.startsWith(MESSAGE)) {
                                return thrown;
                            }
                        }
                        thrown.addSuppressed(new Throwable(MESSAGE + Thread.currentThread()));
                    }
                }
            } catch (Throwable ignored) {
                // no memory or no stack left for the trace; the failure itself matters more
            }
            return thrown;
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
    }
}
