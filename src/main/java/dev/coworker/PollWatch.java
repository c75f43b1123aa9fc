package dev.coworker;

import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Notices that nobody polls a manual context on which a pool depends, and says so, once a pool.
 *
 * <p>While {@code armed}, the timer is going to look, or the warning was given. The timer clears it, then looks for a reason
 * again; who has one brings it about, then arms: one of the two sees the other.
 */
final class PollWatch {
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Dispatcher dispatcher;
    private final AioContext context;
    private final boolean manual; // looked at after each request
    private final AtomicBoolean armed = new AtomicBoolean();
    private volatile boolean startedLate; // a request waited for its worker longer than a poll should take

    PollWatch(Dispatcher dispatcher, AioContext context) {
        this.dispatcher = dispatcher;
        this.context = context;
        this.manual = context.isManual();
    }

    /** The timer started a worker that a poll should have started, while requests waited. */
    void startedLate() {
        if (manual) {
            startedLate = true;
            watch();
        }
    }

    /** A callback waits for a poll. */
    void callbackDue() {
        if (manual) {
            watch();
        }
    }

    private void watch() {
        if (!armed.get() && armed.compareAndSet(false, true)) {
            lookLater();
        }
    }

    private void lookLater() {
        long polls = context.polls();
        try {
            JvmTimer.after(PATIENCE_NANOS, () -> look(polls));
        } catch (Throwable e) {
            armed.set(false);
        }
    }

    private void look(long pollsBefore) {
        boolean polled = context.isPolled() || context.polls() != pollsBefore;
        if (polled || dispatcher.isClosed()) {
            startedLate = false;
        }
        boolean due = dispatcher.completions.isDue();
        if (!due && !startedLate) {
            armed.set(false);
            if (dispatcher.completions.isDue() || startedLate) {
                watch();
            }
        } else if (polled) {
            lookLater();
        } else {
            AioContext.logQuietly(
                    Level.WARNING,
                    dispatcher.poolName + ": nobody has polled the manual " + context + " for a second, and "
                            + (due ? "callbacks wait for it" : "workers start late without it")
                            + "; call poll on the thread that created it, or use AioContext.start(name), which polls"
                            + " itself",
                    null);
        }
    }
}
