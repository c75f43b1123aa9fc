package dev.coworker.contract;

import dev.coworker.AioContext;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Some pools on one loop under hundreds of callers that do anything at random. The pools are closed at different times.
 * Every choice follows from the seed, each caller's from its own; how the threads interleave does not.
 */
final class Soak {
    private static final int VIRTUAL_CALLERS = 200;
    private static final int PLATFORM_CALLERS = 4;
    private static final int REMEMBERED = 16;
    private static final long PAUSES_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** What the pools that have ended were asked for. */
    static final LongAdder REQUESTS = new LongAdder();

    /** What should not have been seen. */
    static final class Violations {
        private final Queue<String> seen = new ConcurrentLinkedQueue<>();

        void expect(boolean holds, String otherwise, @Nullable Object... values) {
            if (!holds) {
                seen.add(String.format(otherwise, values));
            }
        }

        void expectSame(String what, long seen, long counted, Object where) {
            expect(seen == counted, "%s: seen %d, counted %d; %s", what, seen, counted, where);
        }
    }

    private final long seed;
    private final Random random;
    private final Violations violations = new Violations();
    private final @Nullable FaultyExecutor executor;
    private final AioContext context;
    private final List<SoakedPool> pools = new ArrayList<>();
    private final Queue<Thread> closers = new ConcurrentLinkedQueue<>();

    /** Now and then all callers pause, since another request would make up for a wake-up that is missing. */
    private final Phaser pauses = new Phaser() {
        @Override
        protected boolean onAdvance(int phase, int callers) {
            pools.forEach(SoakedPool::awaitRest);
            return callers == 0;
        }
    };

    private Soak(long seed, boolean dropping) {
        this.seed = seed;
        random = new Random(seed);
        String name = "soak-" + Long.toHexString(seed);
        int loop = dropping ? 4 : random.nextInt(4);
        executor = switch (loop) {
            case 0, 1 -> null;
            case 2 -> new FaultyExecutor(FaultyExecutor.Fault.NONE, 1);
            case 3 -> new FaultyExecutor(FaultyExecutor.Fault.REJECTS, 2 + random.nextInt(64));
            default -> new FaultyExecutor(FaultyExecutor.Fault.DROPS, 1 + random.nextInt(64));
        };
        context = executor != null ? AioContext.on(executor) : loop == 0 ? AioContext.main() : AioContext.start(name);
        for (int i = 3 - random.nextInt(3); i > 0; i--) { // work of each waits for those that are there before it
            pools.add(new SoakedPool(
                    name + "-" + i, context, violations, new Random(random.nextLong()), List.copyOf(pools), loop == 3));
        }
    }

    /**
     * Soaks some pools for so long and closes them.
     *
     * @param dropping whether the executor of their loop drops tasks: the callbacks then take ten seconds longer
     * @return the pools and the callers' class loader, of which nothing may be left
     */
    static List<WeakReference<?>> run(long seed, boolean dropping, Duration duration) throws Exception {
        Soak soak = new Soak(seed, dropping);
        ClassLoader loader = new ClassLoader(null) {};
        soak.run(duration.toNanos(), loader);
        List<WeakReference<?>> left = new ArrayList<>(List.of(new WeakReference<>(loader)));
        soak.pools.forEach(each -> left.add(new WeakReference<>(each.pool)));
        return left;
    }

    private void run(long nanos, ClassLoader loader) throws Exception {
        long start = System.nanoTime();
        long deadline = start + nanos;
        try {
            List<Thread> callers = new ArrayList<>();
            pauses.bulkRegister(1 + VIRTUAL_CALLERS + PLATFORM_CALLERS);
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
            govern(new Random(random.nextLong()), start, deadline);
            awaitAll("a caller", callers);
            awaitAll("close", closers);
            pools.forEach(SoakedPool::awaitQuiet);
            pools.forEach(each -> closers.add(Thread.startVirtualThread(each::close)));
            awaitAll("close", closers);
            throwViolations();
            pools.forEach(SoakedPool::check);
            throwViolations();
        } finally {
            // in vain where a violation has left what cannot end
            pools.forEach(each -> each.pool.close(Duration.ofSeconds(1)));
            if (violations.seen.isEmpty() && context != AioContext.main()) {
                context.close();
            }
            if (executor != null) {
                executor.close();
            }
        }
    }

    private void awaitAll(String what, Iterable<Thread> threads) throws InterruptedException {
        long patience = System.nanoTime() + PATIENCE_NANOS;
        for (Thread thread : threads) {
            thread.join(Duration.ofNanos(Math.max(1, patience - System.nanoTime())));
            violations.expect(!thread.isAlive(), "%s hangs at %s", what, List.of(thread.getStackTrace()));
        }
        throwViolations();
    }

    private void throwViolations() {
        if (!violations.seen.isEmpty()) {
            throw new AssertionError("seed " + seed + ", " + pools + ": " + violations.seen.size()
                    + " violations, the first: "
                    + violations.seen.stream().limit(3).toList());
        }
    }

    /** Changes bounds, slices and factories, reads the counters, and closes some of the pools before the others. */
    private void govern(Random random, long start, long deadline) throws InterruptedException {
        List<SoakedPool> toBeClosed = new ArrayList<>(pools);
        toBeClosed.removeIf(any -> random.nextBoolean());
        long closing = deadline - Math.round((deadline - start) * random.nextDouble() / 3);
        try {
            long pause = start + PAUSES_NANOS;
            for (long now; (now = System.nanoTime()) < deadline; ) {
                if (now - pause >= 0) {
                    pools.forEach(SoakedPool::makeThreads); // or a caller might not come to its pause
                    pause = pauseIfDue(pause);
                }
                TimeUnit.MILLISECONDS.sleep(1 + random.nextInt(10));
                SoakedPool any = pools.get(random.nextInt(pools.size()));
                any.govern(random, closers::add);
                if (now > closing && !toBeClosed.isEmpty()) {
                    closeEarly(toBeClosed.remove(0), any, random);
                }
            }
        } finally {
            pools.forEach(SoakedPool::makeThreads);
            pauses.arriveAndDeregister();
            if (executor != null) {
                executor.fault = FaultyExecutor.Fault.NONE;
            }
        }
    }

    /** Returns when the next pause is due. */
    private long pauseIfDue(long due) {
        if (System.nanoTime() - due < 0) {
            return due;
        }
        pauses.arriveAndAwaitAdvance();
        return System.nanoTime() + PAUSES_NANOS;
    }

    /** As users close one: for good, within a time, interrupted meanwhile, or in a callback of another pool. */
    private void closeEarly(SoakedPool pool, SoakedPool other, Random random) {
        int millis = random.nextInt(20);
        boolean interrupts = random.nextInt(4) == 0;
        if (!interrupts && random.nextInt(3) == 0) {
            closeInCallback(pool, other);
            return;
        }
        boolean bounded = random.nextInt(3) == 0;
        pool.givesUp |= bounded || interrupts;
        Thread closer = Thread.startVirtualThread(() -> {
            if (bounded) {
                pool.pool.close(Duration.ofMillis(millis));
            } else {
                pool.close();
            }
        });
        closers.add(closer);
        if (interrupts) {
            closers.add(Thread.startVirtualThread(() -> {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
                closer.interrupt();
            }));
        }
    }

    private void closeInCallback(SoakedPool pool, SoakedPool other) {
        try {
            other.inCallback(() -> closeUnlessRefused(pool));
        } catch (RejectedExecutionException e) {
            // the other one is closed already
        }
    }

    private void closeUnlessRefused(SoakedPool pool) {
        try {
            pool.close();
        } catch (IllegalStateException e) {
            String why = e.getMessage();
            violations.expect(why.contains("in one of its callbacks") || why.contains("deep"), "close threw %s", e);
        }
    }

    private void act(Random random, boolean virtual, long deadline) {
        SoakedTarget.Tracked[] own = new SoakedTarget.Tracked[REMEMBERED];
        long pause = System.nanoTime() + PAUSES_NANOS;
        try {
            for (int step = 0; System.nanoTime() < deadline; step++) {
                Thread.interrupted(); // work that interrupts its own thread may have run on this one
                pause = pauseIfDue(pause);
                SoakedTarget to = pools.get(random.nextInt(pools.size())).anyTarget(random);
                try {
                    switch (random.nextInt(virtual ? 13 : 8)) {
                        case 0, 1 -> own[step % REMEMBERED] = to.submitAio(random, 0);
                        case 2, 3 -> to.submit(random, 0);
                        case 4, 5 -> meddle(own[random.nextInt(REMEMBERED)], random);
                        case 6, 7 -> to.ask(random, 0);
                        default -> to.call(random, 0);
                    }
                } catch (RejectedExecutionException e) {
                    LockSupport.parkNanos(50_000);
                }
            }
        } catch (Throwable e) {
            violations.expect(false, "a caller got %s at %s", e, List.of(e.getStackTrace()));
        } finally {
            pauses.arriveAndDeregister();
        }
    }

    private static void meddle(SoakedTarget.@Nullable Tracked any, Random random) {
        if (any == null) {
            return;
        }
        switch (random.nextInt(3)) {
            case 0 -> any.cancel(true);
            case 1 -> any.cancel(false);
            default -> any.interrupt();
        }
    }
}
