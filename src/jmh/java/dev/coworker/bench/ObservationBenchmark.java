package dev.coworker.bench;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Recording;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What it costs a request to be watched: by nobody, by the meters of a Prometheus registry, by a flight recording with the
 * events' own settings, by both. The work does nothing, so the request's own cost is all that there is to compare with.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(2)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ObservationBenchmark {
    private static final int CALLERS = 100;
    private static final int CALLS = 100;
    private static final int REQUESTS = CALLERS * CALLS;

    /** By whom it is watched. */
    @Param({"nobody", "meters", "recording", "both"})
    public String contender;

    private ThreadPool pool;
    private ThreadPoolMetrics metrics;
    private Recording recording;

    @Setup
    public void open() {
        pool = ThreadPool.create();
        metrics = new ThreadPoolMetrics(pool);
        if (contender.equals("meters") || contender.equals("both")) {
            metrics.bindTo(new PrometheusMeterRegistry(PrometheusConfig.DEFAULT));
        }
        if (contender.equals("recording") || contender.equals("both")) {
            recording = new Recording();
            recording.start();
        }
    }

    @TearDown
    public void close() {
        if (recording != null) {
            recording.close();
        }
        metrics.close();
        pool.close();
    }

    /** A hundred virtual threads, each with one call after the other. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public void submitCo() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(CALLERS);
        for (int i = 0; i < CALLERS; i++) {
            Thread.startVirtualThread(() -> {
                try {
                    for (int call = 0; call < CALLS; call++) {
                        pool.submitCo(() -> null);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    done.countDown();
                }
            });
        }
        done.await();
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public void submitAio() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(REQUESTS);
        for (int i = 0; i < REQUESTS; i++) {
            pool.submitAio(() -> null, (value, failure) -> done.countDown());
        }
        done.await();
    }

    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public void submit() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(REQUESTS);
        for (int i = 0; i < REQUESTS; i++) {
            pool.submit(done::countDown);
        }
        done.await();
    }
}
