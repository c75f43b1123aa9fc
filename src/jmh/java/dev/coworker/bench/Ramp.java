package dev.coworker.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * From nothing to 64 requests that all block at once: until the submitter is through, until all run, and the same again
 * with the threads that are there then.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class Ramp {
    @Param({"coworker", "ThreadPoolExecutor", "Vert.x"})
    public String contender;

    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Micros {
        public double submitted;
        public double cold;
        public double warm;

        private final List<long[]> ramps = new ArrayList<>();

        @Setup(Level.Iteration)
        public void clear() {
            ramps.clear();
        }

        @TearDown(Level.Iteration)
        public void read() {
            submitted = medianMicros(0);
            cold = medianMicros(1);
            warm = medianMicros(2);
        }

        private double medianMicros(int column) {
            return Results.median(
                            ramps.stream().mapToDouble(ramp -> ramp[column]).toArray())
                    / 1e3;
        }
    }

    @Benchmark
    public void ramp(Micros micros) throws InterruptedException {
        try (Contender pool = Contender.named(contender)) {
            long[] cold = occupy(pool);
            micros.ramps.add(new long[] {cold[0], cold[1], occupy(pool)[1]});
        }
    }

    private static long[] occupy(Contender pool) throws InterruptedException {
        CountDownLatch running = new CountDownLatch(Contender.WORKERS);
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(Contender.WORKERS);
        Contender.Task task = () -> {
            running.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            ended.countDown();
        };
        long since = System.nanoTime();
        for (int i = 0; i < Contender.WORKERS; i++) {
            pool.submit(task);
        }
        long submitted = System.nanoTime() - since;
        running.await();
        long all = System.nanoTime() - since;
        gate.countDown();
        ended.await();
        // all of them idle again
        Thread.sleep(5);
        return new long[] {submitted, all};
    }
}
