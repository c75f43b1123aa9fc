package dev.coworker.watch;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/**
 * Measures what a watch costs: the throughput and the CPU time of virtual threads that hash and sleep, without a watch
 * and with watches of several periods, in turn. It wants a quiet machine. The options are the rounds and the seconds of
 * each measurement:
 *
 * <pre>
 *   mvn -q test-compile exec:exec -Dexample="dev.coworker.watch.Overhead 12 4"
 * </pre>
 */
public final class Overhead {
    private static final int THREADS = 100;
    private static final int BYTES = 32 << 10; // some 100 µs of hashing
    private static final List<Integer> PERIODS = List.of(0, 20, 10, 1); // milliseconds; 0: no watch
    private static final Duration SETTLE = Duration.ofMillis(700);

    private final LongAdder operations = new LongAdder();
    private final OperatingSystemMXBean system = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private volatile boolean ended;

    private Overhead() {}

    /** Operations a second, and the CPU time of one. */
    private record Cost(double throughput, double cpuMicros) {}

    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 12;
        Duration time = Duration.ofSeconds(arguments.length > 1 ? Long.parseLong(arguments[1]) : 4);
        System.out.printf(
                Locale.ROOT,
                "%d rounds of %d s each, %s, %d processors; load average before: %.1f%n",
                rounds,
                time.toSeconds(),
                Runtime.version(),
                Runtime.getRuntime().availableProcessors(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        new Overhead().run(rounds, time);
    }

    private void run(int rounds, Duration time) throws Exception {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            threads.add(Thread.ofVirtual().start(this::hashAndSleep));
        }
        List<List<Cost>> costs = new ArrayList<>();
        PERIODS.forEach(period -> costs.add(new ArrayList<>()));
        measure(PERIODS.get(PERIODS.size() - 1), time); // loads the flight recorder
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < PERIODS.size(); i++) {
                int turn = (i + round) % PERIODS.size();
                costs.get(turn).add(measure(PERIODS.get(turn), time));
            }
        }
        ended = true;
        for (Thread thread : threads) {
            thread.join();
        }
        print(costs);
    }

    private Cost measure(int period, Duration time) throws InterruptedException {
        CarrierWatch watch =
                period == 0 ? null : CarrierWatch.start(WatchConfig.defaults().period(Duration.ofMillis(period)));
        Thread.sleep(SETTLE);
        long operationsBefore = operations.sum();
        long cpuBefore = system.getProcessCpuTime();
        long before = System.nanoTime();
        Thread.sleep(time);
        double count = operations.sum() - operationsBefore;
        double cpu = system.getProcessCpuTime() - cpuBefore;
        double nanos = System.nanoTime() - before;
        if (watch != null) {
            watch.close();
        }
        return new Cost(count / nanos * 1e9, cpu / count / 1e3);
    }

    private void hashAndSleep() {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] bytes = new byte[BYTES];
            while (!ended) {
                bytes[0] = digest.digest(bytes)[0];
                operations.increment();
                Thread.sleep(1);
            }
        } catch (NoSuchAlgorithmException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void print(List<List<Cost>> costs) {
        System.out.println("| period of the watch | operations/s | | CPU an operation, µs | |");
        System.out.println("|---|---|---|---|---|");
        double[] none = new double[2];
        for (int i = 0; i < PERIODS.size(); i++) {
            List<Double> throughput =
                    costs.get(i).stream().map(Cost::throughput).sorted().toList();
            List<Double> cpu =
                    costs.get(i).stream().map(Cost::cpuMicros).sorted().toList();
            double[] medians = {quantile(throughput, 0.5), quantile(cpu, 0.5)};
            if (i == 0) {
                none = medians;
            }
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f (%,.0f, %,.0f) | %+.1f %% | %.1f (%.1f, %.1f) | %+.1f %% |%n",
                    PERIODS.get(i) == 0 ? "none" : PERIODS.get(i) + " ms",
                    medians[0],
                    quantile(throughput, 0.25),
                    quantile(throughput, 0.75),
                    100 * (medians[0] / none[0] - 1),
                    medians[1],
                    quantile(cpu, 0.25),
                    quantile(cpu, 0.75),
                    100 * (medians[1] / none[1] - 1));
        }
    }

    private static double quantile(List<Double> sorted, double part) {
        double at = part * (sorted.size() - 1);
        double below = sorted.get((int) Math.floor(at));
        return below + (at - Math.floor(at)) * (sorted.get((int) Math.ceil(at)) - below);
    }
}
