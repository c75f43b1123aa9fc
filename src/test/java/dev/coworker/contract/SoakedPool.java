package dev.coworker.contract;

import dev.coworker.AioContext;
import dev.coworker.Slice;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/** One pool of a {@link Soak}, its slices and its work, and the account of what was seen. */
final class SoakedPool {
    private static final int SLICES = 2;
    private static final int DEEPEST = 2; // work of work

    /** What work, callbacks and cancellers throw. */
    static final class Thrown {
        static final class Checked extends IOException {
            private static final long serialVersionUID = 1;
        }

        static final class Fatal extends Error {
            private static final long serialVersionUID = 1;

            Fatal() {
                super("thrown by a soaked request", null, false, false);
            }
        }

        static boolean is(Throwable e) {
            return e instanceof Checked || e instanceof Fatal;
        }
    }

    /** Creates threads, except while it is told to fail. */
    private static final class UnreliableFactory implements ThreadFactory {
        private final ThreadFactory healthy;
        private volatile boolean failing;

        UnreliableFactory(String poolName) {
            healthy = Thread.ofPlatform().name(poolName + "-worker-", 1).factory();
        }

        @Override
        public Thread newThread(Runnable worker) {
            if (failing) {
                throw new Thrown.Fatal();
            }
            return healthy.newThread(worker);
        }
    }

    final ThreadPool pool;
    private final UnreliableFactory factory;
    final AioContext context;
    final Soak.Violations violations;
    final boolean rejecting; // the executor of the context
    volatile boolean givesUp; // its close has a limit, or may be interrupted
    private final boolean unreliable; // the factory
    private final List<SoakedPool> others; // which its own work asks too
    private final SoakedTarget whole;
    private final AtomicReferenceArray<SoakedTarget> slices = new AtomicReferenceArray<>(SLICES);
    private final Queue<SoakedTarget> everySlice = new ConcurrentLinkedQueue<>();

    // what was seen, by the pool and by its slices; compared with what they counted
    private final LongAdder started = new LongAdder();
    final LongAdder aioAccepted = new LongAdder();
    final LongAdder calledBack = new LongAdder();
    private final LongAdder givenUp = new LongAdder(); // callbacks that the executor rejected
    final LongAdder plainAccepted = new LongAdder();
    final LongAdder plainRun = new LongAdder();
    final LongAdder maybeRun = new LongAdder(); // futures that were canceled: a worker may find nothing in one

    SoakedPool(
            String name,
            AioContext context,
            Soak.Violations violations,
            Random random,
            List<SoakedPool> others,
            boolean rejecting) {
        this.context = context;
        this.violations = violations;
        this.others = others;
        this.rejecting = rejecting;
        factory = new UnreliableFactory(name);
        unreliable = random.nextInt(3) == 0;
        ThreadPool.Builder builder = ThreadPool.builder()
                .name(name)
                .context(context)
                .minThreads(random.nextInt(2))
                .maxThreads(1 + random.nextInt(16))
                .idleTimeout(Duration.ofMillis(random.nextInt(5)))
                .threadFactory(factory)
                .uncaughtExceptionHandler((thread, failure) -> heard(failure));
        if (random.nextBoolean()) {
            builder.maxQueued(1 + random.nextInt(32));
        }
        if (random.nextBoolean()) {
            builder.taskDecorator(task -> task::run);
        }
        if (random.nextBoolean()) {
            builder.inPlace(1 + random.nextInt(4));
        }
        pool = builder.build();
        whole = new SoakedTarget(this, pool);
        for (int i = 0; i < SLICES; i++) {
            openSlice(i, pool.slice("slice-" + i, 1 + random.nextInt(4)));
        }
    }

    private void heard(Throwable failure) {
        if (rejecting && failure instanceof RejectedExecutionException) {
            givenUp.increment();
        } else {
            violations.expect(Thrown.is(failure), "the handler got %s", failure);
        }
    }

    SoakedTarget anyTarget(Random random) {
        int which = random.nextInt(2 * SLICES);
        return which < SLICES ? slices.get(which) : whole;
    }

    /** Has something done in a callback. */
    void inCallback(Runnable deed) {
        whole.submitAio(new Random(0), DEEPEST, each -> deed.run());
    }

    /** Work that returns its counter; at random it computes, blocks, asks, interrupts its own thread, or throws. */
    Callable<Object> work(Random random, AtomicInteger runs, int depth) {
        int kind = random.nextInt(36);
        int length = random.nextInt(2_000);
        long seed = random.nextLong();
        return () -> {
            started.increment();
            runs.incrementAndGet();
            switch (kind) {
                case 0 -> LockSupport.parkNanos(length * 1_000L);
                case 1, 2, 3 -> {
                    for (int i = 0; i < length; i++) {
                        Thread.onSpinWait();
                    }
                }
                case 4 -> Thread.currentThread().interrupt();
                case 5, 6 -> throw new Thrown.Checked();
                case 7 -> throw new Thrown.Fatal();
                case 8, 9, 10, 11 -> askFromWork(new Random(seed), depth + 1);
                default -> {}
            }
            return runs;
        };
    }

    /**
     * Work waits for requests of its own pool, which run in place, and of the pools before it, whose work never waits
     * for this one. It waits for no callback: one that closes this pool would wait for the work.
     */
    private void askFromWork(Random random, int depth) throws InterruptedException {
        if (depth > DEEPEST) {
            return;
        }
        int which = random.nextInt(1 + others.size());
        SoakedTarget to = (which == 0 ? this : others.get(which - 1)).anyTarget(random);
        try {
            switch (random.nextInt(8)) {
                case 0 -> to.submitAio(random, depth).cancel(false);
                case 1 -> to.submit(random, depth);
                case 2, 3, 4 -> to.ask(random, depth);
                default -> to.call(random, depth);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RejectedExecutionException e) {
            // counted; and it is closed, or at its bound
        }
    }

    /** Changes bounds and slices, makes the factory fail in bursts, and reads the counters. */
    void govern(Random random, Consumer<Thread> closers) {
        int max = 1 + random.nextInt(16);
        int slice = random.nextInt(SLICES);
        int ceiling = 1 + random.nextInt(4);
        int floor = random.nextInt(Math.min(ceiling, 2) + 1);
        switch (random.nextInt(9)) {
            case 0 -> unlessRefused(() -> pool.resize(random.nextInt(Math.min(max, 3) + 1), max));
            case 1 -> unlessRefused(() -> ((Slice) slices.get(slice).submitter).resize(floor, ceiling));
            case 2 ->
                unlessRefused(() -> {
                    Slice opened = pool.sliceBuilder("slice-" + slice)
                            .maxConcurrent(ceiling)
                            .reserved(floor)
                            .build();
                    Submitter before = slices.get(slice).submitter;
                    openSlice(slice, opened);
                    closers.accept(Thread.startVirtualThread(before::close));
                });
            case 3 -> factory.failing = unreliable;
            case 4, 5 -> makeThreads();
            default -> InvariantChecker.assertPlausible(pool.stats());
        }
    }

    void makeThreads() {
        factory.failing = false;
    }

    private void openSlice(int at, Slice opened) {
        SoakedTarget target = new SoakedTarget(this, opened);
        everySlice.add(target);
        slices.set(at, target);
    }

    private static void unlessRefused(Runnable change) {
        try {
            change.run();
        } catch (IllegalArgumentException | IllegalStateException e) {
            // the slices' floors would take all workers, or the pool is closed
        }
    }

    void close() {
        pool.close();
    }

    /** All callers pause: what was accepted ends without them. */
    void awaitRest() {
        try {
            violations.expect(pool.awaitIdle(Duration.ofSeconds(30)), "no rest without new requests: %s", pool);
        } catch (InterruptedException e) {
            violations.expect(false, "a caller is interrupted while it pauses: %s", pool);
        }
    }

    /** If it is open: no request is left, each closed slice gave its floor back, and min workers are left. */
    void awaitQuiet() {
        if (!pool.toString().contains("Running")) {
            return;
        }
        Callers.until("every request has ended", () -> {
            ThreadPoolStats stats = pool.stats();
            return stats.queued() == 0 && stats.active() == 0 && stats.waiting() == 0;
        });
        everySlice.forEach(each -> ((Slice) each.submitter).resize(0, 1));
        pool.resize(1, 1); // no floor is left
        Callers.until("the workers are as many as min", () -> {
            ThreadPoolStats stats = pool.stats();
            return stats.curThreads() == 1 && stats.idleThreads() == 1;
        });
    }

    /** It is closed: the counters balance and agree with what was seen, and no thread is left. */
    void check() {
        InvariantChecker.assertClosed(pool);
        Callers.until(
                "the handler hears of each rejected callback",
                () -> calledBack.sum() + givenUp.sum() >= aioAccepted.sum());
        ThreadPoolStats stats = pool.stats();
        Soak.REQUESTS.add(stats.submitted());
        violations.expectSame("callbacks", aioAccepted.sum(), calledBack.sum() + givenUp.sum(), pool);
        violations.expect(
                givesUp ? plainRun.sum() <= plainAccepted.sum() : plainRun.sum() == plainAccepted.sum(),
                "runs of submit: %d of %d; %s",
                plainRun,
                plainAccepted,
                pool);
        long ended = stats.completed() + stats.failed();
        violations.expect(
                started.sum() <= ended && started.sum() + maybeRun.sum() >= ended,
                "runs: seen %d and perhaps %d, counted %d; %s",
                started.sum(),
                maybeRun.sum(),
                ended,
                pool);
        everySlice.forEach(SoakedTarget::check);
        everySlice.forEach(whole::add);
        whole.check();
    }

    @Override
    public String toString() {
        return pool + (givesUp ? " gave up" : "");
    }
}
