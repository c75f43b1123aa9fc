package dev.coworker.bench;

import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** What an operation costs while ever more is outstanding. Every sample is a mean of many operations. */
public final class GrowthProgram {
    private static final int SAMPLES = 5;
    private static final int BATCH = 1_000;
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(100); // where a single cancel takes long
    private static final Contender.Task NOTHING = () -> {};

    private final String contender;
    private final Samples samples;
    private long longest; // of the cancellations of a sample

    private interface Measurement {
        double nanosPerOperation(int size) throws Exception;
    }

    private GrowthProgram(String contender) {
        this.contender = contender;
        samples = new Samples(contender);
    }

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        GrowthProgram program = new GrowthProgram(args[0]);
        program.queue();
        program.callers();
        program.workers();
        program.samples.write(Path.of(args[1]));
    }

    private void queue() throws Exception {
        try (Contender pool = Contender.named(contender)) {
            curve("submit", Growth.QUEUED, size -> submit(pool, size));
            curve("callback", Growth.QUEUED, size -> callBack(pool, size));
            for (Growth.Position position : Growth.Position.values()) {
                curve("cancel " + position, Growth.QUEUED, size -> cancel(pool, size, position));
            }
        }
    }

    private void callers() throws Exception {
        try (Contender pool = Contender.named(contender)) {
            curve("callers", Growth.CALLERS, size -> call(pool, size));
        }
    }

    private void workers() throws Exception {
        curve("workers", Growth.WORKERS, size -> {
            try (Contender pool = Contender.named(contender, size)) {
                call(pool, 1_000); // its threads exist then
                return call(pool, 1_000);
            }
        });
    }

    private void curve(String workload, int[] sizes, Measurement measurement) throws Exception {
        for (int i = 0; i < 3; i++) {
            for (int size : sizes) {
                measurement.nanosPerOperation(Math.min(size, 10_000)); // to be compiled
            }
        }
        for (int size : sizes) {
            double[] values = new double[SAMPLES];
            double[] longests = new double[SAMPLES];
            for (int i = 0; i < SAMPLES; i++) {
                longest = 0;
                values[i] = measurement.nanosPerOperation(size);
                longests[i] = longest / 1e3;
            }
            samples.add(workload + "@" + size, "ns/op", values);
            if (workload.startsWith("cancel")) {
                samples.also("longest", "us", longests);
            }
        }
    }

    /** Of a thousand submissions while this many wait. */
    private static double submit(Contender pool, int size) throws InterruptedException {
        AtomicLong ran = new AtomicLong();
        Contender.Task task = ran::incrementAndGet;
        Stuck stuck = new Stuck(pool, Contender.WORKERS);
        for (int i = 0; i < size; i++) {
            pool.submit(task);
        }
        long since = System.nanoTime();
        for (int i = 0; i < BATCH; i++) {
            pool.submit(task);
        }
        long took = System.nanoTime() - since;
        stuck.end();
        await(ran, size + BATCH);
        return (double) took / BATCH;
    }

    /** Of ten thousand requests, from their start to the last one's callback, while this many are outstanding behind them. */
    private static double callBack(Contender pool, int size) throws InterruptedException {
        int requests = 10 * BATCH;
        AtomicLong calledBack = new AtomicLong();
        Contender.Callback callback = () -> calledBack.setRelease(calledBack.getPlain() + 1); // one loop, one writer
        CountDownLatch gate = new CountDownLatch(1);
        Contender.Task blocked = () -> {
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        };
        Stuck stuck = new Stuck(pool, Contender.WORKERS);
        for (int i = 0; i < requests; i++) {
            pool.callBack(NOTHING, callback);
        }
        for (int i = 0; i < size; i++) {
            pool.callBack(blocked, callback);
        }
        long since = System.nanoTime();
        stuck.release();
        await(calledBack, requests);
        long took = System.nanoTime() - since;
        stuck.end();
        gate.countDown();
        await(calledBack, requests + size);
        return (double) took / requests;
    }

    /** Of up to a thousand cancellations out of this many that wait. */
    private double cancel(Contender pool, int size, Growth.Position position) throws InterruptedException {
        int each = Math.max(1, Math.min(BATCH, size / 10));
        int canceled = 0;
        long took = 0;
        Stuck stuck = new Stuck(pool, Contender.WORKERS);
        Object[] requests = new Object[size];
        while (canceled < BATCH && took < PATIENCE_NANOS) {
            for (int i = 0; i < size; i++) {
                requests[i] = pool.submitCancellable(NOTHING);
            }
            long since = System.nanoTime();
            for (int i = 0; i < each && took < PATIENCE_NANOS; i++) {
                int at = position.index(i, size, each);
                if (!pool.cancel(requests[at])) {
                    throw new IllegalStateException("it does not wait");
                }
                canceled++;
                long now = System.nanoTime();
                took += now - since;
                since = now;
            }
            for (Object request : requests) { // the oldest first: that is cheap for everybody
                pool.cancel(request);
            }
        }
        if (pool.queued() != 0) {
            throw new IllegalStateException("something still waits: " + pool.queued());
        }
        stuck.end();
        return (double) took / canceled;
    }

    /** Of a call of work that does nothing, when this many virtual threads have one call after the other done. */
    private static double call(Contender pool, int callers) throws Exception {
        int calls = callers == 1 ? 10_000 : callers == 10 ? 3_000 : Math.max(5, 300_000 / callers);
        long since = System.nanoTime();
        pool.call(callers, calls, caller -> NOTHING, null);
        return (System.nanoTime() - since) / ((double) callers * calls);
    }

    private static void await(AtomicLong counter, long value) {
        while (counter.getAcquire() < value) {
            LockSupport.parkNanos(10_000);
        }
    }
}
