package dev.coworker.it;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;

/**
 * Pools whose work takes the whole heap of this JVM, again and again, while others submit in every layer; see {@link
 * HeapExhaustedIT}, to which it prints what came of it. Whatever it needs to find that out is allocated before.
 */
final class HeapExhaustedMain {
    private static final int CONTEXTS = 3;
    private static final int CALLERS = 60;
    private static final int REQUESTS = CALLERS * 5;
    private static final int HOG_EVERY = 31;
    private static final long HELD_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    private final Hog[] hogs = new Hog[REQUESTS];
    private final AtomicIntegerArray accepted = new AtomicIntegerArray(REQUESTS);
    private final AtomicIntegerArray runs = new AtomicIntegerArray(REQUESTS);
    private final AtomicIntegerArray callbacks = new AtomicIntegerArray(REQUESTS);
    private final AtomicBoolean hogging = new AtomicBoolean();
    private final Thread[] callers = new Thread[CALLERS];
    private final CountDownLatch ended = new CountDownLatch(CALLERS);
    private final ThreadPool pool;

    private HeapExhaustedMain(AioContext context, boolean exhausts) {
        pool = ThreadPool.builder().context(context).maxThreads(8).build();
        for (int i = 0; exhausts && i < REQUESTS; i += HOG_EVERY) {
            hogs[i] = new Hog(0);
        }
        for (int i = 0; i < CALLERS; i++) {
            int caller = i;
            callers[i] = Thread.ofVirtual().unstarted(() -> submitAll(caller));
        }
    }

    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(args[0]);
        for (int round = -CONTEXTS; round < rounds; round++) {
            boolean exhausts = round >= 0; // first one of each kind for the JVM, which links and loads with memory only
            System.gc();
            switch (Math.floorMod(round, CONTEXTS)) {
                case 0 -> new HeapExhaustedMain(AioContext.main(), exhausts).run();
                case 1 -> {
                    try (AioContext context = AioContext.start("loop")) {
                        new HeapExhaustedMain(context, exhausts).run();
                    }
                }
                default -> {
                    try (ExecutorService executor = Executors.newSingleThreadExecutor()) {
                        new HeapExhaustedMain(AioContext.on(executor), exhausts).run();
                    }
                }
            }
            System.out.println("round " + round + " ended");
        }
        System.out.println("each ended once");
        Runtime.getRuntime().halt(0); // exit would log, which the JDK may have failed to load for want of memory
    }

    private void run() throws InterruptedException {
        for (Thread caller : callers) {
            startIfPossible(caller);
        }
        do {
            report();
        } while (!haveEnded());
        closeAtLast();
        System.out.println("closed: " + pool);
        check();
    }

    private void report() {
        try {
            System.out.println(ended.getCount() + " callers have not come back: " + pool);
        } catch (OutOfMemoryError e) {
            // in five seconds more
        }
    }

    private boolean haveEnded() throws InterruptedException {
        try {
            return ended.await(5, TimeUnit.SECONDS);
        } catch (OutOfMemoryError e) {
            return false;
        }
    }

    /** One that fails for want of memory leaves the thread as good as ended. */
    private void startIfPossible(Thread caller) {
        try {
            caller.start();
        } catch (OutOfMemoryError e) {
            ended.countDown();
        }
    }

    private void closeAtLast() {
        for (; ; ) {
            try {
                pool.close();
                return;
            } catch (OutOfMemoryError e) {
                LockSupport.parkNanos(HELD_NANOS);
            }
        }
    }

    private void submitAll(int caller) {
        try {
            for (int i = caller; i < REQUESTS; i += CALLERS) {
                try {
                    submit(i);
                    accepted.set(i, 1);
                } catch (OutOfMemoryError e) {
                    // not accepted, or the work's own
                }
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        } finally {
            ended.countDown();
        }
    }

    private void submit(int id) throws InterruptedException {
        switch (id / CALLERS % 3) {
            case 0 -> pool.submitAio(() -> work(id), (value, failure) -> callbacks.incrementAndGet(id));
            case 1 -> pool.submit(() -> work(id));
            default -> pool.submitCo(() -> work(id));
        }
    }

    private Object work(int id) {
        runs.incrementAndGet(id);
        Hog hog = hogs[id];
        if (hog != null && hogging.compareAndSet(false, true)) { // two would take each other's portions for ever
            hog.takeAll();
            LockSupport.parkNanos(HELD_NANOS);
            hog.giveBack();
            hogging.set(false);
        }
        return null;
    }

    private void check() {
        for (int id = 0; id < REQUESTS; id++) {
            int due = accepted.get(id);
            if (runs.get(id) != due || callbacks.get(id) != (id / CALLERS % 3 == 0 ? due : 0)) {
                fail("request " + id + ", accepted " + due + ", ran " + runs.get(id) + ", callbacks "
                        + callbacks.get(id));
            }
        }
        ThreadPoolStats stats = pool.stats();
        if (stats.submitted() != stats.completed() + stats.failed() || stats.curThreads() != 0) {
            fail(stats.toString());
        }
    }

    private static void fail(String how) {
        System.out.println("FAILED: " + how);
        System.exit(1);
    }
}
