package dev.coworker.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * A number of callers, each with one call after the other, for the time of a round. Latencies are only kept where they
 * are asked for: with 10,000 callers they would fill the caches. A caller that does not come to its first call counts
 * with its wait.
 */
final class Calls {
    private final int callers;
    private final IntFunction<Callable<?>> workOfCaller;
    private final List<Metric> metrics;
    private final List<Latencies> latencies = new ArrayList<>();

    private Calls(int callers, IntFunction<Callable<?>> workOfCaller, List<Metric> metrics) {
        this.callers = callers;
        this.workOfCaller = workOfCaller;
        this.metrics = metrics;
        for (int i = 0; i < callers && metrics.contains(Metric.P99); i++) {
            latencies.add(new Latencies(callers));
        }
    }

    static void measure(
            Rounds rounds,
            String work,
            int callers,
            IntFunction<Callable<?>> workOfCaller,
            List<String> contenders,
            Metric... metrics)
            throws Exception {
        String cell = work + (callers == 1 ? ", 1 caller" : String.format(", %,d callers", callers));
        Calls calls = new Calls(callers, workOfCaller, List.of(metrics));
        rounds.measure(cell, contenders, List.of(metrics), (name, contender) -> calls.round(contender));
    }

    private double[] round(Contender contender) throws InterruptedException {
        latencies.forEach(each -> each.added = 0);
        long cpu = Native.cpuMicros();
        Round round = new Round();
        contender.start(round, callers);
        Thread.sleep(Rounds.MILLIS);
        round.over = true;
        round.done.await();
        double micros = (System.nanoTime() - round.started) / 1e3;
        double cpuMicros = Native.cpuMicros() - cpu;
        if (round.failure.get() != null) {
            throw new IllegalStateException("a call failed", round.failure.get());
        }
        double calls = round.calls.get();
        long[] sorted = latencies.isEmpty() ? new long[0] : sorted();
        return metrics.stream()
                .mapToDouble(metric -> switch (metric) {
                    case RATE -> calls / micros * 1e6;
                    case MEAN -> callers * micros / calls;
                    case P50 -> sorted[sorted.length / 2] / 1e3;
                    case P99 -> sorted[(int) (sorted.length * 0.99)] / 1e3;
                    case CPU -> cpuMicros / calls;
                    default -> throw new IllegalArgumentException(metric.toString());
                })
                .toArray();
    }

    /** One round of one contender. */
    final class Round {
        private final long started = System.nanoTime();
        private final CountDownLatch done = new CountDownLatch(callers);
        private final AtomicLong calls = new AtomicLong();
        private final AtomicReference<Throwable> failure = new AtomicReference<>();
        private volatile boolean over;

        boolean isOver() {
            return over;
        }

        Callable<?> work(int caller) {
            return workOfCaller.apply(caller);
        }

        /** The calls of one caller. */
        void caller(int caller, Function<Callable<?>, Contender.Call> prepare) {
            Latencies own = latencies.isEmpty() ? null : latencies.get(caller);
            long made = 0;
            try {
                Contender.Call call = prepare.apply(work(caller));
                while (!over) {
                    if (own == null) {
                        call.run();
                    } else {
                        long since = System.nanoTime();
                        call.run();
                        own.add(System.nanoTime() - since);
                    }
                    made++;
                }
            } catch (Throwable e) {
                failure.set(e);
            } finally {
                end(caller, made);
            }
        }

        void end(int caller, long made) {
            if (made == 0 && !latencies.isEmpty()) {
                latencies.get(caller).add(System.nanoTime() - started);
            }
            calls.addAndGet(made);
            done.countDown();
        }
    }

    private long[] sorted() {
        long[] sorted = latencies.stream()
                .flatMapToLong(each -> Arrays.stream(each.nanos, 0, Math.min(each.added, each.nanos.length)))
                .sorted()
                .toArray();
        if (sorted.length == 0) {
            throw new IllegalStateException("no call was measured");
        }
        return sorted;
    }

    /** The latest latencies of one caller. */
    private static final class Latencies {
        private static final int OF_ALL_CALLERS = 1 << 18;

        private final long[] nanos;
        private int added;

        Latencies(int callers) {
            nanos = new long[Math.max(64, Integer.highestOneBit(OF_ALL_CALLERS / callers))];
        }

        void add(long latency) {
            nanos[added++ & (nanos.length - 1)] = latency;
        }
    }
}
