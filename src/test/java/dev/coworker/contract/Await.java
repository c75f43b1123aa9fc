package dev.coworker.contract;

import dev.coworker.AioContext;
import java.lang.ref.WeakReference;
import java.util.function.BooleanSupplier;

/** Waits for states that nothing signals. */
final class Await {
    private Await() {}

    /** Returns when the thread waits and has taken notice of every interrupt, so that it does not spin. */
    static void parked(Thread thread) {
        Callers.until(
                "parked with the interrupt status clear", () -> !thread.isInterrupted() && isParked(thread.getState()));
    }

    private static boolean isParked(Thread.State state) {
        return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    }

    /** Returns when the condition holds, polling on the home thread meanwhile. */
    static void polling(AioContext home, String what, BooleanSupplier condition) {
        Callers.until(what, () -> {
            home.poll(false);
            return condition.getAsBoolean();
        });
    }

    /** Returns when nothing refers to it strongly any more. */
    static void unreachable(String what, WeakReference<?> reference) {
        Callers.until(what + " is unreachable", () -> {
            System.gc();
            return reference.get() == null;
        });
    }
}
