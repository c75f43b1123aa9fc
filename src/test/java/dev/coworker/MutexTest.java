package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MutexTest {
    private final Mutex mutex = new Mutex();
    private final AtomicBoolean taken = new AtomicBoolean();

    private void take() {
        mutex.lock();
        taken.set(true);
        mutex.unlock();
    }

    @Test
    void itsHolderIsWhoLockedIt() throws Exception {
        assertThat(mutex.isHeldByCurrentThread()).isFalse();
        mutex.lock();
        assertThat(mutex.isHeldByCurrentThread()).isTrue();
        Thread other = Thread.ofPlatform().start(() -> taken.set(mutex.isHeldByCurrentThread()));
        other.join();
        assertThat(taken).isFalse();
        mutex.unlock();
        assertThat(mutex.isHeldByCurrentThread()).isFalse();
    }

    @Test
    void aPlatformThreadQueuesForIt() throws Exception {
        mutex.lock();
        Thread other = Thread.ofPlatform().start(this::take);
        Await.parked(other);
        assertThat(taken).isFalse();
        mutex.unlock();
        other.join();
        assertThat(taken).isTrue();
    }

    /** It would be handed the lock while it may have no carrier to go on with. */
    @Test
    void aVirtualThreadTriesAgainAndNeverQueues() throws Exception {
        mutex.lock();
        Thread other = Thread.ofVirtual().start(this::take);
        for (int i = 0; i < 100; i++) {
            Thread.sleep(1);
            assertThat(other.getState()).isNotIn(Thread.State.WAITING, Thread.State.TIMED_WAITING);
        }
        assertThat(taken).isFalse();
        mutex.unlock();
        other.join();
        assertThat(taken).isTrue();
    }
}
