package dev.coworker;

import dev.coworker.internal.base.Timer;
import dev.coworker.internal.pool.BlockingRequest;
import dev.coworker.internal.pool.BlockingRequest.Terms;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * The deadlines of a {@code submitCo}, and how its work is asked to end early. Immutable, so it may be a constant; each
 * method returns a changed copy. All times count from the call. Huge times mean no deadline.
 *
 * {@snippet file="snippets/GivingUp.java" region="options"}
 */
public final class CallOptions {
    private static final CallOptions DEFAULTS = new CallOptions(Terms.NONE);

    final Terms terms;

    private CallOptions(Terms terms) {
        this.terms = terms;
    }

    /** {@return the defaults: no deadline, no canceller} */
    public static CallOptions defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how long it may take until a worker starts the work. The work never starts later.
     *
     * @param time zero or less: only if a worker is free now, see {@link Submitter#submitCo(Work, Duration)}
     * @return the changed copy
     */
    public CallOptions startWithin(Duration time) {
        return new CallOptions(new Terms(TimeUnit.NANOSECONDS.convert(time), terms.endNanos(), terms.canceller()));
    }

    /**
     * Sets how long the call may take, waiting and running. When that time is over, work that was not started is
     * withdrawn. For work that runs, the canceller is called. The call then ends with a {@link
     * java.util.concurrent.TimeoutException} once the work has ended, since the work may use the caller's buffers until
     * then. Without a canceller this may take any time.
     *
     * @param time zero or less: the work is not started
     * @return the changed copy
     */
    public CallOptions endWithin(Duration time) {
        return new CallOptions(new Terms(terms.startNanos(), TimeUnit.NANOSECONDS.convert(time), terms.canceller()));
    }

    /**
     * Sets what asks the work to end when the caller is interrupted, or {@link #endWithin} is over. After an interrupt
     * the call returns the outcome of the work, with the interrupt status set.
     *
     * @param canceller the canceller
     * @return the changed copy
     */
    public CallOptions onCancel(Canceller canceller) {
        BlockingRequest.Canceller inside = Objects.requireNonNull(canceller, "canceller")::cancel;
        return new CallOptions(new Terms(terms.startNanos(), terms.endNanos(), inside));
    }

    /** One line for a log. */
    @Override
    public String toString() {
        return "CallOptions[startWithin = " + show(terms.startNanos()) + ", endWithin = " + show(terms.endNanos())
                + ", onCancel = " + (terms.canceller() != null) + "]";
    }

    private static String show(long nanos) {
        return nanos == Timer.NO_DEADLINE ? "none" : Duration.ofNanos(nanos).toString();
    }
}
