package dev.coworker.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** W6: 10,000 virtual threads have a worker sleep for a millisecond each; the time until the last is through. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class Sleeps {
    @Param({"coworker", "ThreadPoolExecutor", "ForkJoinPool", "semaphore", "Kotlin", "Vert.x", "Reactor"})
    public String contender;

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
    public void w6() throws Exception {
        pool.call(
                10_000,
                1,
                caller -> () -> {
                    Thread.sleep(1);
                    return null;
                },
                null);
    }
}
