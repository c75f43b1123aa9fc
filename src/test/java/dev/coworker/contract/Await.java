package dev.coworker.contract;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
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

    /** Returns when the condition holds, polling on the loop thread meanwhile. */
    static void polling(AioContext context, String what, BooleanSupplier condition) {
        Callers.until(what, () -> {
            context.poll(false);
            return condition.getAsBoolean();
        });
    }

    /** Returns when the library's timer has begun all that is due after this time, or earlier. */
    static void timer(Duration time) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        for (long left; (left = deadline - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
        }
        CountDownLatch started = new CountDownLatch(1);
        Callers.platform(() -> {
            try (AioContext unpolled = AioContext.manual();
                    ThreadPool pool =
                            ThreadPool.builder().context(unpolled).daemon(true).build()) {
                pool.submit(started::countDown); // the timer starts its worker, since the context is not polled
                started.await();
                return null;
            }
        });
        if (!started.await(30, TimeUnit.SECONDS)) {
            throw new AssertionError("the timer starts no worker");
        }
    }

    /** Returns when nothing refers to it strongly any more. */
    static void unreachable(String what, WeakReference<?> reference) {
        Callers.until(what + " is unreachable", () -> {
            System.gc();
            return reference.get() == null;
        });
    }
}
