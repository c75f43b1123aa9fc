package dev.coworker.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
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
import org.openjdk.jmh.infra.Blackhole;

/** W7: how late virtual threads tick that are due each millisecond, while 64 others have 5 ms of computation done. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class Ticks {
    private static final int TICKERS = 20;
    private static final int CALLERS = 64;
    private static final int TICKS = 500;
    private static final long TICK_NANOS = 1_000_000;

    @Param({"coworker", "coworker (cores - 1)", "ThreadPoolExecutor", "ThreadPoolExecutor (cores - 1)", "inline"})
    public String contender;

    private Contender pool;
    private long tokens; // of 5 ms of computation

    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Late {
        public double p50;
        public double p99;
        public double done; // pieces of work, in an invocation

        private final List<long[]> lateNanos = new ArrayList<>();
        private long pieces;

        @Setup(Level.Iteration)
        public void clear() {
            lateNanos.clear();
            pieces = 0;
        }

        @TearDown(Level.Iteration)
        public void read() {
            long[] sorted =
                    lateNanos.stream().flatMapToLong(Arrays::stream).sorted().toArray();
            p50 = sorted[sorted.length / 2] / 1e6;
            p99 = sorted[(int) (sorted.length * 0.99)] / 1e6;
            done = (double) pieces / lateNanos.size();
        }
    }

    @Setup
    public void open() {
        String name = contender.replace(" (cores - 1)", "");
        boolean few = contender.contains("cores - 1");
        int workers = few ? Math.max(1, Runtime.getRuntime().availableProcessors() - 1) : Contender.WORKERS;
        pool = Contender.named(name, workers);
        for (int i = 0; i < 20; i++) {
            Blackhole.consumeCPU(1_000_000);
        }
        long since = System.nanoTime();
        Blackhole.consumeCPU(10_000_000);
        tokens = 10_000_000L * 5_000_000 / (System.nanoTime() - since);
    }

    @TearDown
    public void close() {
        pool.close();
    }

    @Benchmark
    public void w7(Late late) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Semaphore pieces = new Semaphore(0);
        CountDownLatch ended = new CountDownLatch(CALLERS + TICKERS);
        for (int i = 0; i < CALLERS; i++) {
            Thread.startVirtualThread(() -> {
                try {
                    while (!over.get()) {
                        pool.call(() -> {
                            Blackhole.consumeCPU(tokens);
                            return null;
                        });
                        pieces.release();
                    }
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                } finally {
                    ended.countDown();
                }
            });
        }
        long[] lateNanos = new long[TICKERS * TICKS];
        CountDownLatch ticked = new CountDownLatch(TICKERS);
        for (int i = 0; i < TICKERS; i++) {
            int first = i * TICKS;
            Thread.startVirtualThread(() -> {
                try {
                    for (int tick = 0; tick < TICKS; tick++) {
                        long due = System.nanoTime() + TICK_NANOS;
                        Thread.sleep(1);
                        lateNanos[first + tick] = Math.max(0, System.nanoTime() - due);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                } finally {
                    ticked.countDown();
                    ended.countDown();
                }
            });
        }
        ticked.await();
        over.set(true);
        ended.await();
        late.lateNanos.add(lateNanos);
        late.pieces += pieces.availablePermits();
    }
}
