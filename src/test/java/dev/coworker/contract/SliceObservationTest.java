package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import dev.coworker.contract.Callers.Caller;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import jdk.jfr.consumer.RecordedEvent;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What meters and the flight recorder tell of a slice. */
class SliceObservationTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();

    @Test
    void metersOfASliceHaveItsNameAndItsFigures() throws Exception {
        ThreadPool pool = pools.open();
        Slice slice = pool.slice("dns", 2);
        MeterRegistry registry = new SimpleMeterRegistry();
        try (ThreadPoolMetrics metrics = new ThreadPoolMetrics(slice, List.of(Tag.of("region", "north")))) {
            metrics.bindTo(registry);
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
            Callers.onVirtual(() -> slice.submitCo(() -> 1));
            for (int i = 0; i < 3; i++) {
                slice.submit(gate::pass);
            }
            gate.awaitArrived(2);
            assertThat(registry.getMeters())
                    .allSatisfy(
                            meter -> assertThat(meter.getId().getTag("pool")).isEqualTo(pool.name()));
            assertThat(gauge(registry, "executor.active", "dns")).isEqualTo(2);
            assertThat(gauge(registry, "executor.queued", "dns")).isEqualTo(1);
            assertThat(gauge(registry, "executor.pool.max", "dns")).isEqualTo(2);
            assertThat(gauge(registry, "executor.queue.remaining", "dns")).isEqualTo(Integer.MAX_VALUE - 1);
            assertThat(registry.get("executor.completed")
                            .tag("name", "dns")
                            .functionCounter()
                            .count())
                    .isEqualTo(1);
            assertThat(registry.get("executor").tag("name", "dns").timer().count())
                    .isEqualTo(1);
            gate.open();
        }
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void callbacksOfASliceThatWaitForTheirContextAreCounted() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.manual());
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        Slice slice = pool.slice("dns", 1);
        pool.submitAio(() -> 1, (value, failure) -> {});
        slice.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        slice.submitAio(() -> 1, (value, failure) -> {});
        slice.submitAio(() -> 1, (value, failure) -> {}).cancelAsync();
        assertThat(slice.stats().undelivered()).as("one is canceled, one waits").isOne();
        gate.open();
        Callers.until("two wait", () -> slice.stats().undelivered() == 2);
        Await.polling(context, "all are delivered", () -> pool.stats().undelivered() == 0);
        assertThat(slice.stats().undelivered()).isZero();
    }

    @Test
    void metersOfAPoolCountWhatItsSlicesSubmit() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("files"));
        Slice slice = pool.slice("dns", 2);
        MeterRegistry registry = new SimpleMeterRegistry();
        try (ThreadPoolMetrics ofPool = new ThreadPoolMetrics(pool);
                ThreadPoolMetrics ofSlice = new ThreadPoolMetrics(slice)) {
            ofPool.bindTo(registry);
            ofSlice.bindTo(registry);
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
            Callers.onVirtual(() -> slice.submitCo(() -> 1));
            assertThat(registry.get("executor").tag("name", "files").timer().count())
                    .isEqualTo(2);
            assertThat(registry.get("executor").tag("name", "dns").timer().count())
                    .isEqualTo(1);
            assertThat(registry.get("executor.completed")
                            .tag("name", "files")
                            .functionCounter()
                            .count())
                    .isEqualTo(2);
        }
    }

    @Test
    void slicesOfOneNameInTwoPoolsAreTwoSeriesAndAPoolHasNoTagPool() throws Exception {
        ThreadPool one = pools.open(ThreadPool.builder().name("one"));
        ThreadPool two = pools.open(ThreadPool.builder().name("two"));
        MeterRegistry registry = new SimpleMeterRegistry();
        new ThreadPoolMetrics(one.slice("dns", 3)).bindTo(registry);
        new ThreadPoolMetrics(two.slice("dns", 4)).bindTo(registry);
        assertThat(registry.get("executor.pool.max")
                        .tags("name", "dns", "pool", "one")
                        .gauge()
                        .value())
                .isEqualTo(3);
        assertThat(registry.get("executor.pool.max")
                        .tags("name", "dns", "pool", "two")
                        .gauge()
                        .value())
                .isEqualTo(4);
        MeterRegistry ofPool = new SimpleMeterRegistry();
        new ThreadPoolMetrics(one).bindTo(ofPool);
        assertThat(ofPool.getMeters())
                .isNotEmpty()
                .allSatisfy(meter -> assertThat(meter.getId().getTag("pool")).isNull());
    }

    private static double gauge(MeterRegistry registry, String name, String slice) {
        return registry.get(name).tag("name", slice).gauge().value();
    }

    @Test
    void eventsOfASlicesRequestsNameThePoolAndTheSlice() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("sliced"));
        Slice slice = pool.slice("dns", 1);
        try (Recorded recorded = new Recorded(
                recording -> recording.enable("dev.coworker.Request").withoutThreshold())) {
            slice.submit(gate::pass);
            slice.submitAio(() -> 1, (value, failure) -> {}).cancel();
            gate.open();
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
            slice.close();
            List<RecordedEvent> events = recorded.all("sliced");
            assertThat(events)
                    .filteredOn(event -> event.getEventType().getName().equals("dev.coworker.Request"))
                    .extracting(event -> event.getString("layer") + " " + event.getString("slice"))
                    .containsExactlyInAnyOrder("aio dns", "co null", "submit dns");
            assertThat(events)
                    .filteredOn(event -> event.getEventType().getName().equals("dev.coworker.Cancel"))
                    .extracting(event -> event.getString("reason") + " " + event.getString("slice"))
                    .containsExactly("withdrawn dns");
        }
    }

    @Test
    void aCallThatFoundNothingFreeIsCanceledByName() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("sliced-zero").maxThreads(1));
        Slice narrow = pool.slice("narrow", 1);
        Slice wide = pool.slice("wide", 2);
        narrow.submit(gate::pass);
        gate.awaitArrived(1);
        try (Recorded recorded = new Recorded(recording -> recording.enable("dev.coworker.Cancel"))) {
            for (Slice slice : List.of(narrow, wide)) {
                Caller<Integer> caller = Callers.virtual(() -> slice.submitCo(() -> 1, Duration.ZERO));
                assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
            }
            assertThat(recorded.of("Cancel", "sliced-zero"))
                    .extracting(event -> event.getString("reason") + " " + event.getString("slice"))
                    .containsExactly("timed out narrow", "timed out wide");
        }
        gate.open();
    }

    @Test
    void aRequestThatIsWithdrawnFromASliceIsCanceledOnce() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("sliced-twice").maxThreads(1));
        Slice slice = pool.slice("dns", 1);
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        try (Recorded recorded = new Recorded(recording -> recording.enable("dev.coworker.Cancel"))) {
            slice.submitAio(() -> 1, (value, failure) -> {}).cancel();
            assertThat(recorded.of("Cancel", "sliced-twice")).hasSize(1);
        }
        gate.open();
    }
}
