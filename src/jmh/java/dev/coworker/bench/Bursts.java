package dev.coworker.bench;

import static dev.coworker.bench.Contender.*;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.openjdk.jmh.infra.Blackhole;

/** The rows W3, W4 and RAMP: one thread submits 100,000 requests of no work at once, or 64 that block. */
final class Bursts {
    private static final int REQUESTS = 100_000;
    private static final int RAMPS = 10; // a round
    private static final int COMPUTING = 4;

    static void submit(Rounds rounds) throws Exception {
        measure(rounds, "100,000 without an outcome", contender -> {
            LongAdder ran = new LongAdder();
            repeat(contender.submit(ran::increment));
            return ran::sum;
        });
    }

    static void submitWithCallback(Rounds rounds) throws Exception {
        measure(rounds, "100,000 with a callback on one loop", contender -> {
            AtomicLong calledBack = new AtomicLong(); // of one writer
            repeat(contender.submitWithCallback(() -> calledBack.setRelease(calledBack.getPlain() + 1)));
            return calledBack::getAcquire;
        });
    }

    private static void repeat(Runnable submit) {
        for (int i = 0; i < REQUESTS; i++) {
            submit.run();
        }
    }

    /** As many bursts as fill a round. The function submits one and returns how many of its requests are through. */
    private static void measure(Rounds rounds, String cell, Function<Contender, LongSupplier> submit) throws Exception {
        rounds.measure(cell, List.of(COWORKER, EXECUTOR, VERTX), List.of(Metric.REQUESTS), (name, contender) -> {
            long since = System.nanoTime();
            long elapsed;
            double requests = 0;
            do {
                LongSupplier through = submit.apply(contender);
                while (through.getAsLong() < REQUESTS) {
                    LockSupport.parkNanos(10_000);
                }
                requests += REQUESTS;
                elapsed = System.nanoTime() - since;
            } while (elapsed < Rounds.MILLIS * 1_000_000L);
            return new double[] {requests / elapsed * 1e9};
        });
    }

    /**
     * From a new pool to 64 requests that all block at once: how long the submitter needs, how long until all run, and
     * how long it takes the second time, when the workers exist.
     */
    static void ramp(Rounds rounds) throws Exception {
        List<Metric> metrics = List.of(Metric.COLD, Metric.SUBMITTER, Metric.WARM, Metric.BESIDE);
        rounds.measure("64 blocking requests", List.of(COWORKER, EXECUTOR), metrics, (name, idle) -> ramps(name));
    }

    /** The medians of some ramps, in µs. */
    private static double[] ramps(String name) throws Exception {
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
        CountDownLatch running = new CountDownLatch(WORKERS);
        Semaphore gate = new Semaphore(0);
        CountDownLatch ended = new CountDownLatch(WORKERS);
        Runnable work = () -> {
            running.countDown();
            gate.acquireUninterruptibly();
            ended.countDown();
        };
        Runnable submit = pool.submit(work);
        long since = System.nanoTime();
        for (int i = 0; i < WORKERS; i++) {
            submit.run();
        }
        long submitted = System.nanoTime();
        running.await();
        long all = System.nanoTime();
        gate.release(WORKERS);
        ended.await();
        return new double[] {(submitted - since) / 1e3, (all - since) / 1e3};
    }
}
