package snippets;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import dev.coworker.ThreadPoolStats;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.PrintStream;

/** Meters, counters and context, as the javadoc shows them. */
final class Observing {
    private Observing() {}

    static ThreadPoolMetrics metrics(ThreadPool pool, MeterRegistry registry) {
        // @start region=metrics
        ThreadPoolMetrics metrics = new ThreadPoolMetrics(pool);
        metrics.bindTo(registry); // until metrics.close()
        // @end
        return metrics;
    }

    static void stats(ThreadPool pool, PrintStream out) {
        // @start region=stats
        ThreadPoolStats stats = pool.stats();
        out.printf("%d of %d workers, %d requests queued%n", stats.curThreads(), stats.maxThreads(), stats.queued());
        // @end
    }

    static ThreadPool decorator(ThreadLocal<String> traceId) {
        // @start region=decorator
        ThreadPool pool = ThreadPool.builder()
                .taskDecorator(task -> {
                    String captured = traceId.get(); // on the submitter's thread
                    return () -> {
                        String before = traceId.get(); // on the worker's, or the event loop's
                        traceId.set(captured);
                        try {
                            task.run();
                        } finally {
                            traceId.set(before);
                        }
                    };
                })
                .build();
        // @end
        return pool;
    }
}
