package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.tracer.common.SpanContext;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Exemplars: the timers of the work are recorded in the trace that the task decorator restores on the worker. */
class MeterScopeTest {
    private static final ThreadLocal<String> TRACE = new ThreadLocal<>();
    private static final Pattern EXEMPLAR =
            Pattern.compile("(?m)^(executor_(?:idle_)?seconds)_bucket\\{.*} [0-9.]+ # \\{.*trace_id=\"([a-z]+)\"");

    /** The trace of the calling thread, as a tracing library would tell it. */
    private static final class CurrentTrace implements SpanContext {
        @Override
        public String getCurrentTraceId() {
            return TRACE.get();
        }

        @Override
        public String getCurrentSpanId() {
            return TRACE.get();
        }

        @Override
        public boolean isCurrentSpanSampled() {
            return TRACE.get() != null;
        }

        @Override
        public void markCurrentSpanAsExemplar() {}
    }

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(
            PrometheusConfig.DEFAULT, new PrometheusRegistry(), Clock.SYSTEM, new CurrentTrace());

    private ThreadPool traced() {
        registry.config().meterFilter(new MeterFilter() {
            @Override
            public DistributionStatisticConfig configure(Meter.Id id, DistributionStatisticConfig config) {
                return DistributionStatisticConfig.builder()
                        .percentilesHistogram(true)
                        .build()
                        .merge(config);
            }
        });
        ThreadPool pool = pools.open(ThreadPool.builder().name("disk").taskDecorator(task -> {
            String trace = TRACE.get();
            return () -> {
                TRACE.set(trace);
                try {
                    task.run();
                } finally {
                    TRACE.remove();
                }
            };
        }));
        new ThreadPoolMetrics(pool).bindTo(registry);
        return pool;
    }

    private Set<String> exemplars() {
        return EXEMPLAR.matcher(registry.scrape("application/openmetrics-text; version=1.0.0"))
                .results()
                .map(exemplar -> exemplar.group(1) + " " + exemplar.group(2))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void theRunAndTheWaitOfEachLayerAreRecordedInTheSubmittersTrace() throws Exception {
        for (String layer : List.of("co", "aio", "submit")) {
            ThreadPool pool = traced();
            Callers.onVirtual(() -> {
                TRACE.set(layer);
                switch (layer) {
                    case "co" -> pool.submitCo(() -> 42);
                    case "aio" -> pool.submitAio(() -> 42, (value, failure) -> {});
                    default -> pool.submit(() -> {});
                }
                return null;
            });
            pool.close();
            assertThat(exemplars())
                    .as(layer)
                    .containsExactly("executor_idle_seconds " + layer, "executor_seconds " + layer);
            registry.clear();
        }
    }

    @Test
    void theTimersOfWorkThatFailsAreRecordedInItToo() throws Exception {
        ThreadPool pool = traced();
        Callers.onVirtual(() -> {
            TRACE.set("failing");
            pool.submitAio(
                    () -> {
                        throw new IllegalStateException("no such block");
                    },
                    (value, failure) -> {});
            return null;
        });
        pool.close();
        assertThat(exemplars()).containsExactly("executor_idle_seconds failing", "executor_seconds failing");
    }
}
