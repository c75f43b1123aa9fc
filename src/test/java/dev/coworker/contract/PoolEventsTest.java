package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The flight recorder's events of workers and of cancellations. */
class PoolEventsTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private ThreadPool pool(ThreadPool.Builder builder) {
        return pools.open(builder.name("seen").maxThreads(1));
    }

    private static Gate occupied(ThreadPool pool) throws Exception {
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        return gate;
    }

    @Test
    void aWorkersStartAndExitAreRecordedOnItsThread() throws Exception {
        ThreadPool pool = pool(ThreadPool.builder());
        try (Recorded recorded = new Recorded()) {
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
            pool.close();

            List<RecordedEvent> events = recorded.all("seen").stream()
                    .filter(event -> event.getEventType().getName().contains("Worker"))
                    .toList();
            assertThat(events)
                    .extracting(event -> event.getEventType().getName() + " "
                            + event.getThread().getJavaName())
                    .containsExactly("dev.coworker.WorkerStart seen-worker-1", "dev.coworker.WorkerExit seen-worker-1");
            assertThat(events.get(1).getBoolean("died")).isFalse();
        }
    }

    @Test
    void everyWorkerThatStartedExits() throws Exception {
        ThreadPool pool = pools.open(
                ThreadPool.builder().name("seen").minThreads(2).maxThreads(4).idleTimeout(Duration.ZERO));
        try (Recorded recorded = new Recorded()) {
            Gate gate = new Gate();
            for (int i = 0; i < 4; i++) {
                pool.submit(gate::pass);
            }
            gate.awaitArrived(4);
            gate.open();
            pool.resize(0, 1);
            pool.close();

            List<String> exited = recorded.of("WorkerExit", "seen").stream()
                    .map(event -> event.getThread().getJavaName())
                    .toList();
            assertThat(exited).doesNotHaveDuplicates().hasSizeBetween(4, 6);
        }
    }

    @Test
    void aFailedStartIsRecordedWithItsCause() throws Exception {
        FailingFactory factory = new FailingFactory();
        factory.failNext(FailingFactory::outOfMemory, worker -> null);
        ThreadPool pool = pool(ThreadPool.builder().threadFactory(factory));
        try (Log log = new Log();
                Recorded recorded = new Recorded()) {
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
            Callers.until("the burst is reported", () -> !log.records().isEmpty());

            List<RecordedEvent> failures = recorded.of("SpawnFailure", "seen");
            assertThat(failures).hasSize(2);
            assertThat(failures.get(0).getString("cause"))
                    .isEqualTo("java.lang.OutOfMemoryError: unable to create native thread, says the test");
            assertThat(failures.get(0).getDuration("retryAfter")).isEqualTo(Duration.ofMillis(1));
            assertThat(failures.get(1).getString("cause")).contains("threadFactory returned null");
        }
    }

    @Test
    void everyCanceledRequestIsRecordedOnceWithTheReason() throws Exception {
        ThreadPool pool = pool(ThreadPool.builder().uncaughtExceptionHandler((thread, interrupted) -> {}));
        try (Recorded recorded = new Recorded()) {
            Gate gate = occupied(pool);
            AioRequest<Integer> request = pool.submitAio(() -> 1, (value, failure) -> {});
            request.cancel();
            request.cancel();
            Future<?> future = pool.asExecutorService().submit(() -> {});
            future.cancel(false);
            assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> 1, Duration.ofMillis(1))))
                    .isInstanceOf(TimeoutException.class);
            assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> 1, Duration.ZERO)))
                    .isInstanceOf(TimeoutException.class);
            Callers.Caller<Integer> interrupted = Callers.virtual(() -> pool.submitCo(() -> 1));
            Callers.until("it is queued", () -> pool.stats().queued() == 1);
            interrupted.thread.interrupt();
            assertThat(interrupted.failure()).isInstanceOf(InterruptedException.class);
            pool.submit(() -> {});
            pool.close(Duration.ZERO);
            gate.open();

            List<RecordedEvent> cancels = recorded.of("Cancel", "seen");
            assertThat(cancels)
                    .extracting(event -> event.getString("layer") + " " + event.getString("reason"))
                    .containsExactly(
                            "aio withdrawn",
                            "submit withdrawn",
                            "co timed out",
                            "co timed out",
                            "co withdrawn",
                            "submit closed");
            assertThat(cancels).hasSize((int) pool.stats().canceled());
        }
    }

    @Test
    void everyCallerThatGivesUpAtTheBoundIsRecorded() throws Exception {
        ThreadPool pool = pool(ThreadPool.builder().maxQueued(1));
        try (Recorded recorded = new Recorded()) {
            Gate gate = occupied(pool);
            pool.submit(() -> {});
            assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> 1, Duration.ofMillis(1))))
                    .isInstanceOf(TimeoutException.class);
            Callers.Caller<Integer> interrupted = Callers.virtual(() -> pool.submitCo(() -> 1));
            Callers.until("it waits", () -> pool.stats().waiting() == 1);
            interrupted.thread.interrupt();
            assertThat(interrupted.failure()).isInstanceOf(InterruptedException.class);
            gate.open();
            pool.close();

            assertThat(recorded.of("Cancel", "seen"))
                    .extracting(event -> event.getString("reason"))
                    .containsExactly("timed out", "withdrawn");
            assertThat(pool.stats().canceled()).isEqualTo(2);
        }
    }

    @Test
    void aCancellationShowsWhoCanceled() throws Exception {
        ThreadPool pool = pool(ThreadPool.builder());
        try (Recorded recorded = new Recorded()) {
            Gate gate = occupied(pool);
            pool.submitAio(() -> 1, (value, failure) -> {}).cancelAsync();
            gate.open();

            Stream<String> frames = recorded.of("Cancel", "seen").get(0).getStackTrace().getFrames().stream()
                    .map(RecordedFrame::getMethod)
                    .map(method -> method.getType().getName() + "." + method.getName());
            assertThat(frames).contains(getClass().getName() + ".aCancellationShowsWhoCanceled");
        }
    }
}
