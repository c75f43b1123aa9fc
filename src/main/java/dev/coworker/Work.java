package dev.coworker;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/**
 * Work that returns a value and may throw one type of checked exception, which {@link ThreadPool#submitCo(Work)} lets
 * through to its caller as itself.
 *
 * <p>Write it as a lambda: the type of the exception is then inferred. A reference to an overloaded method is ambiguous
 * between this interface and {@link Action}.
 *
 * @param <T> the type of the value
 * @param <X> the type of the checked exception; inferred as {@link RuntimeException} where there is none
 */
@FunctionalInterface
public interface Work<T extends @Nullable Object, X extends Exception> extends Callable<T> {
    /**
     * Does the work, on a platform thread of the pool.
     *
     * @return the value, which may be null
     * @throws X when the work fails
     */
    @Override
    T call() throws X;
}
