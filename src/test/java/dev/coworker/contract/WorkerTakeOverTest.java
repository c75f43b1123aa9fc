package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Workers that the timer starts because the context does not. */
class WorkerTakeOverTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private static List<LogRecord> warnings(Log log, ThreadPool pool) {
        return log.records().stream()
                .filter(record -> record.getLevel() == Level.WARNING)
                .filter(record -> record.getMessage().startsWith(pool.name() + ":"))
                .toList();
    }

    @Test
    void aContextThatIsNotPolledDoesNotStarveSubmitCo() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
    }

    @Test
    void aContextThatACallbackBlocksDoesNotStarveSubmitCo() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("blocked"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        Gate inCallback = new Gate();
        Gate inWork = new Gate();
        pool.submitAio(() -> null, (value, failure) -> inCallback.passUninterruptibly());
        inCallback.awaitArrived(1);
        pool.submit(inWork::pass);
        inWork.awaitArrived(1);
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
        inWork.open();
        inCallback.open();
    }

    @Test
    void aContextWhoseExecutorRejectsDoesNotStarveSubmitCo() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.on(task -> {
            throw new RejectedExecutionException("no more");
        }));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
    }

    @Test
    void aBurstThatTheContextDoesNotStartGetsAllItsWorkers() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        Gate gate = new Gate();
        for (int i = 0; i < 8; i++) {
            pool.submit(gate::pass);
        }
        gate.awaitArrived(8);
        gate.open();
    }

    @Test
    void minWorkersThatTheContextDoesNotStartAreStartedAllTheSame() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).minThreads(3));
        Callers.until("three idle", () -> pool.stats().idleThreads() == 3);
    }

    @Test
    void eachReservationIsTakenOverInItsTurn() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        Gate gate = new Gate();
        for (int i = 0; i < 4; i++) {
            pool.submit(gate::pass);
            gate.awaitArrived(1);
        }
        gate.open();
    }

    @Test
    void theContextHasTenMillisecondsToStartAWorkerItself() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        AtomicLong startedAt = new AtomicLong();
        ThreadPool pool = pools.open(ThreadPool.builder().context(context).threadFactory(work -> {
            startedAt.set(System.nanoTime());
            return new Thread(work);
        }));
        List<Gate> gates = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            Gate gate = new Gate();
            long submittedAt = System.nanoTime();
            pool.submit(gate::pass);
            gate.awaitArrived(1);
            assertThat(startedAt.get() - submittedAt).isGreaterThanOrEqualTo(TimeUnit.MILLISECONDS.toNanos(10));
            gates.add(gate);
        }
        gates.forEach(Gate::open);
    }

    @Tag("slow")
    @Test
    void aManualContextThatIsNotPolledForASecondIsReportedOnce() throws Exception {
        try (Log log = new Log()) {
            AioContext context = pools.closeAfterwards(AioContext.manual());
            ThreadPool pool = pools.open(ThreadPool.builder().context(context));
            Gate gate = new Gate();
            long since = System.nanoTime();
            for (int takenOver = 0; takenOver < 3; takenOver++) {
                pool.submit(gate::pass);
                gate.awaitArrived(1);
            }
            Callers.until("it is reported", () -> !warnings(log, pool).isEmpty());
            assertThat(System.nanoTime() - since).isGreaterThanOrEqualTo(TimeUnit.SECONDS.toNanos(1));
            Await.timer(Duration.ofMillis(100));
            assertThat(warnings(log, pool))
                    .singleElement()
                    .satisfies(warning -> assertThat(warning.getMessage()).contains(context.toString(), "poll"));
            gate.open();
        }
    }

    @Tag("slow")
    @Test
    void aManualContextThatIsPolledLateButWithinASecondIsNotReported() throws Exception {
        try (Log log = new Log()) {
            AioContext context = pools.closeAfterwards(AioContext.manual());
            ThreadPool pool = pools.open(ThreadPool.builder().context(context));
            assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42))).isEqualTo(42);
            context.poll(false);
            Await.timer(Duration.ofSeconds(1));
            assertThat(warnings(log, pool)).isEmpty();
        }
    }
}
