package dev.coworker;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The one timer of the JVM, which the JDK keeps for {@link CompletableFuture}: it starts threads that could not be started
 * by whom they should have been. Silent while nothing is pending, and not bound to this library's class loader.
 *
 * <p>Its own thread must exist before threads run out, and must not inherit from whoever happens to need it first; so
 * {@link #ready} makes it, from a thread that has nothing to bequeath.
 */
final class JvmTimer {
    private static final Executor HERE = Runnable::run;
    private static volatile boolean ready;

    private JvmTimer() {}

    /**
     * Returns when the timer has its thread.
     *
     * @throws OutOfMemoryError when that thread cannot be created; a later call tries again
     */
    static void ready() {
        if (ready) {
            return;
        }
        Thread creator = Home.newIndependentThread("coworker-timer-creator", () -> {
            after(0, () -> {});
            ready = true;
        });
        creator.start();
        boolean interrupted = false;
        while (creator.isAlive()) {
            try {
                creator.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (!ready) {
            throw new OutOfMemoryError("unable to create the timer's thread");
        }
    }

    /** Runs a task on the timer's thread after a delay; the task catches what it throws and does not block. */
    static void after(long nanos, Runnable task) {
        CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, HERE).execute(task);
    }
}
