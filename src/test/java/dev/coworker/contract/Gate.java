package dev.coworker.contract;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Work waits at the gate until the test opens it. The test waits until work has arrived at it. */
public final class Gate {
    private static final long PATIENCE_SECONDS = 30;
    private final CountDownLatch opened = new CountDownLatch(1);
    private final Semaphore arrived = new Semaphore(0);

    /** The work's side. Interruptible. */
    public void pass() throws InterruptedException {
        arrived.release();
        if (!opened.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("the gate was not opened");
        }
    }

    /** The work's side, for work that does not react to interrupts; keeps the status. */
    public void passUninterruptibly() {
        boolean interrupted = false;
        arrived.release();
        for (; ; ) {
            try {
                if (!opened.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    throw new AssertionError("the gate was not opened");
                }
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** The test's side: returns when {@code count} more have arrived. */
    public void awaitArrived(int count) throws InterruptedException {
        if (!arrived.tryAcquire(count, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new AssertionError("only " + arrived.availablePermits() + " of " + count + " came to the gate");
        }
    }

    public void open() {
        opened.countDown();
    }
}
