package dev.coworker.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
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

/** W3 and W4: one thread hands over 100,000 pieces of work that do nothing but say that they ran. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Burst {
    static final int REQUESTS = 100_000;

    @Param({"coworker", "ThreadPoolExecutor", "ForkJoinPool", "semaphore", "Kotlin", "Vert.x", "Reactor"})
    public String contender;

    private Contender pool;
    private final LongAdder ran = new LongAdder();
    private final AtomicLong calledBack = new AtomicLong();

    @Setup
    public void open() {
        pool = Contender.named(contender);
    }

    @TearDown
    public void close() {
        pool.close();
    }

    /** Fire and forget, until the last has run. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public void w3() {
        ran.reset();
        Contender.Task task = ran::increment;
        for (int i = 0; i < REQUESTS; i++) {
            pool.submit(task);
        }
        while (ran.sum() < REQUESTS) {
            LockSupport.parkNanos(10_000);
        }
    }

    /** With a callback on one loop, until the last has returned. */
    @Benchmark
    @OperationsPerInvocation(REQUESTS)
    public void w4() {
        calledBack.setPlain(0);
        // one loop, so one writer
        Contender.Callback callback = () -> calledBack.setRelease(calledBack.getPlain() + 1);
        Contender.Task task = () -> {};
        for (int i = 0; i < REQUESTS; i++) {
            pool.callBack(task, callback);
        }
        while (calledBack.getAcquire() < REQUESTS) {
            LockSupport.parkNanos(10_000);
        }
    }
}
