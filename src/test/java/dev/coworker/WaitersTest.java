package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.coworker.Callers.Caller;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class WaitersTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int SIGNALS = 2_000;

    private final Waiters waiters = new Waiters(AioContext.main());
    private final AtomicBoolean done = new AtomicBoolean();
    private final Object key = new Object();

    private Caller<Boolean> waiterFor(Object what) {
        Caller<Boolean> waiter = Callers.platform(() -> waiters.await(what, done::get, Long.MAX_VALUE));
        Await.parked(waiter.thread);
        return waiter;
    }

    @Test
    void aSignalWakesWhoWaitsForItsKeyAndWhoWaitsForEverything() throws Exception {
        List<Caller<Boolean>> concerned = List.of(waiterFor(key), waiterFor(null), waiterFor(key));
        Caller<Boolean> other = waiterFor(new Object());
        done.set(true);
        waiters.signal(key);
        for (Caller<Boolean> waiter : concerned) {
            assertThat(waiter.result()).isTrue();
        }
        Await.parked(other.thread);
        assertThat(other.isDone()).isFalse();
        waiters.signalAll();
        assertThat(other.result()).isTrue();
    }

    @Test
    void aSignalNeedsNoMemory() throws Exception {
        List<Caller<Boolean>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(waiterFor(key));
        }
        signalOften();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        signalOften();
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
        done.set(true);
        waiters.signal(key);
        for (Caller<Boolean> waiter : waiting) {
            assertThat(waiter.result()).isTrue();
        }
        // a lock that somebody holds may cost a node now and then
        assertThat(bytes / SIGNALS).isLessThan(16);
    }

    private void signalOften() {
        for (int i = 0; i < SIGNALS; i++) {
            waiters.signal(key);
        }
    }
}
