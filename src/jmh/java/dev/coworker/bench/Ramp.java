package dev.coworker.bench;

import static dev.coworker.bench.Contender.*;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jmh.infra.Blackhole;

/**
 * From a new pool to 64 requests that all block at once: how long the submitter needs, how long until all run, and how
 * long it takes the second time, when the workers exist.
 */
final class Ramp {
    private static final int RAMPS = 10; // a round
    private static final int COMPUTING = 4;

    private Ramp() {}

    static void measure(Rounds rounds) throws Exception {
        List<Metric> metrics = List.of(Metric.COLD, Metric.SUBMITTER, Metric.WARM, Metric.BESIDE);
        rounds.measure("64 blocking requests", List.of(COWORKER, EXECUTOR), metrics, (name, idle) -> round(name));
    }

    /** The medians of some ramps, in µs. */
    private static double[] round(String name) throws Exception {
        double[][] ramps = new double[4][RAMPS];
        for (int i = 0; i < RAMPS; i++) {
            try (Contender pool = Contender.named(name)) {
                double[] cold = occupy(pool);
                ramps[0][i] = cold[1];
                ramps[1][i] = cold[0];
                Thread.sleep(5); // until all workers are idle
                ramps[2][i] = occupy(pool)[1];
            }
        }
        AtomicBoolean over = new AtomicBoolean();
        for (int i = 0; i < COMPUTING; i++) {
            Thread.ofPlatform().start(() -> {
                while (!over.get()) {
                    Blackhole.consumeCPU(1_000);
                }
            });
        }
        Thread.sleep(5); // until all of them compute
        for (int i = 0; i < RAMPS; i++) {
            try (Contender pool = Contender.named(name)) {
                ramps[3][i] = occupy(pool)[1];
            }
        }
        over.set(true);
        return Arrays.stream(ramps)
                .mapToDouble(each -> Results.quantile(each, 0.5))
                .toArray();
    }

    /** Returns how long the submitter needed and how long until all requests ran, in µs. */
    private static double[] occupy(Contender pool) throws InterruptedException {
        CountDownLatch running = new CountDownLatch(Contender.WORKERS);
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(Contender.WORKERS);
        Runnable work = () -> {
            running.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            ended.countDown();
        };
        long since = System.nanoTime();
        pool.submit(Contender.WORKERS, work);
        long submitted = System.nanoTime();
        running.await();
        long all = System.nanoTime();
        gate.countDown();
        ended.await();
        return new double[] {(submitted - since) / 1e3, (all - since) / 1e3};
    }
}
