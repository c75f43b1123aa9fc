package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A pool is closed while callers wait for a place in its queue. */
class BoundCloseTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final List<Integer> started = Collections.synchronizedList(new ArrayList<>());
    private ThreadPool pool;

    /** The worker stands at the gate, the queue is full, and so many callers wait. */
    private List<Caller<Integer>> openWithLine(int callers) throws InterruptedException {
        pool = pools.open(
                ThreadPool.builder().maxThreads(1).maxQueued(1).uncaughtExceptionHandler((thread, failure) -> {}));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        pool.submit(() -> {});
        List<Caller<Integer>> line = new ArrayList<>();
        for (int i = 1; i <= callers; i++) {
            int number = i;
            line.add(Callers.virtual(() -> pool.submitCo(() -> {
                started.add(number);
                return number;
            })));
            Callers.until("it waits", () -> pool.stats().waiting() == number);
        }
        return line;
    }

    private Caller<Void> closeElsewhere() {
        Caller<Void> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Callers.until("it refuses", () -> {
            try {
                pool.submit(() -> {});
                return false;
            } catch (RejectedExecutionException e) {
                return e.getMessage().contains("closed");
            }
        });
        return closer;
    }

    @Test
    void closeServesTheCallersInLineInTheirOrder() throws Exception {
        List<Caller<Integer>> line = openWithLine(5);
        Caller<Void> closer = closeElsewhere();
        assertThat(closer.isDone()).isFalse();
        gate.open();
        closer.result();
        assertThat(started).containsExactly(1, 2, 3, 4, 5);
        for (int i = 0; i < 5; i++) {
            assertThat(line.get(i).result()).isEqualTo(i + 1);
        }
        assertThat(pool.stats().completed()).isEqualTo(7);
        InvariantChecker.assertClosed(pool);
    }

    @Test
    void aCallerThatComesAfterCloseIsRejectedThoughOthersAreStillAdmitted() throws Exception {
        List<Caller<Integer>> line = openWithLine(1);
        Caller<Void> closer = closeElsewhere();
        long before = pool.stats().rejected();
        Caller<Integer> late = Callers.virtual(() -> pool.submitCo(() -> 42));
        assertThat(late.failure()).isInstanceOf(RejectedExecutionException.class);
        assertThatExceptionOfType(RejectedExecutionException.class)
                .isThrownBy(() -> pool.submit(() -> {}))
                .withMessageContaining("closed");
        assertThat(pool.stats().rejected()).isEqualTo(before + 2);
        gate.open();
        closer.result();
        assertThat(line.get(0).result()).isEqualTo(1);
    }

    @Test
    void aCallerThatLeavesTheLineWhileThePoolClosesHoldsUpNoOther() throws Exception {
        List<Caller<Integer>> line = openWithLine(3);
        Caller<Void> closer = closeElsewhere();
        for (Caller<Integer> caller : line) {
            caller.thread.interrupt();
            assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        }
        gate.open();
        closer.result();
        assertThat(started).isEmpty();
        assertThat(pool.stats().submitted()).isEqualTo(5);
        assertThat(pool.stats().canceled()).isEqualTo(3);
    }

    @Test
    void aTimedCallerInLineStillTimesOutWhileThePoolCloses() throws Exception {
        openWithLine(1);
        Caller<Integer> timed = Callers.virtual(() -> pool.submitCo(() -> 42, Duration.ofMillis(50)));
        Callers.until(
                "it waits", () -> pool.stats().waiting() == 2 || pool.stats().timedOut() == 1);
        Caller<Void> closer = closeElsewhere();
        assertThat(timed.failure()).isInstanceOf(TimeoutException.class);
        gate.open();
        closer.result();
        assertThat(started).containsExactly(1);
    }

    @Test
    void closeWithADurationSendsTheCallersInLineAwayWhenTheTimeIsOver() throws Exception {
        List<Caller<Integer>> line = openWithLine(5);
        Callers.until("it ends", () -> pool.close(Duration.ofMillis(1)));
        for (Caller<Integer> caller : line) {
            assertThat(caller.failure()).isInstanceOf(CancellationException.class);
        }
        assertThat(started).isEmpty();
        InvariantChecker.assertClosed(pool);
    }

    @Test
    void closeWithADurationServesTheCallersInLineWhileThereIsTime() throws Exception {
        List<Caller<Integer>> line = openWithLine(3);
        Caller<Boolean> closer = Callers.platform(() -> pool.close(Duration.ofMinutes(1)));
        Callers.until("it closes", () -> pool.toString().contains("Closing"));
        gate.open();
        assertThat(closer.result()).isTrue();
        assertThat(started).containsExactly(1, 2, 3);
        assertThat(line.get(2).result()).isEqualTo(3);
    }

    @Test
    void aCallerThatWasSentAwayCountsAsSubmittedAndCanceled() throws Exception {
        openWithLine(2);
        Callers.until("it ends", () -> pool.close(Duration.ZERO));
        ThreadPoolStats stats = pool.stats();
        assertThat(stats.submitted()).isEqualTo(4);
        assertThat(stats.canceled()).isEqualTo(3);
        assertThat(stats.timedOut()).isZero();
        assertThat(stats.failed()).isEqualTo(1);
    }
}
