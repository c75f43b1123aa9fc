package dev.coworker;

/**
 * Asks work that runs to end early, such as {@code worker -> statement.cancel()} or {@code worker -> channel.close()}.
 * The counterpart of the {@code cancel_async} that each of QEMU's drivers brings along.
 *
 * <p>A call of {@code submitCo} calls it once at most, while its work runs: on the caller's thread after an interrupt,
 * or on a thread of the library when {@link CallOptions#endWithin} is over. It is not called before the work has
 * started, nor after it has ended. It holds no lock, and may block. The call returns when both the work and the
 * canceller have returned. What the canceller throws goes to the {@linkplain
 * ThreadPool.Builder#uncaughtExceptionHandler uncaught-exception handler}.
 */
@FunctionalInterface
public interface Canceller {
    /**
     * Asks the work to end.
     *
     * @param worker the thread that runs the work
     * @throws Exception if it fails
     */
    void cancel(Thread worker) throws Exception;

    /**
     * {@return a canceller that interrupts the worker} The interrupt reaches this work and no other. Many kinds of I/O
     * do not take it kindly: an interrupt within a {@link java.nio.channels.FileChannel} closes that channel for all.
     *
     * {@snippet file="snippets/GivingUp.java" region="interrupt"}
     */
    static Canceller interrupt() {
        return Thread::interrupt;
    }
}
