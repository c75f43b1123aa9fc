package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.coworker.Callers.Caller;
import java.lang.management.ManagementFactory;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
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

    /** What each look answers, over and over; null: there is no memory to look. */
    private static BooleanSupplier looks(Boolean... answers) {
        AtomicInteger looks = new AtomicInteger();
        return () -> {
            Boolean answer = answers[looks.getAndIncrement() % answers.length];
            if (answer == null) {
                throw new OutOfMemoryError("says the test");
            }
            return answer;
        };
    }

    @Test
    void whoHasNoMemoryToWaitWithTriesAgain() {
        assertThat(waiters.await(key, looks(false, null, false, null, true), Long.MAX_VALUE))
                .isTrue();
        long minute = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        assertThat(waiters.await(key, looks(false, null, false, true), minute)).isTrue();
        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void whoHasNoMemoryToWaitWithLooksOnceMoreAtTheDeadline() {
        assertThat(waiters.await(key, looks(false, null), System.nanoTime())).isFalse();
        assertThat(waiters.await(key, looks(false, null, true), System.nanoTime()))
                .isTrue();
    }

    private Caller<Boolean> waiterWithoutMemory(boolean interrupted) {
        AtomicInteger looks = new AtomicInteger();
        return Callers.platform(() -> {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            waiters.await(
                    key,
                    () -> {
                        if (looks.getAndIncrement() % 2 == 1) {
                            throw new OutOfMemoryError("says the test");
                        }
                        return done.get();
                    },
                    Long.MAX_VALUE);
            return Thread.interrupted();
        });
    }

    @Test
    void betweenItsAttemptsItParksAndNeedsNoSignal() throws Exception {
        Caller<Boolean> waiter = waiterWithoutMemory(false);
        Await.parked(waiter.thread);
        done.set(true);
        assertThat(waiter.result()).isFalse();
    }

    @Test
    void anInterruptDoesNotKeepItFromParkingAndIsNotLost() throws Exception {
        Caller<Boolean> waiter = waiterWithoutMemory(true);
        Await.parked(waiter.thread);
        done.set(true);
        assertThat(waiter.result()).isTrue();
    }

    @Test
    void nothingIsKeptOfAWaitThatIsOver() throws Exception {
        Await.unreachable("the key", awaitInVain());
        Await.unreachable("the key", awaitInterruptiblyInVain());
    }

    private WeakReference<Object> awaitInVain() {
        Object own = new Object();
        assertThat(waiters.await(own, done::get, System.nanoTime())).isFalse();
        return new WeakReference<>(own);
    }

    private WeakReference<Object> awaitInterruptiblyInVain() throws InterruptedException {
        Object own = new Object();
        assertThat(waiters.awaitInterruptibly(own, done::get, 0)).isFalse();
        return new WeakReference<>(own);
    }
}
