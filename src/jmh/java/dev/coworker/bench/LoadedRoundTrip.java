package dev.coworker.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
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
import org.openjdk.jmh.infra.Blackhole;

/** W1 beside others, and what is left to them: each piece of their work is some 50 &micro;s of computation. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LoadedRoundTrip {
    private static final int CALLS = 1_000;
    private static final int VIRTUAL_THREADS = 20;
    private static final long TOKENS = 25_000;

    @Param({"coworker", "coworker (no spin)", "ThreadPoolExecutor"})
    public String contender;

    /** Nobody; virtual threads that compute, and sleep for a millisecond, in turn; a thread that only computes. */
    @Param({"nothing", "virtual threads", "a burner"})
    public String beside;

    private Contender pool;
    private volatile boolean over;
    private final List<Thread> load = new ArrayList<>();
    private final Latencies latencies = new Latencies();
    private final LongAdder pieces = new LongAdder();

    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Beside {
        public double p50;
        public double p99;
        public double piecesPerSecond;

        private long since;
        private long before;

        @Setup(Level.Iteration)
        public void begin(LoadedRoundTrip of) {
            before = of.pieces.sum();
            since = System.nanoTime();
        }

        @TearDown(Level.Iteration)
        public void read(LoadedRoundTrip of) {
            piecesPerSecond = (of.pieces.sum() - before) * 1e9 / (System.nanoTime() - since);
            of.latencies.sort();
            p50 = of.latencies.quantile(0.5);
            p99 = of.latencies.quantile(0.99);
        }
    }

    @Setup
    public void open() {
        pool = Contender.named(contender);
        if (beside.equals("virtual threads")) {
            for (int i = 0; i < VIRTUAL_THREADS; i++) {
                load.add(Thread.startVirtualThread(() -> {
                    while (!over) {
                        piece();
                        try {
                            Thread.sleep(1);
                        } catch (InterruptedException e) {
                            return;
                        }
                    }
                }));
            }
        } else if (beside.equals("a burner")) {
            load.add(Thread.ofPlatform().start(() -> {
                while (!over) {
                    piece();
                }
            }));
        }
    }

    private void piece() {
        Blackhole.consumeCPU(TOKENS);
        pieces.increment();
    }

    @TearDown
    public void close() throws InterruptedException {
        over = true;
        for (Thread thread : load) {
            thread.join();
        }
        pool.close();
    }

    @Setup(Level.Iteration)
    public void clear() {
        latencies.clear();
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void beside(Beside counters) throws Exception {
        pool.call(1, CALLS, caller -> () -> null, latencies);
    }
}
