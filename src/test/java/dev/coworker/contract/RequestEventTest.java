package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The flight recorder's event of a request. */
class RequestEventTest {
    private static final String REQUEST = "dev.coworker.Request";

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private ThreadPool pool() {
        return pools.open(ThreadPool.builder().name("seen").maxThreads(1));
    }

    private static Recorded everyRequest() {
        return new Recorded(recording -> recording.enable(REQUEST).withoutThreshold());
    }

    @Test
    void aRequestOfEachLayerIsRecorded() throws Exception {
        ThreadPool pool = pool();
        try (Recorded recorded = everyRequest()) {
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
            Outcome<Integer> outcome = new Outcome<>();
            pool.submitAio(() -> 1, outcome);
            outcome.await();
            pool.submit(() -> {});
            pool.close();

            List<RecordedEvent> requests = recorded.of("Request", "seen");
            assertThat(requests).extracting(event -> event.getString("layer")).containsExactly("co", "aio", "submit");
            assertThat(requests).allSatisfy(event -> {
                assertThat(event.getString("outcome")).isEqualTo("completed");
                assertThat(event.getThread("worker").getJavaName()).isEqualTo("seen-worker-1");
                assertThat(event.getDuration("queueTime")).isPositive();
                assertThat(event.getDuration("runTime")).isPositive();
                assertThat(event.getStackTrace()).isNull();
            });
        }
    }

    @Test
    void itIsRecordedByTheThreadThatLearnsOfTheEnd() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("home"));
        ThreadPool pool =
                pools.open(ThreadPool.builder().name("seen").context(context).maxThreads(1));
        try (Recorded recorded = everyRequest()) {
            Callers.onVirtual(() -> {
                Thread.currentThread().setName("caller");
                return pool.submitCo(() -> 1);
            });
            Outcome<Integer> outcome = new Outcome<>();
            pool.submitAio(() -> 1, outcome);
            String home = outcome.thread().getName();
            pool.submit(() -> {});
            pool.close();

            assertThat(recorded.of("Request", "seen"))
                    .extracting(event -> event.getThread().getJavaName())
                    .containsExactly("caller", home, "seen-worker-1");
        }
    }

    @Test
    void itsDurationIsQueueTimeThenRunTimeThenTheWayBack() throws Exception {
        ThreadPool pool = pool();
        try (Recorded recorded = everyRequest()) {
            Gate first = new Gate();
            pool.submit(first::pass);
            first.awaitArrived(1);
            Gate second = new Gate();
            Callers.Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> {
                second.pass();
                return 1;
            }));
            Callers.until("it is queued", () -> pool.stats().queued() == 1);
            awaitMillis(30);
            first.open();
            second.awaitArrived(1);
            awaitMillis(20);
            second.open();
            caller.result();

            RecordedEvent event = recorded.of("Request", "seen").stream()
                    .filter(each -> each.getString("layer").equals("co"))
                    .findFirst()
                    .orElseThrow();
            Duration queued = event.getDuration("queueTime");
            Duration ran = event.getDuration("runTime");
            assertThat(queued).isGreaterThanOrEqualTo(Duration.ofMillis(30));
            assertThat(ran).isGreaterThanOrEqualTo(Duration.ofMillis(20));
            // the recorder's clock is another one
            assertThat(event.getDuration().plusMillis(1)).isGreaterThanOrEqualTo(queued.plus(ran));
        }
    }

    private static void awaitMillis(long millis) {
        long since = System.nanoTime();
        Callers.until("time has passed", () -> System.nanoTime() - since >= millis * 1_000_000);
    }

    @Test
    void eachOutcomeIsRecordedAsWhatItIs() throws Exception {
        ThreadPool pool = pool();
        try (Recorded recorded = everyRequest()) {
            assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> {
                        throw new IOException("broken");
                    })))
                    .isInstanceOf(IOException.class);
            Gate gate = new Gate();
            pool.submit(gate::pass);
            gate.awaitArrived(1);
            assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> 1, Duration.ofMillis(1))))
                    .isInstanceOf(TimeoutException.class);
            pool.submitAio(() -> 1, (value, failure) -> {}).cancel();
            Callers.Caller<Integer> interrupted = Callers.virtual(() -> pool.submitCo(() -> 1));
            Callers.until("it is queued", () -> pool.stats().queued() == 1);
            interrupted.thread.interrupt();
            assertThat(interrupted.failure()).isInstanceOf(InterruptedException.class);
            gate.open();
            pool.close();
            assertThatThrownBy(() -> pool.submit(() -> {})).isInstanceOf(RejectedExecutionException.class);

            assertThat(recorded.of("Request", "seen"))
                    .extracting(event -> event.getString("layer") + " " + event.getString("outcome") + " "
                            + (event.getThread("worker") != null))
                    .containsExactly(
                            "co failed true",
                            "co timed out false",
                            "aio canceled false",
                            "co canceled false",
                            "submit completed true");
        }
    }

    @Test
    void aRequestThatNeverRanWasQueuedAllItsTime() throws Exception {
        ThreadPool pool = pool();
        try (Recorded recorded = everyRequest()) {
            Gate gate = new Gate();
            pool.submit(gate::pass);
            gate.awaitArrived(1);
            assertThatThrownBy(() -> Callers.onVirtual(() -> pool.submitCo(() -> 1, Duration.ofMillis(5))))
                    .isInstanceOf(TimeoutException.class);
            gate.open();

            RecordedEvent event = recorded.of("Request", "seen").get(0);
            assertThat(event.getDuration("queueTime")).isGreaterThanOrEqualTo(Duration.ofMillis(5));
            assertThat(event.getDuration("runTime")).isZero();
        }
    }

    @Test
    void byItselfOnlyARequestOfTwentyMillisecondsIsRecorded() throws Exception {
        ThreadPool pool = pool();
        try (Recorded recorded = new Recorded()) {
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
            Callers.onVirtual(() -> pool.submitCo(() -> {
                awaitMillis(25);
                return 1;
            }));

            List<RecordedEvent> requests = recorded.of("Request", "seen");
            assertThat(requests).isNotEmpty();
            assertThat(requests)
                    .allSatisfy(event -> assertThat(event.getDuration()).isGreaterThan(Duration.ofMillis(20)));
            assertThat(requests)
                    .anySatisfy(
                            event -> assertThat(event.getDuration("runTime")).isGreaterThan(Duration.ofMillis(20)));
        }
    }

    @Test
    void theThresholdAndTheStackTraceAreWhatTheDocumentsSay() throws Exception {
        ThreadPool pool = pool();
        try (Recording recording = new Recording()) {
            recording.start();
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
            EventType type = FlightRecorder.getFlightRecorder().getEventTypes().stream()
                    .filter(each -> each.getName().equals(REQUEST))
                    .findAny()
                    .orElseThrow();
            assertThat(type.getSettingDescriptors())
                    .anySatisfy(setting -> {
                        assertThat(setting.getName()).isEqualTo("threshold");
                        assertThat(setting.getDefaultValue()).isEqualTo("20 ms");
                    })
                    .anySatisfy(setting -> {
                        assertThat(setting.getName()).isEqualTo("stackTrace");
                        assertThat(setting.getDefaultValue()).isEqualTo("false");
                    });
        }
    }
}
