package snippets;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ObservingTest {
    @Test
    void aBoundPoolIsInTheRegistryUntilTheMetersAreClosed() throws Exception {
        MeterRegistry registry = new SimpleMeterRegistry();
        try (ThreadPool pool = ThreadPool.builder().name("disk").build()) {
            ThreadPoolMetrics metrics = Observing.metrics(pool, registry);
            assertThat(registry.get("executor.pool.max")
                            .tag("name", "disk")
                            .gauge()
                            .value())
                    .isEqualTo(64);
            metrics.close();
            assertThat(registry.getMeters()).isEmpty();
        }
    }

    @Test
    void theCountersAreRead() {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        try (ThreadPool pool = ThreadPool.create()) {
            Observing.stats(pool, new PrintStream(written, true, US_ASCII));
        }
        assertThat(written.toString(US_ASCII)).isEqualTo("0 of 64 workers, 0 requests queued%n".formatted());
    }

    @Test
    void aTraceIdIsSeenByTheWorkAndByTheCallback() throws Exception {
        ThreadLocal<String> traceId = new ThreadLocal<>();
        List<String> seen = Collections.synchronizedList(new ArrayList<>());
        try (ThreadPool pool = Observing.decorator(traceId)) {
            traceId.set("4bf9");
            pool.submitAio(traceId::get, (value, failure) -> {
                seen.add("work " + value);
                seen.add("callback " + traceId.get());
            });
        }
        assertThat(seen).containsExactly("work 4bf9", "callback 4bf9");
    }
}
