package dev.coworker.internal.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MutexTest {
    private final Mutex lock = new Mutex();

    /** Else the carriers of those that wait could keep the processor from the thread that holds the lock. */
    @Test
    void aVirtualThreadThatWaitsForLongParks() throws Exception {
        CompletableFuture<Boolean> held = new CompletableFuture<>();
        Thread waiter;
        try (Mutex ignored = lock.hold()) {
            waiter = Thread.ofVirtual().start(() -> holdAndTell(held));
            awaitParked(waiter);
            assertThat(held).isNotDone();
        }
        assertThat(held.get(10, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void anInterruptedVirtualThreadGetsTheLockAndStaysInterrupted() throws Exception {
        CompletableFuture<Boolean> held = new CompletableFuture<>();
        CountDownLatch begun = new CountDownLatch(1);
        try (Mutex ignored = lock.hold()) {
            Thread.startVirtualThread(() -> {
                Thread.currentThread().interrupt();
                begun.countDown();
                holdAndTell(held);
            });
            assertThat(begun.await(10, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(held.get(10, TimeUnit.SECONDS)).isTrue();
    }

    private void holdAndTell(CompletableFuture<Boolean> interrupted) {
        try (Mutex ignored = lock.hold()) {
            interrupted.complete(Thread.currentThread().isInterrupted());
        }
    }

    private static void awaitParked(Thread thread) {
        long since = System.nanoTime();
        while (thread.getState() != Thread.State.TIMED_WAITING) {
            assertThat(System.nanoTime() - since).isLessThan(TimeUnit.SECONDS.toNanos(10));
            Thread.onSpinWait();
        }
    }
}
