package com.example.disk;

import com.zaxxer.hikari.HikariDataSource;
import dev.coworker.CallOptions;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import dev.coworker.ThreadPoolStats;
import dev.coworker.jdbc.OffloadedDataSource;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.integration.Slf4jThreadLocalAccessor;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.task.support.ContextPropagatingTaskDecorator;
import org.sqlite.SQLiteDataSource;

/** The pool as a bean, with its meters, its health and its end. */
@Configuration(proxyBeanMethods = false)
class WorkersConfiguration {
    // @start region=pool
    /** Spring does not close it: {@link #workersEnd} does so earlier. */
    @Bean(destroyMethod = "")
    ThreadPool workers(WorkersProperties properties) {
        // The logging context and the trace of a request reach its work.
        ContextRegistry.getInstance().registerThreadLocalAccessor(new Slf4jThreadLocalAccessor());
        return ThreadPool.builder()
                .name("workers")
                .maxThreads(properties.maxThreads())
                .maxQueued(properties.maxQueued())
                .taskDecorator(new ContextPropagatingTaskDecorator()::decorate)
                .build();
    }

    /** Boot binds it to its registries. */
    @Bean
    ThreadPoolMetrics workersMetrics(ThreadPool workers) {
        return new ThreadPoolMetrics(workers);
    }
    // @end

    /** Named "workers" among the components of the health. */
    @Bean
    HealthIndicator workersHealthIndicator(ThreadPool workers, WorkersProperties properties) {
        return () -> {
            ThreadPoolStats stats = workers.stats();
            boolean full = stats.waiting() > 0 || stats.queued() >= properties.maxQueued() && stats.queued() > 0;
            return (full ? Health.outOfService() : Health.up())
                    .withDetail("active", stats.active())
                    .withDetail("queued", stats.queued())
                    .withDetail("waiting", stats.waiting())
                    .withDetail("timedOut", stats.timedOut())
                    .build();
        };
    }

    // @start region=source
    /** HikariCP on top of the wrapped driver. A query waits no longer for a worker than other work. */
    @Bean
    DataSource dataSource(ThreadPool workers, WorkersProperties properties, @Value("${database.url}") String url) {
        SQLiteDataSource sqlite = new SQLiteDataSource();
        sqlite.setUrl(url);
        HikariDataSource pooled = new HikariDataSource();
        pooled.setDataSource(OffloadedDataSource.wrap(
                sqlite, workers, CallOptions.defaults().startWithin(properties.startWithin())));
        return pooled;
    }
    // @end

    // @start region=end
    /** Closes the pool after the web server has ended its requests, and before the beans that its work uses. */
    @Bean
    SmartLifecycle workersEnd(ThreadPool workers, WorkersProperties properties) {
        return new SmartLifecycle() {
            private volatile boolean running;

            @Override
            public void start() {
                running = true;
            }

            @Override
            public void stop() {
                workers.close(properties.drain());
                running = false;
            }

            @Override
            public boolean isRunning() {
                return running;
            }

            /** Higher phases stop first. The web server's is {@code DEFAULT_PHASE - 2048}. */
            @Override
            public int getPhase() {
                return DEFAULT_PHASE - 8192;
            }
        };
    }
    // @end
}
