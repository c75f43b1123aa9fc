package dev.coworker.bench;

import dev.coworker.ThreadPool;
import dev.coworker.Work;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Compares {@code inPlace} with hand-over and a ThreadPoolExecutor, in turn in one JVM, each round with a pool of its
 * own: the carriers that one needs must not be there for the next. Beside the calls, a virtual thread sleeps for a
 * millisecond again and again, and tells how much too late it wakes up. Not part of the published rows.
 *
 * <p>{@code -Drounds=11 -Dmillis=300 -DinPlace=4}; {@code -Dcallers=4,8} for these cells only; {@code -Dblocked=true}
 * for 64 calls that block for 10 s.
 */
public final class InPlaceRounds {
    private static final int ROUNDS = Integer.getInteger("rounds", 11);
    private static final int MILLIS = Integer.getInteger("millis", 300);
    private static final int IN_PLACE = Integer.getInteger("inPlace", 4);
    private static final int WARM_UPS = 2;
    private static final int WORKERS = 64;
    private static final List<String> CONTENDERS = List.of("ThreadPoolExecutor", "hand-over", "in place");
    private static final List<String> METRICS =
            List.of("calls/s", "p50, µs", "p99, µs", "CPU a call, µs", "tick p99, ms");

    private InPlaceRounds() {}

    private interface Caller extends AutoCloseable {
        void call(Callable<?> work) throws Exception;

        @Override
        void close();
    }

    private record OnPool(ThreadPool pool) implements Caller {
        @Override
        public void call(Callable<?> work) throws Exception {
            pool.submitCo((Work<Object, Exception>) work::call);
        }

        @Override
        public void close() {
            pool.close();
        }
    }

    private record OnExecutor(ThreadPoolExecutor executor) implements Caller {
        @Override
        public void call(Callable<?> work) throws Exception {
            executor.submit(work).get();
        }

        @Override
        public void close() {
            executor.close();
        }
    }

    private static Caller open(String contender) {
        return switch (contender) {
            case "hand-over" ->
                new OnPool(ThreadPool.builder().maxThreads(WORKERS).build());
            case "in place" ->
                new OnPool(ThreadPool.builder()
                        .maxThreads(WORKERS)
                        .inPlace(IN_PLACE)
                        .build());
            default ->
                new OnExecutor(
                        new ThreadPoolExecutor(WORKERS, WORKERS, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>()));
        };
    }

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        Native.bePunctual();
        if (Boolean.getBoolean("blocked")) {
            measure("native sleep of 10 s", 64, sleep(10_000_000), 0, 9_000);
            return;
        }
        for (String callers : System.getProperty("callers", "1,4,8,16,200").split(",")) {
            measure("native sleep of 20 µs", Integer.parseInt(callers), sleep(20), WARM_UPS, MILLIS);
        }
        if (System.getProperty("callers") != null) {
            return;
        }
        Callable<?> compute = () -> {
            Blackhole.consumeCPU(10_000);
            return null;
        };
        measure("computation of some 20 µs", 200, compute, WARM_UPS, MILLIS);
    }

    private static Callable<?> sleep(int micros) {
        return () -> {
            Native.sleep(micros);
            return null;
        };
    }

    private static void measure(String work, int callers, Callable<?> call, int warmUps, int millis) throws Exception {
        compare(work + ", " + callers + " callers", CONTENDERS, METRICS, warmUps, turn -> {
            try (Caller contender = open(CONTENDERS.get(turn))) {
                if (warmUps > 0) {
                    round(contender, callers, call, millis / 4);
                }
                return round(contender, callers, call, millis);
            }
        });
    }

    interface Round {
        double[] measure(int turn) throws Exception;
    }

    /** Has three contenders measured in turn, and prints the medians. */
    static void compare(String what, List<String> contenders, List<String> metrics, int warmUps, Round measured)
            throws Exception {
        double[][][] values = new double[metrics.size()][3][ROUNDS];
        for (int round = -warmUps; round < ROUNDS; round++) {
            for (int i = 0; i < 3; i++) {
                int turn = Math.floorMod(round + i, 3);
                double[] figures = measured.measure(turn);
                for (int metric = 0; round >= 0 && metric < figures.length; metric++) {
                    values[metric][turn][round] = figures[metric];
                }
            }
        }
        System.out.printf("%n%s; in brackets: %s to the two others%n", what, contenders.get(2));
        for (int metric = 0; metric < values.length; metric++) {
            double[][] of = values[metric];
            System.out.printf("  %-16s", metrics.get(metric));
            for (int turn = 0; turn < of.length; turn++) {
                System.out.printf("  %s %,.1f", contenders.get(turn), median(of[turn]));
            }
            System.out.printf("  (%.2f x, %.2f x)%n", ratio(of[2], of[0]), ratio(of[2], of[1]));
        }
    }

    /** Round by round: only neighbours in time can be compared. */
    private static double ratio(double[] of, double[] to) {
        double[] ratios = new double[of.length];
        Arrays.setAll(ratios, i -> of[i] / to[i]);
        return median(ratios);
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static double[] round(Caller contender, int callers, Callable<?> work, int millis) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        long[][] latencies = new long[callers][Math.max(64, (1 << 18) / callers)];
        int[] made = new int[callers];
        AtomicLong failures = new AtomicLong();
        CountDownLatch done = new CountDownLatch(callers);
        long[] late = new long[millis * 2];
        int[] ticks = new int[1];
        Thread ticker = Thread.startVirtualThread(() -> {
            while (!over.get() && ticks[0] < late.length) {
                long since = System.nanoTime();
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    return;
                }
                late[ticks[0]++] = System.nanoTime() - since - 1_000_000;
            }
        });
        long cpu = Native.cpuMicros();
        long started = System.nanoTime();
        for (int i = 0; i < callers; i++) {
            int me = i;
            Thread.startVirtualThread(() -> {
                long[] own = latencies[me];
                try {
                    do {
                        long since = System.nanoTime();
                        contender.call(work);
                        own[made[me]++ % own.length] = System.nanoTime() - since;
                    } while (!over.get());
                } catch (Exception e) {
                    failures.incrementAndGet();
                }
                done.countDown();
            });
        }
        Thread.sleep(millis);
        over.set(true);
        done.await();
        double micros = (System.nanoTime() - started) / 1e3;
        double cpuMicros = Native.cpuMicros() - cpu;
        ticker.join();
        if (failures.get() > 0) {
            throw new IllegalStateException(failures + " callers failed");
        }
        long calls = Arrays.stream(made).asLongStream().sum();
        long[] sorted = Arrays.stream(latencies)
                .flatMapToLong(Arrays::stream)
                .filter(nanos -> nanos > 0)
                .sorted()
                .toArray();
        Arrays.sort(late, 0, ticks[0]);
        return new double[] {
            calls / micros * 1e6,
            sorted[sorted.length / 2] / 1e3,
            sorted[(int) (sorted.length * 0.99)] / 1e3,
            cpuMicros / calls,
            late[(int) (ticks[0] * 0.99)] / 1e6
        };
    }
}
