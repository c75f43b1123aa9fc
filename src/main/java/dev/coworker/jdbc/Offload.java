package dev.coworker.jdbc;

import dev.coworker.Action;
import dev.coworker.Submitter;
import dev.coworker.Work;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Runs calls of a driver: those of a virtual thread on a worker, others in place. */
final class Offload {
    private static final String CANCELED = "57014";
    private static final String CONNECTION_DOES_NOT_EXIST = "08003";

    private final Submitter pool;

    Offload(Submitter pool) {
        this.pool = pool;
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

    /** Runs what can be withdrawn, and canceled. */
    <T extends @Nullable Object, X extends Exception> T cancelable(Work<T, X> work) throws X, SQLException {
        if (!Thread.currentThread().isVirtual()) {
            return work.call();
        }
        Attempt<T, X> attempt = new Attempt<>(work);
        try {
            return pool.submitCo(attempt);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLTransientException("interrupted before a worker began the call", CANCELED, e);
        } catch (RejectedExecutionException | IllegalStateException e) {
            if (attempt.begun) {
                throw e;
            }
            throw new SQLNonTransientConnectionException(
                    "the call was not begun: " + e.getMessage(), CONNECTION_DOES_NOT_EXIST, e);
        }
    }

    /** Work that tells whether it has begun, so that what it throws can be told from what the pool throws. */
    private static final class Attempt<T extends @Nullable Object, X extends Exception> implements Work<T, X> {
        private final Work<T, X> work;
        private boolean begun; // written by the worker before the caller's submitCo returns

        Attempt(Work<T, X> work) {
            this.work = work;
        }

        @Override
        public T call() throws X {
            begun = true;
            return work.call();
        }
    }
}
