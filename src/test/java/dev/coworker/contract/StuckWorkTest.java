package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import dev.coworker.WorkerInfo;
import dev.coworker.contract.Callers.Caller;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Requests that run for long are told from those that are merely many. */
class StuckWorkTest {
    private static final Duration STUCK_AFTER = Duration.ofMillis(40);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();

    private static ThreadPool.Builder builder() {
        return ThreadPool.builder().name("files").stuckAfter(STUCK_AFTER);
    }

    private static List<LogRecord> warnings(Log log) {
        return log.records().stream()
                .filter(record -> record.getLevel() == Level.WARNING)
                .toList();
    }

    @Test
    void stuckWorkIsReportedOnceWithItsStackWhileItRuns() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder());
            pool.submit(gate::passUninterruptibly);
            Callers.until("it is reported", () -> !warnings(log).isEmpty());
            assertThat(pool.stats().stuck()).isOne();
            Await.timer(STUCK_AFTER.multipliedBy(4));
            assertThat(warnings(log)).hasSize(1);
            LogRecord warning = warnings(log).get(0);
            assertThat(warning.getMessage()).contains("files", "files-worker-1", "stuckAfter");
            assertThat(warning.getThrown().getStackTrace())
                    .anyMatch(frame -> frame.getMethodName().equals("passUninterruptibly"));
            gate.open();
            Callers.until("it is stuck no more", () -> pool.stats().stuck() == 0);
        }
    }

    @Test
    void eachStuckRequestIsReported() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder());
            for (int i = 0; i < 2; i++) {
                pool.submit(gate::passUninterruptibly);
            }
            Callers.until("both are reported", () -> warnings(log).size() == 2);
            assertThat(pool.stats().stuck()).isEqualTo(2);
            gate.open();
            Callers.until("they have ended", () -> pool.stats().completed() == 2);
            Gate next = new Gate();
            pool.submit(next::passUninterruptibly);
            Callers.until("the next one is reported too", () -> warnings(log).size() == 3);
            next.open();
        }
    }

    @Test
    void manyShortRequestsAreNotStuck() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder().maxThreads(1).stuckAfter(Duration.ofSeconds(1)));
            long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            while (System.nanoTime() - end < 0) {
                Callers.onVirtual(() -> pool.submitCo(() -> 1));
            }
            assertThat(warnings(log)).isEmpty();
        }
    }

    @Test
    void zeroMeansNever() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder().stuckAfter(Duration.ZERO));
            pool.submit(gate::passUninterruptibly);
            gate.awaitArrived(1);
            Await.timer(STUCK_AFTER.multipliedBy(4));
            assertThat(warnings(log)).isEmpty();
            gate.open();
        }
        assertThatIllegalArgumentException().isThrownBy(() -> builder().stuckAfter(Duration.ofNanos(-1)));
    }

    @Test
    void theFlightRecorderHasAnEventWithTheStack() throws Exception {
        try (Log log = new Log();
                Recorded recorded = new Recorded()) {
            ThreadPool pool = pools.open(builder());
            Slice slice = pool.slice("dns", 1);
            Caller<Object> caller = Callers.virtual(() -> {
                slice.submitCo(gate::passUninterruptibly);
                return null;
            });
            Callers.until("it is reported", () -> !warnings(log).isEmpty());
            List<RecordedEvent> events = recorded.of("StuckWork", "files");
            assertThat(events).hasSize(1);
            assertThat(events.get(0).getString("slice")).isEqualTo("dns");
            assertThat(events.get(0).getString("layer")).isEqualTo("co");
            assertThat(events.get(0).getString("stack")).contains("passUninterruptibly");
            assertThat(events.get(0).getThread("worker").getJavaName()).isEqualTo("files-worker-1");
            assertThat(events.get(0).getDuration("runTime")).isGreaterThanOrEqualTo(STUCK_AFTER);
            gate.open();
            caller.result();
        }
    }

    @Test
    void theGaugeCountsThemForThePoolAndForTheSlice() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder());
            Slice slice = pool.slice("dns", 1);
            Slice other = pool.slice("other", 1);
            SimpleMeterRegistry registry = new SimpleMeterRegistry();
            for (var each : List.of(pool, slice, other)) {
                pools.closeAfterwards(new ThreadPoolMetrics(each)).bindTo(registry);
            }
            slice.submit(gate::passUninterruptibly);
            Callers.until("it is reported", () -> !warnings(log).isEmpty());
            assertThat(stuck(registry, "files")).isOne();
            assertThat(stuck(registry, "dns")).isOne();
            assertThat(stuck(registry, "other")).isZero();
            gate.open();
            Callers.until("it is stuck no more", () -> stuck(registry, "files") == 0);
        }
    }

    private static double stuck(SimpleMeterRegistry registry, String name) {
        return registry.get("coworker.stuck").tag("name", name).gauge().value();
    }

    @Test
    void aPoolWhoseWorkersAllWaitForItsOwnWorkSaysThatNothingMoves() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder().maxThreads(2));
            CompletableFuture<Void> answer = new CompletableFuture<>();
            for (int i = 0; i < 2; i++) {
                pool.submit(answer::join);
            }
            Callers.until("both run", () -> pool.stats().active() == 2);
            pool.submit(() -> answer.complete(null)); // stays in the inbox
            Callers.until("it says so", () -> saysThatNothingMoves(log));
            Await.timer(STUCK_AFTER.multipliedBy(4));
            assertThat(warnings(log)).hasSize(3);
            answer.complete(null);
        }
    }

    @Test
    void aRequestThatWaitsForAPermitWaitsToo() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder().maxThreads(1));
            Slice slice = pool.slice("dns", 1);
            slice.submit(gate::passUninterruptibly);
            slice.submit(() -> {});
            Callers.until("it says so", () -> saysThatNothingMoves(log));
            gate.open();
        }
    }

    private static boolean saysThatNothingMoves(Log log) {
        return warnings(log).stream().anyMatch(record -> record.getMessage().contains("nothing moves"));
    }

    /** It reports the requests that are stuck, and does not say that nothing moves. */
    private static void assertReportsOnly(int requests, Log log) throws InterruptedException {
        Callers.until("each is reported", () -> warnings(log).size() == requests);
        Await.timer(STUCK_AFTER.multipliedBy(4));
        assertThat(warnings(log)).hasSize(requests).noneMatch(record -> saysThatNothingMoves(log));
    }

    @Test
    void workThatComputesMoves() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder().maxThreads(2));
            AtomicBoolean over = new AtomicBoolean();
            pool.submit(gate::passUninterruptibly);
            pool.submit(() -> {
                while (!over.get()) {
                    Thread.onSpinWait();
                }
            });
            pool.submit(() -> {});
            assertReportsOnly(2, log);
            over.set(true);
            gate.open();
        }
    }

    @Test
    void aPoolThatMayStartAnotherWorkerMoves() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder().maxThreads(2));
            Slice slice = pool.slice("dns", 1);
            slice.submit(gate::passUninterruptibly);
            slice.submit(() -> {});
            assertReportsOnly(1, log);
            gate.open();
        }
    }

    @Test
    void whereNothingWaitsNothingHasToMove() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder().maxThreads(1));
            pool.submit(gate::passUninterruptibly);
            assertReportsOnly(1, log);
            gate.open();
        }
    }

    @Test
    void aWorkerThatHasEndedDoesNotHideThatNothingMoves() throws Exception {
        try (Log log = new Log()) {
            ThreadPool pool = pools.open(builder().maxThreads(2).idleTimeout(Duration.ZERO));
            pool.submit(() -> {});
            Callers.until(
                    "its worker has ended",
                    () -> pool.stats().completed() == 1 && pool.stats().curThreads() == 0);
            CompletableFuture<Void> answer = new CompletableFuture<>();
            for (int i = 0; i < 3; i++) {
                pool.submit(answer::join);
            }
            Callers.until("it says so", () -> saysThatNothingMoves(log));
            answer.complete(null);
        }
    }

    @Test
    void workersTellWhatEachDoes() throws Exception {
        ThreadPool pool = pools.open(builder().minThreads(3).stuckAfter(Duration.ofDays(1)));
        Slice slice = pool.slice("dns", 1);
        slice.submitAio(
                () -> {
                    gate.passUninterruptibly();
                    return 1;
                },
                (value, failure) -> {});
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(2);
        Callers.until("three run", () -> pool.workers().size() == 3);
        List<WorkerInfo> workers = pool.workers();
        assertThat(workers).filteredOn(WorkerInfo::isIdle).hasSize(1).allMatch(worker -> worker.layer() == null);
        assertThat(workers)
                .filteredOn(worker -> "aio".equals(worker.layer()))
                .singleElement()
                .satisfies(worker -> {
                    assertThat(worker.slice()).isEqualTo("dns");
                    assertThat(worker.name()).startsWith("files-worker-");
                    assertThat(worker.thread().getName()).isEqualTo(worker.name());
                    assertThat(worker.toString()).contains(worker.name(), "aio of dns");
                });
        assertThat(workers)
                .filteredOn(worker -> "submit".equals(worker.layer()))
                .singleElement()
                .matches(worker -> worker.slice() == null);
        Await.timer(Duration.ofMillis(20));
        assertThat(pool.workers())
                .filteredOn(worker -> !worker.isIdle())
                .allMatch(worker -> worker.elapsed().compareTo(Duration.ofMillis(10)) > 0);
        gate.open();
    }

    @Test
    void aClosedPoolHasNoWorkers() {
        ThreadPool pool = pools.open();
        pool.submit(() -> {});
        pool.close();
        assertThat(pool.workers()).isEmpty();
    }
}
