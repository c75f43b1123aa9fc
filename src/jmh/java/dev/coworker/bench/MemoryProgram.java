package dev.coworker.bench;

import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** What a million requests hold of the heap while all workers are stuck. */
public final class MemoryProgram {
    private static final int REQUESTS = 1_000_000;
    private static final int WAVES = 10;
    private static final Contender.Task NOTHING = () -> {};
    private static final Contender.Callback CALLBACK = () -> {};

    private final Contender pool;
    private final boolean ours;
    private final Samples samples;

    private MemoryProgram(String contender) {
        pool = Contender.named(contender);
        ours = contender.equals("coworker");
        samples = new Samples(contender);
    }

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        MemoryProgram program = new MemoryProgram(args[0]);
        try (program.pool) {
            program.queued("submit", () -> program.pool.submit(NOTHING));
            program.queued("callback", () -> program.pool.callBack(NOTHING, CALLBACK));
            program.canceled("canceled", program.pool::cancel);
            if (!program.ours) {
                program.canceled("canceled only", request -> ((Future<?>) request).cancel(false));
            }
            program.parkedThreads();
            program.parkedCallers();
        }
        program.samples.write(Path.of(args[1]));
    }

    /** What a call adds to a virtual thread that is merely parked is the difference. */
    private void parkedThreads() throws Exception {
        Thread[] threads = new Thread[REQUESTS];
        AtomicInteger parked = new AtomicInteger();
        AtomicBoolean over = new AtomicBoolean();
        long before = heap();
        for (int i = 0; i < REQUESTS; i++) {
            threads[i] = Thread.startVirtualThread(() -> {
                parked.incrementAndGet();
                while (!over.get()) {
                    LockSupport.park();
                }
            });
        }
        while (parked.get() < REQUESTS) {
            LockSupport.parkNanos(1_000_000);
        }
        samples.add("thread", "bytes", (double) (heap() - before) / REQUESTS);
        over.set(true);
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void parkedCallers() throws Exception {
        Thread[] threads = new Thread[REQUESTS];
        long before = heap();
        Stuck stuck = new Stuck(pool, Contender.WORKERS);
        for (int i = 0; i < REQUESTS; i++) {
            threads[i] = Thread.startVirtualThread(() -> {
                try {
                    pool.call(NOTHING);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
        }
        awaitQueued(REQUESTS);
        samples.add("caller", "bytes", (double) (heap() - before) / REQUESTS);
        stuck.end();
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void queued(String workload, Runnable submission) throws Exception {
        awaitQueued(0);
        long before = heap();
        Stuck stuck = new Stuck(pool, Contender.WORKERS);
        for (int i = 0; i < REQUESTS; i++) {
            submission.run();
        }
        awaitQueued(REQUESTS);
        samples.add(workload, "bytes", (double) (heap() - before) / REQUESTS);
        stuck.end();
    }

    /** The most that is left after any of the waves, in whole, and of a request. */
    private void canceled(String workload, Consumer<Object> cancellation) throws Exception {
        awaitQueued(0);
        Object[] wave = new Object[REQUESTS / WAVES];
        long before = heap();
        long most = Long.MIN_VALUE;
        Stuck stuck = new Stuck(pool, Contender.WORKERS);
        for (int i = 0; i < WAVES; i++) {
            for (int j = 0; j < wave.length; j++) {
                wave[j] = pool.submitCancellable(NOTHING);
            }
            for (int j = 0; j < wave.length; j++) {
                cancellation.accept(wave[j]);
                wave[j] = null;
            }
            most = Math.max(most, heap() - before);
        }
        stuck.end();
        samples.add(workload, "bytes", (double) most / REQUESTS);
        samples.also("whole", "KiB", most / 1024.0);
    }

    private void awaitQueued(int requests) throws InterruptedException {
        while (pool.queued() != requests) {
            TimeUnit.MILLISECONDS.sleep(1);
        }
    }

    /** What survives, once what was begun has ended: callers park, loops call back. */
    private static long heap() throws InterruptedException {
        for (long last = Long.MAX_VALUE; ; ) {
            TimeUnit.MILLISECONDS.sleep(100);
            System.gc();
            long now = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
            if (Math.abs(now - last) < 64 << 10) {
                return now;
            }
            last = now;
        }
    }
}
