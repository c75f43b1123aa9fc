package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.locks.LockSupport;

/** A caller that has parked and waits for its outcome; resumed, it ends. */
final class Parked {
    final CoRequest request = new CoRequest((Action<RuntimeException>) () -> {});
    private final Thread thread = Thread.startVirtualThread(() -> {
        request.announceWaiter();
        LockSupport.park();
    });

    Parked() {
        Await.parked(thread);
    }

    void isWaiting() {
        assertThat(thread.getState()).isEqualTo(Thread.State.WAITING);
    }

    void isResumed() {
        Callers.until("resumed", () -> !thread.isAlive());
    }
}
