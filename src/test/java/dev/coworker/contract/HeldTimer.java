package dev.coworker.contract;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds the library's timer, so that what happens meanwhile happens without it. A pool on a manual context that is not
 * polled has its worker started by the timer; here the thread factory of that pool does not return.
 */
final class HeldTimer implements AutoCloseable {
    private final Gate gate = new Gate();
    private final AioContext context = AioContext.manual();
    private final ThreadPool pool;

    HeldTimer() throws InterruptedException {
        pool = ThreadPool.builder()
                .name("held timer")
                .context(context)
                .threadFactory(worker -> {
                    gate.passUninterruptibly();
                    return new Thread(worker);
                })
                .build();
        pool.submit(() -> {});
        gate.awaitArrived(1);
    }

    /** Returns when the timer has run all that is due after this time, or earlier. */
    static void pass(Duration time) throws InterruptedException {
        long deadline = System.nanoTime() + time.toNanos();
        for (long left; (left = deadline - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
        }
        new HeldTimer().close(); // the timer runs one thing at a time, in the order of their deadlines
    }

    /** Lets the timer go on; on the thread that holds it. */
    @Override
    public void close() {
        gate.open();
        pool.close();
        context.close();
    }
}
