package dev.coworker;

import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** The coroutine layer's request: settled, it unparks its caller. */
final class CoRequest extends Request implements Spin.Target {
    private volatile @Nullable Thread waiter; // the caller, from before it parks

    /** Work is a {@link Callable}, or an {@link Action}. */
    CoRequest(Object work) {
        super(work);
    }

    @Override
    void run(Worker worker, Object work) {
        runCo(worker, work);
    }

    private void runCo(Worker worker, Object work) {
        Object outcome = null;
        boolean threw = false;
        try {
            outcome = perform(work);
        } catch (Throwable e) {
            outcome = e;
            threw = true;
        }
        worker.finish(this, outcome, threw);
    }

    /** Runs a callable for its value, or an action for null. */
    static @Nullable Object perform(Object work) throws Exception {
        if (work instanceof Callable<?> callable) {
            return callable.call();
        }
        ((Action<?>) work).run();
        return null;
    }

    @Override
    Observation.Layer layer() {
        return Observation.Layer.CO;
    }

    /** One that has not come to park yet needs no unpark. Also on the thread that resumes those {@link WakeUps} put off. */
    @Override
    void settled() {
        Thread parked = waiter;
        if (parked != null && parked != Thread.currentThread()) {
            LockSupport.unpark(parked);
        }
    }

    /**
     * The caller is about to park, once it has looked for the outcome again. It writes the waiter, then reads the state; whoever
     * publishes the outcome writes the state, then reads the waiter: so one of the two sees the other.
     */
    void announceWaiter() {
        waiter = Thread.currentThread();
    }

    boolean hasWaiter() {
        return waiter != null;
    }

    /** For the caller that spins: whether there is an outcome. */
    @Override
    public boolean isReached() {
        return internalState() >= RETURNED;
    }

    /**
     * The caller's side: parks until the outcome is there. While the request is queued, an interrupt or the deadline
     * withdraws it; once a worker has it, both are too late, and the interrupt status is put back at the end.
     *
     * @return the value
     * @throws Throwable what the work threw
     */
    @Nullable
    Object await(Entrance entrance, long deadlineNanos) throws Throwable {
        boolean interrupted = false;
        boolean timed = deadlineNanos != Long.MAX_VALUE;
        try {
            for (int state; ; ) {
                state = internalState();
                if (state == RETURNED) {
                    return outcome();
                } else if (state == THREW) {
                    throw CallerTrace.addTo((Throwable) outcome());
                } else if (state == CANCELED) {
                    throw canceledByClose();
                } else if (Thread.interrupted()) {
                    if (entrance.withdraw(this, false)) {
                        throw new InterruptedException("interrupted before a worker started the work");
                    }
                    interrupted = true;
                } else if (!hasWaiter()) {
                    announceWaiter();
                } else if (state == QUEUED && timed) {
                    long left = deadlineNanos - System.nanoTime();
                    if (left > 0) {
                        Waiters.park(this, left);
                    } else if (entrance.withdraw(this, true)) {
                        throw new TimeoutException("no worker started the work in time");
                    } else {
                        timed = false;
                    }
                } else {
                    Waiters.park(this, Long.MAX_VALUE);
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    static CancellationException canceledByClose() {
        return new CancellationException("closed before a worker started the work");
    }
}
