package dev.coworker;

/**
 * Work that returns nothing and may throw one type of checked exception, which {@link ThreadPool#submitCo(Action)} lets
 * through to its caller as itself.
 *
 * <p>Write it as a lambda: the type of the exception is then inferred. A reference to an overloaded method is ambiguous
 * between this interface and {@link Work}.
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
