package dev.coworker;

import org.jspecify.annotations.Nullable;

/**
 * The stack of a {@code submitCo} caller, hung as a suppressed throwable on what its work threw: the failure's own trace
 * shows the worker only.
 */
final class CallerTrace extends Throwable {
    private static final long serialVersionUID = 1;

    private CallerTrace() {
        super("submitCo was called here by " + Thread.currentThread());
    }

    /**
     * Adds the caller's trace, unless one is there already: an exception that many calls share must not grow.
     *
     * @return the same throwable
     */
    static Throwable addTo(@Nullable Throwable thrown) {
        if (thrown == null) {
            return new AssertionError("a failure without a throwable");
        }
        try {
            // the throwable's own monitor, which addSuppressed takes too: check and add are one step
            synchronized (thrown) {
                for (Throwable suppressed : thrown.getSuppressed()) {
                    if (suppressed instanceof CallerTrace) {
                        return thrown;
                    }
                }
                thrown.addSuppressed(new CallerTrace());
            }
        } catch (Throwable ignored) {
            // no memory or no stack left for the trace; the failure itself matters more
        }
        return thrown;
    }
}
