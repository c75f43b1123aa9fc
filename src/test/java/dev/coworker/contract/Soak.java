package dev.coworker.contract;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.CallOptions;
import dev.coworker.Canceller;
import dev.coworker.Slice;
import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One pool under hundreds of callers that do anything at random, and the bookkeeping of what they saw. Every choice
 * follows from the seed, each caller's from its own; how the threads interleave does not.
 */
final class Soak {
    private static final int VIRTUAL_CALLERS = 200;
    private static final int PLATFORM_CALLERS = 4;
    private static final int REMEMBERED = 16;

    /** What the pools that have ended were asked for. */
    static final LongAdder REQUESTS = new LongAdder();

    /** What the callers saw; compared with what the pool counted. */
    private static final class Tally {
        final LongAdder started = new LongAdder();
        final LongAdder aioAccepted = new LongAdder();
        final LongAdder calledBack = new LongAdder();
        final LongAdder plainAccepted = new LongAdder();
        final LongAdder plainRun = new LongAdder();
        final LongAdder timedOut = new LongAdder();
        final LongAdder rejected = new LongAdder();
    }

    /** What work and callbacks throw. */
    private static final class Thrown {
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
        volatile boolean failing;

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

    /** A request of the callback layer, as its submitter knows it. */
    private final class Tracked {
        private final AtomicInteger callbacks = new AtomicInteger();
        private final AtomicInteger runs = new AtomicInteger();
        private volatile @Nullable AioRequest<Object> request;
        private boolean stolen; // the submitter's

        void calledBack(@Nullable Throwable failure) {
            expect(callbacks.incrementAndGet() == 1, "a callback ran twice");
            int expected = failure instanceof CancellationException ? 0 : 1;
            expect(runs.get() == expected, "%d runs, and the callback got %s", runs.get(), failure);
            tally.calledBack.increment();
        }

        void cancel(boolean wait) {
            AioRequest<Object> request = this.request;
            if (request == null) {
                return;
            }
            if (wait ? request.cancel() : request.cancelAsync()) {
                expect(!stolen, "two calls stole one request");
                stolen = true;
                expect(runs.get() == 0, "a stolen request ran");
            }
            if (wait) {
                expect(callbacks.get() == 1, "cancel returned before the callback had");
            }
        }
    }

    private final long seed;
    private final Random random;
    private final Tally tally = new Tally();
    private final Queue<String> violations = new ConcurrentLinkedQueue<>();
    private final UnreliableFactory factory;
    private final AioContext context;
    private final AutoCloseable contextOwned;
    private final ThreadPool pool;
    private final List<Slice> slices;
    private final boolean unreliable;

    private Soak(long seed) {
        this.seed = seed;
        random = new Random(seed);
        String name = "soak-" + Long.toHexString(seed);
        switch (random.nextInt(3)) {
            case 0 -> {
                context = AioContext.main();
                contextOwned = () -> {};
            }
            case 1 -> {
                context = AioContext.start(name);
                contextOwned = context;
            }
            default -> {
                ExecutorService executor = Executors.newSingleThreadExecutor();
                context = AioContext.on(executor);
                contextOwned = executor::shutdown;
            }
        }
        factory = new UnreliableFactory(name);
        unreliable = random.nextInt(3) == 0;
        ThreadPool.Builder builder = ThreadPool.builder()
                .name(name)
                .context(context)
                .minThreads(random.nextInt(2))
                .maxThreads(1 + random.nextInt(16))
                .idleTimeout(Duration.ofMillis(random.nextInt(5)))
                .threadFactory(factory)
                .uncaughtExceptionHandler(
                        (thread, failure) -> expect(Thrown.is(failure), "the handler got %s", failure));
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
        slices = List.of(pool.slice("first", 1 + random.nextInt(4)), pool.slice("second", 1 + random.nextInt(4)));
    }

    /**
     * Soaks one pool for so long and closes it.
     *
     * @return the pool and the callers' class loader, of which nothing may be left
     */
    static List<WeakReference<?>> run(long seed, Duration duration) throws Exception {
        Soak soak = new Soak(seed);
        ClassLoader loader = new ClassLoader(null) {};
        soak.run(System.nanoTime() + duration.toNanos(), loader);
        return List.of(new WeakReference<>(soak.pool), new WeakReference<>(loader));
    }

    private void expect(boolean holds, String otherwise, @Nullable Object... values) {
        if (!holds) {
            violations.add(String.format(otherwise, values));
        }
    }

    private void run(long deadline, ClassLoader loader) throws Exception {
        try {
            List<Thread> callers = new ArrayList<>();
            for (int i = 0; i < VIRTUAL_CALLERS + PLATFORM_CALLERS; i++) {
                Random own = new Random(random.nextLong());
                boolean virtual = i < VIRTUAL_CALLERS;
                Runnable caller = () -> act(own, virtual, deadline);
                Thread thread = virtual
                        ? Thread.ofVirtual().unstarted(caller)
                        : Thread.ofPlatform().unstarted(caller);
                thread.setContextClassLoader(loader);
                thread.start();
                callers.add(thread);
            }
            govern(new Random(random.nextLong()), deadline);
            long patience = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            for (Thread caller : callers) {
                caller.join(Duration.ofNanos(Math.max(1, patience - System.nanoTime())));
                expect(!caller.isAlive(), "a caller hangs at %s", List.of(caller.getStackTrace()));
            }
            if (!violations.isEmpty()) {
                throw new AssertionError(report());
            }
            end();
        } finally {
            factory.failing = false;
            pool.close(Duration.ofSeconds(1)); // false where a violation has left what cannot end
            if (pool.stats().curThreads() == 0) {
                contextOwned.close();
            }
        }
    }

    /** Resizes pool and slices, makes the factory fail in bursts, and reads the counters. */
    private void govern(Random random, long deadline) throws InterruptedException {
        while (System.nanoTime() < deadline) {
            TimeUnit.MILLISECONDS.sleep(1 + random.nextInt(10));
            switch (random.nextInt(8)) {
                case 0 -> {
                    int max = 1 + random.nextInt(16);
                    unlessTooMuchIsReserved(() -> pool.resize(random.nextInt(Math.min(max, 3) + 1), max));
                }
                case 4 -> {
                    int max = 1 + random.nextInt(4);
                    Slice slice = slices.get(random.nextInt(2));
                    unlessTooMuchIsReserved(() -> slice.resize(random.nextInt(Math.min(max, 2) + 1), max));
                }
                case 1 -> factory.failing = unreliable;
                case 2, 3 -> factory.failing = false;
                default -> InvariantChecker.assertPlausible(pool.stats());
            }
        }
        factory.failing = false;
    }

    private static void unlessTooMuchIsReserved(Runnable resize) {
        try {
            resize.run();
        } catch (IllegalArgumentException e) {
            // the slices' floors would take all workers
        }
    }

    /** Quiescence, then the end: the counters balance and agree with the tally, and no thread is left. */
    private void end() {
        Callers.until("every request has ended", () -> {
            ThreadPoolStats stats = pool.stats();
            return stats.queued() == 0 && stats.active() == 0 && stats.waiting() == 0;
        });
        slices.forEach(slice -> slice.resize(0, 1));
        pool.resize(1, 4);
        Callers.until("the workers are as many as min", () -> {
            ThreadPoolStats stats = pool.stats();
            return stats.curThreads() == 1 && stats.idleThreads() == 1;
        });
        pool.close();
        InvariantChecker.assertClosed(pool);
        ThreadPoolStats stats = pool.stats();
        REQUESTS.add(stats.submitted());
        expectSame("callbacks", tally.aioAccepted.sum(), tally.calledBack.sum());
        expectSame("runs of submit", tally.plainAccepted.sum(), tally.plainRun.sum());
        expectSame("runs", tally.started.sum(), stats.completed() + stats.failed());
        expectSame("timed out", tally.timedOut.sum(), stats.timedOut());
        expectSame("rejected", tally.rejected.sum(), stats.rejected());
        if (!violations.isEmpty()) {
            throw new AssertionError(report());
        }
    }

    private void expectSame(String what, long seen, long counted) {
        expect(seen == counted, "%s: seen %d, counted %d; %s", what, seen, counted, pool);
    }

    private String report() {
        return "seed " + seed + ", " + pool + ": " + violations.size() + " violations, the first: "
                + violations.stream().limit(3).toList();
    }

    private void act(Random random, boolean virtual, long deadline) {
        Tracked[] own = new Tracked[REMEMBERED];
        try {
            for (int step = 0; System.nanoTime() < deadline; step++) {
                try {
                    switch (random.nextInt(virtual ? 10 : 6)) {
                        case 0, 1 -> own[step % REMEMBERED] = submitAio(random);
                        case 2, 3 -> submit(random);
                        case 4, 5 -> meddle(own[random.nextInt(REMEMBERED)], random);
                        default -> call(random);
                    }
                } catch (RejectedExecutionException e) {
                    tally.rejected.increment();
                    LockSupport.parkNanos(50_000);
                }
            }
        } catch (Throwable e) {
            violations.add("a caller got " + e);
        }
    }

    private Tracked submitAio(Random random) {
        Tracked each = new Tracked();
        Callable<Object> work = work(random, each.runs);
        int deed = random.nextInt(20);
        each.request = pool.submitAio(work, (value, failure) -> {
            each.calledBack(failure);
            AioRequest<Object> self = each.request;
            switch (deed) {
                case 0 -> pollUnlessTooDeep();
                case 1 -> expect(self == null || !self.cancel(), "a request was stolen in its own callback");
                case 2 -> submit(new Random(deed));
                case 3 -> throw new Thrown.Fatal();
                default -> {}
            }
        });
        tally.aioAccepted.increment();
        return each;
    }

    private void pollUnlessTooDeep() {
        try {
            context.poll(false);
        } catch (IllegalStateException e) {
            expect(e.getMessage().contains("deep"), "poll threw %s", e);
        }
    }

    private void submit(Random random) {
        Callable<Object> work = work(random, new AtomicInteger());
        try {
            pool.submit(() -> {
                tally.plainRun.increment();
                work.call();
            });
            tally.plainAccepted.increment();
        } catch (RejectedExecutionException e) {
            tally.rejected.increment();
        }
    }

    private static void meddle(@Nullable Tracked any, Random random) {
        if (any == null) {
            return;
        }
        switch (random.nextInt(3)) {
            case 0 -> any.cancel(true);
            case 1 -> any.cancel(false);
            default -> {
                AioRequest<Object> request = any.request;
                if (request != null) {
                    request.interrupt();
                }
            }
        }
    }

    private void call(Random random) throws Exception {
        Thread.interrupted(); // work that interrupts its own thread may have run on this one
        AtomicInteger runs = new AtomicInteger();
        Callable<Object> work = work(random, runs);
        int expected = 0;
        Thread me = Thread.currentThread();
        Thread interrupter = random.nextInt(8) == 0 ? Thread.startVirtualThread(me::interrupt) : null;
        try {
            int which = random.nextInt(4);
            Submitter to = which < 2 ? slices.get(which) : pool;
            Object value = switch (random.nextInt(3)) {
                case 0 -> to.submitCo(() -> work.call());
                case 1 -> to.submitCo(() -> work.call(), Duration.ofNanos(random.nextInt(2_000_000)));
                default -> to.submitCo(() -> work.call(), options(random));
            };
            expect(value == runs, "a call returned another's value: %s", value);
            expected = 1;
        } catch (Thrown.Checked | Thrown.Fatal e) {
            expected = 1;
        } catch (TimeoutException e) {
            if (e.getMessage().contains("did not end")) {
                expected = 1;
            } else {
                tally.timedOut.increment();
            }
        } catch (InterruptedException e) {
            expect(interrupter != null, "a call was interrupted without an interrupt");
        } finally {
            if (interrupter != null) {
                Callers.joinAndForget(interrupter);
            }
        }
        expect(runs.get() == expected, "a call ran %d times where %d was due", runs.get(), expected);
    }

    private static CallOptions options(Random random) {
        CallOptions options = CallOptions.defaults().endWithin(Duration.ofNanos(random.nextInt(2_000_000)));
        return switch (random.nextInt(3)) {
            case 0 -> options.onCancel(Canceller.interrupt());
            case 1 -> options.onCancel(worker -> LockSupport.parkNanos(100_000));
            default -> options;
        };
    }

    /** Work that returns its counter; at random it computes, blocks, interrupts its own thread, or throws. */
    private Callable<Object> work(Random random, AtomicInteger runs) {
        int kind = random.nextInt(32);
        int length = random.nextInt(2_000);
        return () -> {
            tally.started.increment();
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
                default -> {}
            }
            return runs;
        };
    }
}
