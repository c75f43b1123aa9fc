package dev.coworker.it;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Does one thing to a pool with so much memory that all goes well, then with less and less, by 64 bytes in the end, so
 * that one allocation after the other on its way fails. Then there is memory again, and what was accepted must end
 * without help. See {@link HeapExhaustedIT}, to which it prints what came of it.
 */
final class HeapEdgeMain {
    private static final int PORTIONS = 128;
    private static final long EXHAUSTED_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    private final Hog hog = new Hog(PORTIONS);
    private final CountDownLatch released = new CountDownLatch(1);
    private final AtomicInteger ran = new AtomicInteger();
    private final AtomicInteger calledBack = new AtomicInteger();
    private final AioContext context;
    private final ThreadPool pool;
    private volatile boolean exhausted;
    private AioRequest<Integer> request;

    /** What is done; whatever it needs of its own is allocated before. */
    private enum Deed {
        SUBMIT,
        CANCEL,
        CLOSE,
        GIVE_UP
    }

    private HeapEdgeMain(AioContext context) {
        this.context = context;
        // workers that end at once, in the want of memory too
        pool = ThreadPool.builder()
                .context(context)
                .maxThreads(1)
                .idleTimeout(Duration.ZERO)
                .build();
    }

    public static void main(String[] args) throws Exception {
        Deed deed = Deed.valueOf(args[0]);
        ExecutorService executor = Executors.newSingleThreadExecutor();
        AioContext loop = AioContext.start("loop");
        for (int portions = PORTIONS; portions >= 0; portions -= portions > 32 ? 8 : 2) {
            new HeapEdgeMain(loop).run(deed, portions); // the first has all, so that the JVM can link and load
            new HeapEdgeMain(AioContext.on(executor)).run(deed, portions);
        }
        System.out.println("each ended once");
        Runtime.getRuntime().halt(0); // exit would log, which the JDK may have failed to load for want of memory
    }

    private void run(Deed deed, int portions) throws InterruptedException {
        if (deed != Deed.SUBMIT) {
            pool.submit(() -> released.await());
            request = pool.submitAio(ran::incrementAndGet, (value, failure) -> calledBack.incrementAndGet());
        }
        Runnable strike = strike(deed);
        Thread rescue = new Thread(this::giveBackSoon); // also where the deed waits for memory
        rescue.start();
        if (portions < PORTIONS) {
            hog.takeAllBut(portions);
        }
        exhausted = true;
        try {
            strike.run();
        } catch (OutOfMemoryError e) {
            // that is what it is about
        }
        rescue.join();
        check(deed, portions);
    }

    private void giveBackSoon() {
        while (!exhausted) {
            LockSupport.parkNanos(100_000);
        }
        LockSupport.parkNanos(EXHAUSTED_NANOS);
        hog.giveBack();
    }

    private Runnable strike(Deed deed) {
        return switch (deed) {
            case SUBMIT ->
                () -> {
                    request = pool.submitAio(ran::incrementAndGet, (value, failure) -> calledBack.incrementAndGet());
                };
            case CANCEL -> () -> request.cancelAsync();
            case CLOSE ->
                () -> {
                    released.countDown();
                    pool.close();
                };
            case GIVE_UP -> () -> pool.close(Duration.ZERO);
        };
    }

    private void check(Deed deed, int portions) {
        String what = deed + " on " + context + " with " + portions + " portions left";
        if (deed != Deed.CANCEL) {
            released.countDown(); // a close that had no memory to begin with has changed nothing
        }
        if (request != null) {
            await(what + ": the callback", () -> calledBack.get() == 1);
        }
        released.countDown();
        await(
                what + ": the end of all",
                () -> pool.stats().curThreads() == 0 && pool.stats().queued() == 0);
        pool.close();
        if (calledBack.get() != (request != null ? 1 : 0)) {
            fail(what + ": " + calledBack + " callbacks");
        }
    }

    private void await(String what, BooleanSupplier condition) {
        long since = System.nanoTime();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - since > PATIENCE_NANOS) {
                fail("never came true: " + what);
            }
            LockSupport.parkNanos(100_000);
        }
    }

    private void fail(String how) {
        System.out.println("FAILED: " + how + "; " + pool);
        System.exit(1);
    }
}
