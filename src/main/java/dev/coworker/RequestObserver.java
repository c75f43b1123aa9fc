package dev.coworker;

/**
 * Is told what becomes of each request of a pool, by the thread that it happens on. Foreign code may be behind it: it is
 * called without a lock, and what it throws harms no request.
 */
interface RequestObserver {
    /** A worker begins with the work: {@code queuedNanos} is known. */
    void started(Observation request);

    /** The work has returned or thrown: {@code ranNanos} is known. */
    void ended(Observation request);

    /** The caller is about to go on, or the callback to be called, or there is neither: {@code totalNanos} is known. */
    void delivered(Observation request);
}
