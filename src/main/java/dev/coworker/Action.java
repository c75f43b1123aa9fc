package dev.coworker;

/**
 * {@link Work} that returns nothing.
 *
 * @param <X> the type of the checked exception; inferred as {@link RuntimeException} where there is none
 */
@FunctionalInterface
public interface Action<X extends Exception> {
    /**
     * Does the work, on a platform thread of the pool.
     *
     * @throws X when the work fails
     */
    void run() throws X;
}
