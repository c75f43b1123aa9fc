package dev.coworker.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** W1: one virtual thread, one call after the other of work that does nothing. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RoundTrip {
    static final int CALLS = 10_000;

    @Param({
        "coworker",
        "coworker (no spin)",
        "ThreadPoolExecutor",
        "ForkJoinPool",
        "cached pool",
        "semaphore",
        "Kotlin",
        "Vert.x",
        "Reactor"
    })
    public String contender;

    private Contender pool;
    private final Latencies latencies = new Latencies();

    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Quantiles {
        public double p50;
        public double p99;

        @TearDown(Level.Iteration)
        public void read(RoundTrip of) {
            of.latencies.sort();
            p50 = of.latencies.quantile(0.5);
            p99 = of.latencies.quantile(0.99);
        }
    }

    @Setup
    public void open() {
        pool = Contender.named(contender);
    }

    @TearDown
    public void close() {
        pool.close();
    }

    @Setup(Level.Iteration)
    public void clear() {
        latencies.clear();
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void w1(Quantiles quantiles) throws Exception {
        pool.call(1, CALLS, caller -> () -> null, latencies);
    }
}
