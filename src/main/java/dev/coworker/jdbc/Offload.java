package dev.coworker.jdbc;

import dev.coworker.Action;
import dev.coworker.CallOptions;
import dev.coworker.Submitter;
import dev.coworker.Work;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTimeoutException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Runs calls of a driver: those of a virtual thread on a worker, others in place. */
final class Offload {
    private static final String CANCELED = "57014";
    private static final String NO_CONNECTION = "08003";

    private final Submitter pool;
    private final CallOptions options;

    Offload(Submitter pool, CallOptions options) {
        this.pool = pool;
        this.options = options;
    }

    /**
     * Runs what must not be refused, such as a rollback. An interrupt does not withdraw it. If the pool is closed, or
     * the caller is its loop thread, it runs in place.
     */
    <T extends @Nullable Object, X extends Exception> T always(Work<T, X> work) throws X {
        if (!Thread.currentThread().isVirtual()) {
            return work.call();
        }
        Attempt<T, X> attempt = new Attempt<>(work);
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return pool.submitCo(attempt);
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (RejectedExecutionException
                        | IllegalStateException e) { // the latter also of a canceled request
                    if (attempt.begun) {
                        throw e;
                    }
                    return work.call();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    <X extends Exception> void run(Action<X> action) throws X {
        this.<@Nullable Object, X>always(() -> {
            action.run();
            return null;
        });
    }

    /**
     * Runs what can be withdrawn, within the time of the options.
     *
     * @param statement what to cancel if the caller is interrupted, or the time is over, while it runs
     */
    <T extends @Nullable Object, X extends Exception> T cancelable(Work<T, X> work, @Nullable Statement statement)
            throws X, SQLException {
        if (!Thread.currentThread().isVirtual()) {
            return work.call();
        }
        Attempt<T, X> attempt = new Attempt<>(work);
        try {
            return pool.submitCo(
                    attempt, statement == null ? options : options.onCancel(worker -> attempt.cancel(statement)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLTransientException("interrupted before a worker began the call", CANCELED, e);
        } catch (TimeoutException e) {
            SQLTimeoutException late = new SQLTimeoutException(e.getMessage(), CANCELED, e);
            if (attempt.value instanceof AutoCloseable unused) {
                close(unused, late);
            }
            throw late;
        } catch (RejectedExecutionException | IllegalStateException e) {
            if (attempt.begun) {
                throw e;
            }
            throw new SQLNonTransientConnectionException("the call was not begun: " + e.getMessage(), NO_CONNECTION, e);
        }
    }

    /** Closes what a call made that has ended too late. */
    private void close(AutoCloseable unused, SQLException reason) {
        try {
            run(unused::close);
        } catch (Exception e) {
            reason.addSuppressed(e);
        }
    }

    /** Work that tells whether it has begun, so that what it throws can be told from what the pool throws. */
    private static final class Attempt<T extends @Nullable Object, X extends Exception> implements Work<T, X> {
        private static final long FIRST_PAUSE_NANOS = 10_000_000;
        private static final long LONGEST_PAUSE_NANOS = 1_000_000_000;

        private final Work<T, X> work;
        // Written by the worker before the caller's submitCo returns.
        private boolean begun;
        private @Nullable T value;
        // The canceller writes itself and reads the end; the worker writes the end and reads the canceller.
        private volatile boolean ended;
        private volatile @Nullable Thread canceling;

        Attempt(Work<T, X> work) {
            this.work = work;
        }

        @Override
        public T call() throws X {
            begun = true;
            try {
                T result = work.call();
                value = result;
                return result;
            } finally {
                ended = true;
                LockSupport.unpark(canceling);
            }
        }

        /**
         * Cancels the statement until the work ends: most drivers ignore a cancel that comes just before the execution.
         * The call does not return before this does, so it cannot cancel the next one.
         */
        void cancel(Statement statement) throws SQLException {
            canceling = Thread.currentThread();
            boolean interrupted = false;
            for (long pause = FIRST_PAUSE_NANOS; !ended; pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS)) {
                statement.cancel();
                if (!ended) {
                    LockSupport.parkNanos(this, pause);
                    interrupted |= Thread.interrupted();
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
