package metrics;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import dev.coworker.watch.CarrierMeters;
import dev.coworker.watch.CarrierWatch;
import dev.coworker.watch.WatchConfig;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;

/**
 * A pool under a load that comes in waves, its meters and those of the carriers for Prometheus to scrape, and a page
 * that draws them live. On the page, queries of a database in native code can be started: on virtual threads, where
 * they starve all others, and through a pool. Runs until it is stopped, on this machine's own address only.
 *
 * <pre>
 *   mvn -q test-compile exec:exec -Dexample="[-Dport=N] metrics.MetricsExample"
 * </pre>
 */
public final class MetricsExample implements AutoCloseable {
    private final ThreadPool pool;
    private final ThreadPoolMetrics metrics;
    private final Queries queries;
    private final ThreadPoolMetrics queryMetrics;
    private final CarrierWatch watch;
    private final Load load;
    private final History history;
    private final Site site;

    private MetricsExample(int port) throws IOException, ReflectiveOperationException {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        registry.config().meterFilter(new Percentiles());

        pool = ThreadPool.builder()
                .name("disk")
                .maxThreads(8)
                .idleTimeout(Duration.ofSeconds(2))
                .build();
        metrics = new ThreadPoolMetrics(pool);
        metrics.bindTo(registry);

        queries = new Queries();
        queryMetrics = new ThreadPoolMetrics(queries.pool());
        queryMetrics.bindTo(registry);
        watch = CarrierWatch.start(
                WatchConfig.defaults().period(Duration.ofMillis(5)).skip("carriers")); // whose native call it is
        new CarrierMeters(watch).bindTo(registry);

        history = new History(registry, "disk");
        load = new Load(pool);
        site = new Site(port, registry, history, queries);
    }

    /** Percentiles are set as for any timer: here those of the last second, for the page to draw. */
    private static final class Percentiles implements MeterFilter {
        @Override
        public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
            if (!id.getName().equals("coworker.request")) {
                return config;
            }
            return DistributionStatisticConfig.builder()
                    .percentiles(0.5, 0.99)
                    .expiry(Duration.ofSeconds(1))
                    .bufferLength(2)
                    .build()
                    .merge(config);
        }
    }

    public static void main(String[] args) throws Exception {
        String port = System.getProperty("port", "");
        try (MetricsExample example = start(port.isEmpty() ? 0 : Integer.parseInt(port))) {
            System.out.println("the pool, live:      " + example.uri());
            System.out.println("Prometheus scrapes:  " + example.uri().resolve("/metrics"));
            Thread.currentThread().join(); // until it is stopped
        }
    }

    /** Starts the load and the site; port 0 is any that is free. */
    static MetricsExample start(int port) throws IOException, ReflectiveOperationException {
        return new MetricsExample(port);
    }

    URI uri() {
        return site.uri();
    }

    ThreadPool pool() {
        return pool;
    }

    Queries queries() {
        return queries;
    }

    History history() {
        return history;
    }

    @Override
    public void close() {
        site.close();
        history.close();
        load.close();
        queries.close();
        pool.close();
        queryMetrics.close();
        metrics.close();
        watch.close();
    }
}
