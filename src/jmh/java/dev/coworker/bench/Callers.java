package dev.coworker.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** W2: many virtual threads at once, each with one call after the other of work that does nothing. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Callers {
    static final int CALLS = 300_000;

    @Param({"coworker", "ThreadPoolExecutor", "ForkJoinPool", "cached pool", "semaphore", "Kotlin", "Vert.x", "Reactor"
    })
    public String contender;

    @Param({"100", "1000", "10000"})
    public int callers;

    private Contender pool;

    @Setup
    public void open() {
        pool = Contender.named(contender);
    }

    @TearDown
    public void close() {
        pool.close();
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void w2() throws Exception {
        pool.call(callers, CALLS / callers, caller -> () -> null, null);
    }
}
