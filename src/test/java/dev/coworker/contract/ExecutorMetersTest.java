package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.jvm.ExecutorServiceMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The meters of a pool beside those that Micrometer itself has for a ThreadPoolExecutor. */
class ExecutorMetersTest {
    /** All that a dashboard can know of a meter. */
    private record Shape(String name, Meter.Type type, String baseUnit, List<Tag> tags) {
        static Set<Shape> of(MeterRegistry registry) {
            return registry.getMeters().stream()
                    .map(Meter::getId)
                    .map(id -> new Shape(id.getName(), id.getType(), id.getBaseUnit(), id.getTags()))
                    .collect(Collectors.toSet());
        }
    }

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private static ThreadPoolExecutor executor() {
        return new ThreadPoolExecutor(2, 3, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    }

    private ThreadPool pool() {
        return pools.open(ThreadPool.builder().name("disk").minThreads(2).maxThreads(3));
    }

    private static Set<Shape> sharedWithExecutors(MeterRegistry registry, String prefix) {
        return Shape.of(registry).stream()
                .filter(shape -> shape.name().startsWith(prefix + "executor"))
                .collect(Collectors.toSet());
    }

    @Test
    void theyHaveTheNamesTypesUnitsAndTagsOfAThreadPoolExecutors() {
        MeterRegistry theirs = new SimpleMeterRegistry();
        ExecutorServiceMetrics.monitor(theirs, executor(), "disk");
        MeterRegistry ours = new SimpleMeterRegistry();
        new ThreadPoolMetrics(pool()).bindTo(ours);

        assertThat(sharedWithExecutors(ours, "")).hasSize(9).isEqualTo(Shape.of(theirs));
    }

    @Test
    void prefixAndTagsAreThoseOfAThreadPoolExecutorsToo() {
        ThreadPool pool = pool();
        for (String prefix : List.of("app", "app.", "", " ")) {
            for (Iterable<Tag> tags : List.of(Tags.empty(), Tags.of("zone", "a", "name", "overridden"))) {
                MeterRegistry theirs = new SimpleMeterRegistry();
                ExecutorServiceMetrics.monitor(theirs, executor(), "disk", prefix, tags);
                MeterRegistry ours = new SimpleMeterRegistry();
                new ThreadPoolMetrics(pool, "disk", prefix, tags).bindTo(ours);

                assertThat(sharedWithExecutors(ours, prefix.startsWith("app") ? "app." : ""))
                        .as("prefix '%s', tags %s", prefix, tags)
                        .isEqualTo(Shape.of(theirs));
            }
        }
    }

    @Test
    void aScrapeShowsTheSameMetricsAsAThreadPoolExecutors() {
        PrometheusMeterRegistry theirs = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        ExecutorServiceMetrics.monitor(theirs, executor(), "disk");
        PrometheusMeterRegistry ours = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        new ThreadPoolMetrics(pool()).bindTo(ours);

        assertThat(series(ours)).isNotEmpty().containsAll(series(theirs));
    }

    /** Types, and names with their tags. */
    private static List<String> series(PrometheusMeterRegistry registry) {
        return registry.scrape()
                .lines()
                .filter(line -> !line.startsWith("# HELP"))
                .map(line -> line.startsWith("#") ? line : line.substring(0, line.lastIndexOf(' ')))
                .toList();
    }

    @Test
    void whatAThreadPoolExecutorLacksIsUnderANameOfItsOwn() {
        MeterRegistry ours = new SimpleMeterRegistry();
        new ThreadPoolMetrics(pool(), "disk", "app", Tags.of("zone", "a")).bindTo(ours);

        assertThat(Shape.of(ours).stream()
                        .filter(shape -> !shape.name().startsWith("app.executor"))
                        .map(shape -> shape.name() + " " + shape.type() + " " + shape.baseUnit() + " " + shape.tags()))
                .containsExactlyInAnyOrder(
                        "app.coworker.request TIMER seconds [tag(layer=co), tag(name=disk), tag(zone=a)]",
                        "app.coworker.request TIMER seconds [tag(layer=aio), tag(name=disk), tag(zone=a)]",
                        "app.coworker.request TIMER seconds [tag(layer=submit), tag(name=disk), tag(zone=a)]",
                        "app.coworker.wait TIMER seconds [tag(name=disk), tag(outcome=completed), tag(zone=a)]",
                        "app.coworker.wait TIMER seconds [tag(name=disk), tag(outcome=failed), tag(zone=a)]",
                        "app.coworker.wait TIMER seconds [tag(name=disk), tag(outcome=canceled), tag(zone=a)]",
                        "app.coworker.wait TIMER seconds [tag(name=disk), tag(outcome=timed out), tag(zone=a)]",
                        "app.coworker.undelivered GAUGE callbacks [tag(name=disk), tag(zone=a)]",
                        "app.coworker.stuck GAUGE tasks [tag(name=disk), tag(zone=a)]",
                        "app.coworker.pool.idle GAUGE threads [tag(name=disk), tag(zone=a)]",
                        "app.coworker.waiting GAUGE callers [tag(name=disk), tag(zone=a)]",
                        "app.coworker.failed COUNTER tasks [tag(name=disk), tag(zone=a)]",
                        "app.coworker.canceled COUNTER tasks [tag(name=disk), tag(zone=a)]",
                        "app.coworker.timed.out COUNTER tasks [tag(name=disk), tag(zone=a)]",
                        "app.coworker.rejected COUNTER tasks [tag(name=disk), tag(zone=a)]",
                        "app.coworker.spawn.failures COUNTER null [tag(name=disk), tag(zone=a)]");
    }

    @Test
    void everyMeterIsDescribed() {
        MeterRegistry ours = new SimpleMeterRegistry();
        new ThreadPoolMetrics(pool()).bindTo(ours);

        assertThat(ours.getMeters())
                .hasSize(25)
                .allSatisfy(meter -> assertThat(meter.getId().getDescription()).isNotBlank());
    }

    @Test
    void theFiguresOfAnIdlePoolAreThoseOfAnIdleThreadPoolExecutor() throws Exception {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(2, 3, 1, TimeUnit.SECONDS, new ArrayBlockingQueue<>(7));
        try {
            executor.prestartAllCoreThreads();
            MeterRegistry theirs = new SimpleMeterRegistry();
            ExecutorServiceMetrics.monitor(theirs, executor, "disk")
                    .submit(() -> {})
                    .get();
            ThreadPool pool = pools.open(ThreadPool.builder()
                    .name("disk")
                    .minThreads(2)
                    .maxThreads(3)
                    .maxQueued(7));
            MeterRegistry ours = new SimpleMeterRegistry();
            new ThreadPoolMetrics(pool).bindTo(ours);
            pool.asExecutorService().submit(() -> {}).get();

            for (Meter meter : theirs.getMeters()) {
                if (meter.getId().getType() != Meter.Type.TIMER) {
                    String name = meter.getId().getName();
                    Callers.until(name + " is the same", () -> value(ours, name) == value(theirs, name));
                }
            }
            assertThat(theirs.get("executor").timer().count()).isEqualTo(1);
            Callers.until(
                    "the work is timed", () -> ours.get("executor").timer().count() == 1);
            assertThat(ours.get("executor.idle").timer().count()).isEqualTo(1);
        } finally {
            executor.shutdown();
        }
    }

    private static double value(MeterRegistry registry, String name) {
        return registry.get(name).meter().measure().iterator().next().getValue();
    }
}
