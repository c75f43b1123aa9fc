package dev.coworker.internal.base;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Carriers for virtual threads that hold one on purpose: as many more as are held, so that the others keep theirs. One
 * account for the JVM, {@link #jvm()}, since there is one scheduler.
 *
 * <p>A thread that is about to hold its carrier {@linkplain #hold counts itself}, and if more are held than were added,
 * adds one before it goes on. That wakes no carrier by itself, and what is queued might wait for a signal that was
 * given in vain before: so an empty virtual thread is started, whose start is the signal. Carriers that were added stay
 * for a while: the timer looks four times a second, and takes away what was not needed since its last look. So a
 * thread that holds its carrier again and again costs one addition. When none is left the timer stops.
 *
 * <p><b>No carrier is missing.</b> A thread writes {@code held}, then reads {@code added}. The thread that takes
 * carriers away writes {@code added}, then reads {@code held}, and keeps as many as it counts. So one of the two sees
 * the other. A thread that reads too few waits for the lock, and adds what is missing.
 *
 * <p><b>Others may change the parallelism too</b>: it is changed by differences to what is set at that moment, and
 * never lowered below what was set when the first carrier was added. It is never raised above the scheduler's {@code
 * maxPoolSize}.
 *
 * <p>Virtual threads do not keep the JVM alive. What they run for a pool must end before it does, unless its workers
 * are daemons. So a thread that keeps it alive exists as long as such a thread holds a carrier, and until the second
 * look after that: it is not started and ended with each.
 */
public final class Carriers {
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long ONE = 1;
    private static final long ONE_THAT_KEEPS_ALIVE = ONE + (1L << Integer.SIZE);

    /** The scheduler, as far as it is changed. */
    interface Dial {
        int parallelism();

        void setParallelism(int size);

        /** Has a carrier look at what is queued. */
        void signal();
    }

    private final Dial dial;
    private final Timer timer;
    private final int maxPoolSize;
    private final Timer.Task look = new Timer.Task(this::look);
    private final Mutex lock = new Mutex();

    // how many are held; in the upper half, how many of them keep the JVM alive. Pairs: see the class
    private final AtomicLong held = new AtomicLong();
    private volatile int most; // held at a time since the last look; a lost update takes carriers away too early
    private volatile boolean keptSince; // the last look, one began that keeps the JVM alive

    // written under lock, read without: see the class
    private volatile int added;
    private volatile boolean kept; // the JVM is kept alive
    private volatile boolean refused; // by the scheduler, once and for all

    private int base; // parallelism before the first was added; guarded by lock

    Carriers(Dial dial, Timer timer, int maxPoolSize) {
        this.dial = dial;
        this.timer = timer;
        this.maxPoolSize = maxPoolSize;
    }

    /** The account of the JVM, made when it is needed first. */
    private static final class OfJvm {
        private static final @Nullable Scheduler SCHEDULER = Scheduler.get();
        private static final @Nullable Carriers CARRIERS = SCHEDULER == null
                ? null
                : new Carriers(
                        new Dial() {
                            @Override
                            public int parallelism() {
                                return SCHEDULER.parallelism();
                            }

                            @Override
                            public void setParallelism(int size) {
                                SCHEDULER.setParallelism(size);
                            }

                            @Override
                            public void signal() {
                                newVirtual(() -> {}).start();
                            }
                        },
                        Timer.jvm(),
                        maxPoolSizeOfJvm());

        private static volatile @Nullable String carrierPrefix; // of the names of the default scheduler's carriers

        /** As the JDK computes it. */
        private static int maxPoolSizeOfJvm() {
            int processors = Runtime.getRuntime().availableProcessors();
            int parallelism = Integer.getInteger("jdk.virtualThreadScheduler.parallelism", processors);
            return Integer.getInteger("jdk.virtualThreadScheduler.maxPoolSize", Math.max(parallelism, 256));
        }

        /** A virtual thread that a platform thread starts is the default scheduler's: the timer starts one. */
        private static void learnPrefix() {
            Timer.Task task = new Timer.Task(() -> newVirtual(() -> {
                        String carrier = carrierOf(Thread.currentThread());
                        carrierPrefix = carrier.substring(0, carrier.lastIndexOf('-') + 1);
                    })
                    .start());
            Timer.jvm().schedule(task, 0);
        }
    }

    /** Returns the account of the JVM, or null if this JDK has no management interface of its scheduler. */
    public static @Nullable Carriers jvm() {
        if (OfJvm.CARRIERS != null && OfJvm.carrierPrefix == null) {
            OfJvm.learnPrefix();
        }
        return OfJvm.CARRIERS;
    }

    /**
     * Returns true if the calling virtual thread is one of the JDK's default scheduler, whose carriers these are. The
     * JDK tells by the name of the carrier only.
     */
    public static boolean isOnDefaultScheduler(Thread caller) {
        String prefix = OfJvm.carrierPrefix;
        if (prefix == null || prefix.isEmpty()) {
            return false;
        }
        String mounted = caller.toString();
        return mounted.startsWith(prefix, mounted.lastIndexOf('@') + 1);
    }

    /** Returns the name of the carrier, or an empty string. */
    private static String carrierOf(Thread mounted) {
        String text = mounted.toString();
        int at = text.lastIndexOf('@');
        return at < 0 ? "" : text.substring(at + 1);
    }

    private static Thread newVirtual(Runnable task) {
        return Thread.ofVirtual().inheritInheritableThreadLocals(false).unstarted(task);
    }

    /** Returns how many virtual threads wait for a carrier. */
    public static long queued() {
        Scheduler scheduler = OfJvm.SCHEDULER;
        return scheduler == null ? 0 : scheduler.queued();
    }

    /**
     * The calling thread is going to hold its carrier until {@link #release}. Returns false, and counts nothing, if no
     * other carrier can take its place.
     */
    public boolean hold(boolean keepsAlive) {
        long unit = unit(keepsAlive);
        int now = (int) held.addAndGet(unit);
        if (now > most) {
            most = now;
        }
        if (keepsAlive && !keptSince) {
            keptSince = true;
        }
        if (now <= added && (kept || !keepsAlive)) {
            return true;
        }
        boolean holds = false;
        try {
            holds = add(keepsAlive);
        } finally {
            if (!holds) {
                held.addAndGet(-unit);
            }
        }
        return holds;
    }

    /** The calling thread does not hold its carrier any more. */
    public void release(boolean keepsAlive) {
        held.addAndGet(-unit(keepsAlive));
    }

    private static long unit(boolean keepsAlive) {
        return keepsAlive ? ONE_THAT_KEEPS_ALIVE : ONE;
    }

    private int count() {
        return (int) held.get();
    }

    private boolean add(boolean keepsAlive) {
        boolean adds;
        boolean keeps;
        try (Mutex ignored = lock.hold()) {
            int missing = count() - added;
            adds = missing > 0;
            if (adds && !addHere(missing)) {
                return false;
            }
            keeps = keepsAlive && !kept;
            if (keeps) {
                kept = true;
            }
        }
        if (keeps) {
            Threads.KeepAlive.hold();
        }
        if (adds) {
            signal();
        }
        timer.schedule(look, PERIOD_NANOS);
        return true;
    }

    /** Caller holds lock. */
    private boolean addHere(int missing) {
        if (refused) {
            return false;
        }
        try {
            int before = dial.parallelism();
            int already = added;
            if (missing > maxPoolSize - before || !change(before, before + missing)) {
                return false;
            }
            base = already == 0 ? before : base;
            added = already + missing;
            return true;
        } catch (RuntimeException e) {
            refused = true;
            return false;
        }
    }

    /** Returns whether it is changed: the scheduler starts a thread too, which may fail when it is. */
    private boolean change(int before, int after) {
        try {
            dial.setParallelism(after);
            return true;
        } catch (OutOfMemoryError e) {
            return dial.parallelism() != before;
        }
    }

    private void signal() {
        try {
            dial.signal();
        } catch (OutOfMemoryError e) {
            // what is queued waits for the next signal, which the start of any thread is
        }
    }

    /** The timer's. */
    private void look() {
        boolean again;
        boolean lets;
        try (Mutex ignored = lock.hold()) {
            int needed = most;
            most = count();
            takeAway(needed);
            lets = letGo();
            again = added > 0 || kept;
        }
        if (lets) {
            Threads.KeepAlive.release();
        }
        if (again) {
            timer.schedule(look, PERIOD_NANOS);
        }
    }

    /** A pool is closed: takes away at once what is not needed now. */
    public void settle() {
        boolean lets;
        try (Mutex ignored = lock.hold()) {
            takeAway(0);
            keptSince = false;
            lets = letGo();
        }
        if (lets) {
            Threads.KeepAlive.release();
        }
    }

    /** Caller holds lock. Keeps as many as are needed, and as are held. */
    private void takeAway(int needed) {
        int before = added;
        if (needed >= before) {
            return;
        }
        added = needed; // before held is read: see the class
        int left = Math.clamp(count(), needed, before);
        added = left;
        if (left == before) {
            return;
        }
        try {
            int now = dial.parallelism();
            int lowered = Math.max(now - (before - left), Math.min(now, base + left));
            if (lowered != now && !change(now, lowered)) {
                added = before;
            }
        } catch (RuntimeException e) {
            refused = true;
        }
    }

    /** Caller holds lock. Returns whether the JVM need not be kept alive any more: the caller releases it. */
    private boolean letGo() {
        if (!kept || keptSince) {
            keptSince = false;
            return false;
        }
        kept = false; // before held is read, as with added
        if (held.get() >>> Integer.SIZE > 0) {
            kept = true;
        }
        return !kept;
    }

    /** Returns how many carriers there can be in all. */
    public int maxPoolSize() {
        return maxPoolSize;
    }

    /** Returns why nothing can be held, or null. */
    public @Nullable String problem() {
        return refused ? "the scheduler of virtual threads refused" : null;
    }
}
