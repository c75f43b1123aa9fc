package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Races for the room that comes free in a full pool: its caller leaves at that moment, or other threads want it too.
 */
class BoundRaceTest {
    private static final int ROUNDS = 200;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ThreadPool pool =
            pools.open(ThreadPool.builder().minThreads(1).maxThreads(1).maxQueued(1));
    private Gate gate;

    /** The worker stands at a new gate, and one request is queued. */
    private void fill() throws InterruptedException {
        gate = new Gate();
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        pool.submit(() -> {});
    }

    private <T> Caller<T> inLine(Caller<T> caller, int waiting) {
        Callers.until("it waits", () -> pool.stats().waiting() == waiting);
        return caller;
    }

    /** No room was lost, and none was invented. */
    private void assertRoomForOneBehindTheWorker() throws Exception {
        Callers.until(
                "nothing moves",
                () -> pool.stats().queued()
                                + pool.stats().active()
                                + pool.stats().waiting()
                        == 0);
        fill();
        assertThatExceptionOfType(RejectedExecutionException.class).isThrownBy(() -> pool.submit(() -> {}));
        gate.open();
        Callers.until(
                "nothing moves", () -> pool.stats().queued() + pool.stats().active() == 0);
    }

    @Test
    void noSubmitOvertakesACallerInLine() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            List<String> started = Collections.synchronizedList(new ArrayList<>());
            fill();
            Caller<Boolean> caller = inLine(Callers.virtual(() -> pool.submitCo(() -> started.add("caller"))), 1);
            AtomicBoolean trying = new AtomicBoolean();
            Caller<Boolean> overtaker = Callers.platform(() -> {
                for (; ; ) {
                    try {
                        pool.submit(() -> started.add("overtaker"));
                        return true;
                    } catch (RejectedExecutionException full) {
                        trying.set(true);
                    }
                }
            });
            Callers.until("it tries", trying::get);
            gate.open();
            caller.result();
            overtaker.result();
            Callers.until("both ran", () -> started.size() == 2);
            assertThat(started).as("round %s", round).containsExactly("caller", "overtaker");
            Callers.until("it has ended", () -> pool.stats().active() == 0);
        }
    }

    @Test
    void roomForACallerThatIsInterruptedIsPassedOn() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            fill();
            Caller<Integer> first = inLine(Callers.virtual(() -> pool.submitCo(() -> 1)), 1);
            Caller<Integer> second = inLine(Callers.virtual(() -> pool.submitCo(() -> 2)), 2);
            long since = System.nanoTime();
            long delay = round % 100 * 2_000L; // room comes free some microseconds after the gate was opened
            gate.open();
            while (System.nanoTime() - since < delay) {
                Thread.onSpinWait();
            }
            first.thread.interrupt();
            try {
                assertThat(first.result()).isEqualTo(1);
            } catch (InterruptedException withdrawn) {
                // as likely
            }
            assertThat(second.result()).as("round %s", round).isEqualTo(2);
        }
        assertRoomForOneBehindTheWorker();
    }

    @Test
    void roomForACallerWhoseTimeIsOverIsUsedOrPassedOn() throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            fill();
            Duration time = Duration.ofMillis(1);
            long deadline = System.nanoTime() + time.toNanos();
            Caller<Integer> first = Callers.virtual(() -> pool.submitCo(() -> 1, time));
            Caller<Integer> second = Callers.virtual(() -> pool.submitCo(() -> 2));
            Callers.until("its time is nearly over", () -> System.nanoTime() - deadline > -50_000);
            gate.open();
            try {
                assertThat(first.result()).isEqualTo(1);
            } catch (TimeoutException withdrawn) {
                // as likely
            }
            assertThat(second.result()).as("round %s", round).isEqualTo(2);
        }
        assertRoomForOneBehindTheWorker();
    }
}
