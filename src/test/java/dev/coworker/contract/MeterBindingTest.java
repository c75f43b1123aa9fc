package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Binding, binding again, unbinding: which meters a registry has, and whose. */
class MeterBindingTest {
    private static final int ALL = 25;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final List<String> warnings = new CopyOnWriteArrayList<>();
    private final Logger micrometer = Logger.getLogger("io.micrometer");
    private final Handler handler = new Handler() {
        @Override
        public void publish(LogRecord record) {
            if (record.getMessage().contains("been already registered")) {
                warnings.add(record.getMessage());
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        micrometer.setLevel(Level.ALL); // only the first warning of a JVM is one, the others are for debugging
        micrometer.addHandler(handler);
    }

    @AfterEach
    void nothingWasWarnedOf() {
        micrometer.removeHandler(handler);
        micrometer.setLevel(null);
        assertThat(warnings).isEmpty();
    }

    private ThreadPool pool(String name) {
        return pools.open(ThreadPool.builder().name(name).maxThreads(2));
    }

    private static void run(ThreadPool pool, int times) throws Exception {
        for (int i = 0; i < times; i++) {
            Callers.onVirtual(() -> pool.submitCo(() -> 1));
        }
    }

    private double completed() {
        return registry.get("executor.completed").functionCounter().count();
    }

    private long timed() {
        return registry.get("executor").timer().count();
    }

    private double max() {
        return registry.get("executor.pool.max").gauge().value();
    }

    private void assertNoNaN() {
        for (Meter meter : registry.getMeters()) {
            meter.measure()
                    .forEach(m ->
                            assertThat(m.getValue()).as("%s", meter.getId()).isFinite());
        }
    }

    @Test
    void bindingTheSameBinderTwiceCountsNothingTwice() throws Exception {
        ThreadPool pool = pool("disk");
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        metrics.bindTo(registry);
        metrics.bindTo(registry);
        run(pool, 3);

        assertThat(registry.getMeters()).hasSize(ALL);
        assertThat(timed()).isEqualTo(3);
        assertThat(completed()).isEqualTo(3);
        assertThat(max()).isEqualTo(2);
        metrics.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void twoBindersOfOnePoolCountNothingTwiceAndTheLastOneRemovesTheMeters() throws Exception {
        ThreadPool pool = pool("disk");
        ThreadPoolMetrics first = new ThreadPoolMetrics(pool);
        ThreadPoolMetrics second = new ThreadPoolMetrics(pool);
        first.bindTo(registry);
        second.bindTo(registry);
        run(pool, 3);
        assertThat(timed()).isEqualTo(3);
        assertThat(max()).isEqualTo(2);

        first.close();
        run(pool, 1);
        assertThat(timed()).isEqualTo(4);
        assertThat(completed()).isEqualTo(4);
        second.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void onePoolIsWatchedUnderSeveralTagsAndInSeveralRegistries() throws Exception {
        ThreadPool pool = pool("disk");
        MeterRegistry other = new SimpleMeterRegistry();
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        metrics.bindTo(registry);
        metrics.bindTo(other);
        new ThreadPoolMetrics(pool, Tags.of("zone", "a")).bindTo(registry);
        run(pool, 1);

        assertThat(registry.find("executor").timers()).hasSize(2).allMatch(timer -> timer.count() == 1);
        assertThat(other.get("executor").timer().count()).isEqualTo(1);
        metrics.close();
        assertThat(registry.getMeters()).hasSize(ALL);
        assertThat(other.getMeters()).isEmpty();
    }

    @Test
    void aBinderThatWasClosedCanBindAgain() throws Exception {
        ThreadPool pool = pool("disk");
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        for (int round = 1; round <= 3; round++) {
            metrics.bindTo(registry);
            run(pool, 1);
            assertThat(registry.getMeters()).hasSize(ALL);
            assertThat(timed()).isEqualTo(1);
            assertThat(completed()).isEqualTo(round);
            assertThat(max()).isEqualTo(2);
            metrics.close();
            assertThat(registry.getMeters()).isEmpty();
        }
    }

    @Test
    void poolsOfOneNameAreShownAsTheirSum() throws Exception {
        ThreadPool one = pool("disk");
        ThreadPool two = pools.open(ThreadPool.builder().name("disk").maxThreads(5));
        new ThreadPoolMetrics(one).bindTo(registry);
        new ThreadPoolMetrics(two).bindTo(registry);
        run(one, 1);
        run(two, 2);

        assertThat(registry.getMeters()).hasSize(ALL);
        assertThat(completed()).isEqualTo(3);
        assertThat(timed()).isEqualTo(3);
        assertThat(max()).isEqualTo(7);
        one.close();
        two.close();
    }

    @Test
    void aCounterDoesNotFallWhenOneOfTwoPoolsIsUnboundAndBoundAgain() throws Exception {
        ThreadPool one = pool("disk");
        ThreadPool two = pool("disk");
        ThreadPoolMetrics ones = new ThreadPoolMetrics(one);
        ones.bindTo(registry);
        new ThreadPoolMetrics(two).bindTo(registry);
        run(one, 1);
        run(two, 2);
        ones.close();
        assertThat(completed()).isEqualTo(3);
        assertThat(max()).isEqualTo(2);
        run(one, 10);
        assertThat(completed()).as("what an unbound pool does is not shown").isEqualTo(3);
        assertThat(timed()).isEqualTo(3);

        ones.bindTo(registry);
        assertThat(completed()).isEqualTo(13);
        assertThat(max()).isEqualTo(4);
        one.close();
        two.close();
    }

    @Test
    void theNextPoolOfANameTakesOver() throws Exception {
        ThreadPool one = pool("disk");
        ThreadPoolMetrics ones = new ThreadPoolMetrics(one);
        ones.bindTo(registry);
        run(one, 3);
        ones.close();
        one.close();
        ThreadPool two = pools.open(ThreadPool.builder().name("disk").maxThreads(5));
        new ThreadPoolMetrics(two).bindTo(registry);
        run(two, 1);

        assertThat(registry.getMeters()).hasSize(ALL);
        assertThat(completed()).isEqualTo(1);
        assertThat(max()).isEqualTo(5);
    }

    @Test
    void aClosedPoolKeepsItsCountsAndShowsNoWorkers() throws Exception {
        ThreadPool pool = pool("disk");
        new ThreadPoolMetrics(pool).bindTo(registry);
        run(pool, 2);
        pool.close();

        assertThat(completed()).isEqualTo(2);
        assertThat(registry.get("executor.pool.size").gauge().value()).isZero();
        assertNoNaN();
    }

    @Test
    void metersThatWereClearedFromTheRegistryReturnWithTheNextBinding() throws Exception {
        ThreadPool pool = pool("disk");
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        metrics.bindTo(registry);
        run(pool, 1);
        registry.clear();
        metrics.bindTo(registry);
        run(pool, 1);

        assertThat(registry.getMeters()).hasSize(ALL);
        assertThat(timed()).isEqualTo(1);
        metrics.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void metersThatAFilterDeniesAreNotMissed() throws Exception {
        registry.config().meterFilter(MeterFilter.denyNameStartsWith("executor"));
        ThreadPool pool = pool("disk");
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        metrics.bindTo(registry);
        metrics.bindTo(registry);
        run(pool, 1);

        assertThat(registry.getMeters()).hasSize(ALL - 9);
        assertThat(registry.get("coworker.request").tag("layer", "co").timer().count())
                .isEqualTo(1);
        metrics.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void aFilterThatDeniesEverythingLeavesNothing() throws Exception {
        registry.config().meterFilter(MeterFilter.deny());
        ThreadPool pool = pool("disk");
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        metrics.bindTo(registry);
        metrics.bindTo(registry);
        run(pool, 1);
        metrics.close();
        assertThat(registry.getMeters()).isEmpty();
    }

    @Test
    void aCompositeOfRegistriesShowsThePoolInEach() throws Exception {
        MeterRegistry other = new SimpleMeterRegistry();
        CompositeMeterRegistry composite = new CompositeMeterRegistry();
        composite.add(registry);
        composite.add(other);
        ThreadPool pool = pool("disk");
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        metrics.bindTo(composite);
        run(pool, 2);

        assertThat(completed()).isEqualTo(2);
        assertThat(max()).isEqualTo(2);
        assertThat(other.get("executor").timer().count()).isEqualTo(2);
        metrics.close();
        assertThat(registry.getMeters()).isEmpty();
        assertThat(other.getMeters()).isEmpty();
    }

    @Test
    void aRegistryThatRefusesAMeterGetsNone() throws Exception {
        registry.counter("executor.pool.max", "name", "disk").increment();
        ThreadPool pool = pool("disk");
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        assertThatThrownBy(() -> metrics.bindTo(registry)).isInstanceOf(IllegalArgumentException.class);

        assertThat(registry.getMeters()).hasSize(1);
        registry.clear();
        metrics.bindTo(registry);
        assertThat(registry.getMeters()).hasSize(ALL);
    }

    @Test
    void aRegistryThatCallsBackWhileItRegistersDoesNotHangTheBinding() throws Exception {
        ThreadPool pool = pool("disk");
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        registry.config().onMeterAdded(meter -> {
            Callers.Caller<Void> elsewhere = Callers.platform(() -> {
                metrics.bindTo(new SimpleMeterRegistry());
                meter.measure().forEach(m -> assertThat(m.getValue()).isNotNaN());
                return null;
            });
            assertThat(elsewhere).satisfies(Callers.Caller::result);
        });
        metrics.bindTo(registry);
        assertThat(registry.getMeters()).hasSize(ALL);
    }

    @Test
    void bindersThatComeAndGoTogetherLeaveWhatTheLastOnesWanted() throws Exception {
        ThreadPool one = pool("disk");
        ThreadPool two = pool("disk");
        for (int round = 0; round < 200; round++) {
            ThreadPoolMetrics stays = new ThreadPoolMetrics(one);
            ThreadPoolMetrics goes = new ThreadPoolMetrics(two);
            goes.bindTo(registry);
            CyclicBarrier start = new CyclicBarrier(3);
            List<Callers.Caller<Void>> all = List.of(
                    Callers.platform(after(start, () -> stays.bindTo(registry))),
                    Callers.platform(after(start, goes::close)),
                    Callers.platform(after(start, goes::close)));
            for (Callers.Caller<Void> each : all) {
                each.result();
            }
            Callers.until("all is settled", () -> registry.getMeters().size() == ALL);
            assertThat(max()).isEqualTo(2);
            stays.close();
            Callers.until("all is settled", () -> registry.getMeters().isEmpty());
        }
        one.close();
        two.close();
    }

    private static Callable<Void> after(CyclicBarrier start, Runnable action) {
        return () -> {
            start.await();
            action.run();
            return null;
        };
    }
}
