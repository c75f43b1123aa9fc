package dev.coworker.bench;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Many virtual threads that have work done, call after call, each of which comes as a request would: the thread was parked
 * before it and has to get a carrier first. Beside them, one ticks each millisecond.
 */
public final class BreakEvenProgram {
    private static final long WARM_UP_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long NANOS = TimeUnit.MILLISECONDS.toNanos(1_000);
    private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final Contender pool;
    private final Samples samples;
    private final double tokensPerMicro = calibrated();

    private BreakEvenProgram(String contender) {
        int workers = contender.contains("cores - 1")
                ? Math.max(1, Runtime.getRuntime().availableProcessors() - 1)
                : Contender.WORKERS;
        pool = Contender.named(contender.replace(" (cores - 1)", ""), workers);
        samples = new Samples(contender);
    }

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        NativeSleep.bePunctual();
        BreakEvenProgram program = new BreakEvenProgram(args[0]);
        try (program.pool) {
            for (BreakEven.Kind kind : BreakEven.Kind.values()) {
                for (int micros : BreakEven.MICROS) {
                    Contender.Task work = program.work(kind, micros);
                    program.alone(kind, micros, work);
                    for (int callers : BreakEven.CALLERS) {
                        program.measure(kind, micros, callers, work);
                    }
                }
            }
        }
        program.samples.write(Path.of(args[1]));
    }

    private Contender.Task work(BreakEven.Kind kind, int micros) {
        if (micros == 0) {
            return () -> {};
        }
        long tokens = (long) (micros * tokensPerMicro);
        return kind == BreakEven.Kind.COMPUTING ? () -> Blackhole.consumeCPU(tokens) : () -> NativeSleep.sleep(micros);
    }

    private static double calibrated() {
        for (int i = 0; i < 20; i++) {
            Blackhole.consumeCPU(1_000_000);
        }
        double most = 0; // when nothing came between
        for (int i = 0; i < 51; i++) {
            long since = System.nanoTime();
            Blackhole.consumeCPU(1_000_000);
            most = Math.max(most, 1_000_000 / ((System.nanoTime() - since) / 1e3));
        }
        return most;
    }

    /** How long the work takes indeed: no sleep is as short as it is asked to be. */
    private void alone(BreakEven.Kind kind, int micros, Contender.Task work) {
        int times = Math.max(20, Math.min(2_000, 200_000 / Math.max(1, micros)));
        for (int i = 0; i < 2_000 && micros < 1_000; i++) {
            work.run();
        }
        double[] took = new double[times];
        for (int i = 0; i < times; i++) {
            long since = System.nanoTime();
            work.run();
            took[i] = (System.nanoTime() - since) / 1e3;
        }
        samples.add(kind + "@" + micros, "us", Results.median(took));
    }

    private void measure(BreakEven.Kind kind, int micros, int callers, Contender.Task work) throws Exception {
        new Window(callers, work, WARM_UP_NANOS).run();
        Window window = new Window(callers, work, NANOS);
        window.run();
        String workload = kind + "@" + micros + "@" + callers;
        samples.add(workload, "calls/s", window.completed * 1e9 / NANOS);
        samples.also("p99", "ms", window.calls.quantile(0.99) / 1e6);
        samples.also("tick", "ms", window.ticks.quantile(0.99) / 1e6);
    }

    /** A second of it. What waits or is under way at its end counts with its time until then, and does no more. */
    private final class Window {
        private final int callers;
        private final Contender.Task work;
        private final long nanos;
        private final Histogram calls = new Histogram();
        private final Histogram ticks = new Histogram();
        private long completed;

        Window(int callers, Contender.Task work, long nanos) {
            this.callers = callers;
            this.work = work;
            this.nanos = nanos;
        }

        void run() throws InterruptedException {
            Histogram[] each = new Histogram[callers];
            long[] counts = new long[callers];
            Arrays.setAll(each, i -> new Histogram());
            Thread[] threads = new Thread[callers];
            long since = System.nanoTime();
            Thread ticking = Thread.startVirtualThread(() -> tick(since));
            for (int i = 0; i < callers; i++) {
                int caller = i;
                threads[i] = Thread.startVirtualThread(() -> counts[caller] = call(since, each[caller]));
            }
            TimeUnit.NANOSECONDS.sleep(nanos - (System.nanoTime() - since));
            ticking.join();
            for (Thread thread : threads) {
                thread.interrupt(); // what still waits for a worker is withdrawn
            }
            for (int i = 0; i < callers; i++) {
                threads[i].join();
                calls.add(each[i]);
                completed += counts[i];
            }
        }

        private long call(long since, Histogram latencies) {
            long count = 0;
            try {
                for (long ready = since; ; ) {
                    try {
                        if (System.nanoTime() - since < nanos) {
                            pool.call(work);
                        }
                    } catch (InterruptedException e) {
                        // the second is over
                    }
                    long now = Math.min(System.nanoTime(), since + nanos);
                    latencies.add(now - ready);
                    if (now - since >= nanos) {
                        return count;
                    }
                    count++;
                    ready = now;
                    Thread.yield();
                }
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        }

        private void tick(long since) {
            long now = since;
            while (now - since < nanos) {
                long due = now + TICK_NANOS;
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    return;
                }
                now = System.nanoTime();
                ticks.add(Math.max(0, Math.min(now, since + nanos) - due));
            }
        }
    }
}
