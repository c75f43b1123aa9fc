package dev.coworker.contract;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Threads that call into the pool on behalf of a test. */
public final class Callers {
    private static final long PATIENCE_SECONDS = 30;

    private Callers() {}

    /** A caller, and what its call came to. */
    public static final class Caller<T> {
        final Thread thread;
        private final FutureTask<T> task;

        private Caller(Callable<T> call, boolean virtual) {
            task = new FutureTask<>(call);
            thread = virtual
                    ? Thread.startVirtualThread(task)
                    : Thread.ofPlatform().daemon().start(task);
        }

        /** The value; or what the call threw, as itself. */
        public T result() throws Exception {
            try {
                return task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                if (e.getCause() instanceof Exception cause) {
                    throw cause;
                }
                throw (Error) e.getCause();
            } catch (TimeoutException e) {
                AssertionError stuck = new AssertionError("the caller does not return: " + thread.getState());
                stuck.setStackTrace(thread.getStackTrace());
                throw stuck;
            }
        }

        /** What the call threw. */
        public Throwable failure() throws Exception {
            try {
                throw new AssertionError("returned " + result());
            } catch (AssertionError | Exception e) {
                return e;
            }
        }

        boolean isDone() {
            return task.isDone();
        }
    }

    public static <T> Caller<T> virtual(Callable<T> call) {
        return new Caller<>(call, true);
    }

    public static <T> Caller<T> platform(Callable<T> call) {
        return new Caller<>(call, false);
    }

    public static void interrupt(Caller<?> caller) {
        caller.thread.interrupt();
    }

    /** Runs a call on a virtual thread and returns its value. */
    public static <T> T onVirtual(Callable<T> call) throws Exception {
        return virtual(call).result();
    }

    /** Waits for the end of a thread that interrupts the caller, so that the interrupt cannot reach its next step. */
    static void joinAndForget(Thread interrupter) {
        // not by spinning: virtual threads that yield in turn can keep the carriers from one that was started elsewhere
        while (interrupter.isAlive()) {
            try {
                interrupter.join();
            } catch (InterruptedException e) {
                // that was it
            }
        }
        Thread.interrupted();
    }

    /** Returns when the condition holds; for states that nothing signals. */
    public static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("never came true: " + what);
            }
            LockSupport.parkNanos(100_000);
        }
    }
}
