package dev.coworker.bench;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * A number of callers, each with one call after the other, for the time of a round. Latencies are only kept where they
 * are asked for: with 10,000 callers they would fill the caches. A caller that does not come to its first call counts
 * with its wait.
 */
final class Calls {
    private static final int LATENCIES = 1 << 18; // of all callers

    private final int callers;
    final IntFunction<Callable<?>> workOfCaller;
    private final List<Metric> metrics;
    private final long[][] latencies; // the latest of each caller
    private final int[] made;
    private CountDownLatch done;
    private long started;
    volatile boolean over;
    private volatile Throwable failure;

    Calls(int callers, IntFunction<Callable<?>> workOfCaller, Metric... metrics) {
        this.callers = callers;
        this.workOfCaller = workOfCaller;
        this.metrics = List.of(metrics);
        boolean kept = this.metrics.contains(Metric.P99);
        latencies = new long[callers][kept ? Math.max(64, Integer.highestOneBit(LATENCIES / callers)) : 0];
        made = new int[callers];
    }

    void measure(Rounds rounds, String work, String... contenders) throws Exception {
        String cell = work + (callers == 1 ? ", 1 caller" : String.format(", %,d callers", callers));
        rounds.measure(cell, List.of(contenders), metrics, (name, contender) -> round(contender, Rounds.MILLIS));
    }

    double[] round(Contender contender, int millis) throws InterruptedException {
        over = false;
        done = new CountDownLatch(callers);
        long cpu = Native.cpuMicros();
        started = System.nanoTime();
        contender.start(this, callers);
        Thread.sleep(millis);
        over = true;
        done.await();
        double micros = (System.nanoTime() - started) / 1e3;
        double cpuMicros = Native.cpuMicros() - cpu;
        if (failure != null) {
            throw new IllegalStateException("a call failed", failure);
        }
        double calls = Arrays.stream(made).asLongStream().sum();
        return metrics.stream()
                .mapToDouble(metric -> switch (metric) {
                    case RATE -> calls / micros * 1e6;
                    case MEAN -> callers * micros / calls;
                    case P50 -> latencyMicros(0.5);
                    case P99 -> latencyMicros(0.99);
                    case CPU -> cpuMicros / calls;
                    default -> throw new IllegalArgumentException(metric.toString());
                })
                .toArray();
    }

    private double latencyMicros(double q) {
        double[] nanos = IntStream.range(0, callers)
                .mapToObj(i -> Arrays.stream(latencies[i], 0, Math.clamp(made[i], 1, latencies[i].length)))
                .flatMapToDouble(each -> each.asDoubleStream())
                .toArray();
        return Results.quantile(nanos, q) / 1e3;
    }

    /** The calls of one caller. */
    void makeAll(int caller, Contender.Call call) {
        long[] own = latencies[caller];
        int calls = 0;
        try {
            while (!over) {
                if (own.length == 0) {
                    call.run();
                } else {
                    long since = System.nanoTime();
                    call.run();
                    own[calls & (own.length - 1)] = System.nanoTime() - since;
                }
                calls++;
            }
        } catch (Throwable e) {
            failure = e;
        } finally {
            end(caller, calls);
        }
    }

    void end(int caller, int calls) {
        made[caller] = calls;
        if (calls == 0 && latencies[caller].length > 0) {
            latencies[caller][0] = System.nanoTime() - started;
        }
        done.countDown();
    }
}
