package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.lang.ref.WeakReference;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What binding keeps alive, and what becomes of the meters of a pool that is gone. */
class MeterReachabilityTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    /** A pool that was used, and that nothing here refers to any more. */
    private static WeakReference<ThreadPool> droppedPool(MeterRegistry registry, boolean closed) throws Exception {
        ThreadPool pool = ThreadPool.builder()
                .name("disk")
                .idleTimeout(java.time.Duration.ZERO)
                .build();
        new ThreadPoolMetrics(pool).bindTo(registry);
        Callers.onVirtual(() -> pool.submitCo(() -> 1));
        Callers.until("its worker is gone", () -> pool.stats().curThreads() == 0);
        if (closed) {
            pool.close();
        }
        return new WeakReference<>(pool);
    }

    @Test
    void aRegistryDoesNotKeepAPoolAndACollectedPoolLeavesNoMeters() throws Exception {
        for (boolean closed : new boolean[] {true, false}) {
            MeterRegistry registry = new SimpleMeterRegistry();
            WeakReference<ThreadPool> pool = droppedPool(registry, closed);
            List<Meter> meters = registry.getMeters();
            assertThat(meters).isNotEmpty();
            Await.unreachable("the pool", pool);

            for (Meter meter : meters) {
                meter.measure()
                        .forEach(m ->
                                assertThat(m.getValue()).as("%s", meter.getId()).isFinite());
            }
            assertThat(registry.getMeters()).isEmpty();
        }
    }

    @Test
    void aScrapeAfterThePoolWasCollectedHasNoNaNAndTheNextHasNothing() throws Exception {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Await.unreachable("the pool", droppedPool(registry, false));

        assertThat(registry.scrape()).doesNotContain("NaN");
        assertThat(registry.scrape()).isEmpty();
    }

    @Test
    void aPoolOfTheNameOfACollectedOneIsShownAlone() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        Await.unreachable("the pool", droppedPool(registry, false));
        ThreadPool next = pools.open(ThreadPool.builder().name("disk").maxThreads(5));
        new ThreadPoolMetrics(next).bindTo(registry);

        assertThat(registry.get("executor.pool.max").gauge().value()).isEqualTo(5);
        assertThat(registry.get("executor.pool.size").gauge().value()).isZero();
    }

    @Test
    void aCounterDoesNotFallWhenOneOfTwoPoolsIsCollected() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        ThreadPool stays = pools.open(ThreadPool.builder().name("disk"));
        new ThreadPoolMetrics(stays).bindTo(registry);
        WeakReference<ThreadPool> goes = droppedPool(registry, false);
        assertThat(registry.get("executor.completed").functionCounter().count()).isEqualTo(1);
        Await.unreachable("the pool", goes);

        assertThat(registry.get("executor.completed").functionCounter().count()).isEqualTo(1);
        Callers.onVirtual(() -> stays.submitCo(() -> 1));
        assertThat(registry.get("executor.completed").functionCounter().count()).isEqualTo(2);
        assertThat(registry.get("executor.pool.max").gauge().value()).isEqualTo(64);
    }

    @Test
    void aRegistryIsNotKeptByAPoolThatWasUnbound() throws Exception {
        ThreadPool pool = pools.open();
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        WeakReference<MeterRegistry> registry = boundAndUsed(metrics, pool);
        metrics.close();
        Await.unreachable("the registry", registry);
    }

    private static WeakReference<MeterRegistry> boundAndUsed(ThreadPoolMetrics metrics, ThreadPool pool)
            throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        metrics.bindTo(registry);
        Callers.onVirtual(() -> pool.submitCo(() -> 1));
        assertThat(registry.get("executor").timer().count()).isEqualTo(1);
        return new WeakReference<>(registry);
    }

    @Test
    void aRegistryAndItsCollectedPoolAreKeptByNothing() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        droppedPool(registry, false);
        WeakReference<MeterRegistry> reference = new WeakReference<>(registry);
        registry = null;
        Await.unreachable("the registry", reference);
    }

    @Test
    void aDroppedBinderDoesNotEndTheBinding() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        ThreadPool pool = pools.open();
        WeakReference<ThreadPoolMetrics> binder = droppedBinder(registry, pool);
        Await.unreachable("the binder", binder);
        Callers.onVirtual(() -> pool.submitCo(() -> 1));

        assertThat(registry.get("executor").timer().count()).isEqualTo(1);
        assertThat(registry.get("executor.pool.max").gauge().value()).isEqualTo(64);
    }

    private static WeakReference<ThreadPoolMetrics> droppedBinder(MeterRegistry registry, ThreadPool pool) {
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        metrics.bindTo(registry);
        return new WeakReference<>(metrics);
    }
}
