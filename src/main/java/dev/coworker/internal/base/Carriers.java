package dev.coworker.internal.base;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.management.ManagementFactory;
import java.lang.management.PlatformManagedObject;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Carriers for virtual threads that hold one on purpose: as many more as are held, so that the others keep theirs. One
 * account for the JVM, {@link #jvm()}, since there is one scheduler.
 *
 * <p>A thread that is about to hold its carrier {@linkplain #hold counts itself}, and if more are held than were added,
 * adds one before it goes on. That wakes no carrier by itself: the start of an empty virtual thread does. The timer
 * looks four times a second, and takes away what was not needed since its last look, until none is left. So a thread
 * that holds its carrier again and again costs one addition.
 *
 * <p><b>No carrier is missing.</b> A thread writes {@code held}, then reads {@code added}. The thread that takes
 * carriers away writes {@code added}, then reads {@code held}, and keeps as many as it counts. So one of the two sees
 * the other. A thread that reads too few waits for the lock, and adds what is missing.
 *
 * <p><b>Others may change the parallelism too</b>: it is changed by differences to what is set at that moment, never
 * below what was set when the first carrier was added, and never above the scheduler's {@code maxPoolSize}.
 *
 * <p>Virtual threads do not keep the JVM alive, but what they run for a pool must end before it does, unless its
 * workers are daemons. So a thread keeps it alive while such a thread holds a carrier, and until the second look after.
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

    /** Returns the account of the JVM, or null if this JDK has no management interface of its scheduler. */
    public static @Nullable Carriers jvm() {
        if (Scheduler.CARRIERS != null && Scheduler.carrierPrefix == null) {
            Scheduler.learnPrefix();
        }
        return Scheduler.CARRIERS;
    }

    /**
     * Returns true if the calling virtual thread is one of the JDK's default scheduler, whose carriers these are. The
     * JDK tells by the name of the carrier only.
     */
    public static boolean isOnDefaultScheduler(Thread caller) {
        String prefix = Scheduler.carrierPrefix;
        if (prefix == null || prefix.isEmpty()) {
            return false;
        }
        String mounted = caller.toString();
        return mounted.startsWith(prefix, mounted.lastIndexOf('@') + 1);
    }

    /** Returns how many virtual threads wait for a carrier. */
    public static long queued() {
        Scheduler scheduler = Scheduler.get();
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
            try {
                dial.signal();
            } catch (OutOfMemoryError e) {
                // what is queued waits until a thread starts: that is the next signal
            }
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

    /** The timer's. */
    private void look() {
        if (giveBack(false)) {
            timer.schedule(look, PERIOD_NANOS);
        }
    }

    /** A pool is closed: takes away at once what is not needed now. */
    public void settle() {
        giveBack(true);
    }

    /** Returns whether anything is left to give back. */
    private boolean giveBack(boolean atOnce) {
        boolean left;
        boolean lets = false;
        try (Mutex ignored = lock.hold()) {
            int needed = 0;
            if (!atOnce) {
                needed = most;
                most = count();
            }
            takeAway(needed);
            boolean mayLetGo = atOnce || !keptSince;
            keptSince = false;
            if (kept && mayLetGo) {
                kept = false; // before held is read, as with added
                kept = held.get() >>> Integer.SIZE > 0;
                lets = !kept;
            }
            left = added > 0 || kept;
        }
        if (lets) {
            Threads.KeepAlive.release();
        }
        return left;
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

    /** Returns how many carriers there can be in all. */
    public int maxPoolSize() {
        return maxPoolSize;
    }

    /** Returns why nothing can be held, or null. */
    public @Nullable String problem() {
        return refused ? "the scheduler of virtual threads refused" : null;
    }

    /** The JDK's scheduler, which JDK 24 and newer tell about. A call takes less than a microsecond. */
    public static final class Scheduler implements Dial {
        private static final @Nullable Scheduler INSTANCE = find();
        private static final @Nullable Carriers CARRIERS =
                INSTANCE == null ? null : new Carriers(INSTANCE, Timer.jvm(), maxPoolSizeOfJvm());
        private static volatile @Nullable String carrierPrefix; // of the names of the default scheduler's carriers

        private final MethodHandle parallelism;
        private final MethodHandle mounted;
        private final MethodHandle queued;
        private final MethodHandle setParallelism;

        private Scheduler(Class<?> type, Object bean) throws ReflectiveOperationException {
            this.parallelism = bind(type, bean, "getParallelism", int.class);
            this.mounted = bind(type, bean, "getMountedVirtualThreadCount", int.class);
            this.queued = bind(type, bean, "getQueuedVirtualThreadCount", long.class);
            this.setParallelism = MethodHandles.publicLookup()
                    .findVirtual(type, "setParallelism", MethodType.methodType(void.class, int.class))
                    .bindTo(bean);
        }

        /** Returns the scheduler, or null if this JDK has no management interface for it. */
        public static @Nullable Scheduler get() {
            return INSTANCE;
        }

        private static @Nullable Scheduler find() {
            try {
                Class<? extends PlatformManagedObject> type = Class.forName(
                                "jdk.management.VirtualThreadSchedulerMXBean")
                        .asSubclass(PlatformManagedObject.class);
                return new Scheduler(type, ManagementFactory.getPlatformMXBean(type));
            } catch (ReflectiveOperationException | IllegalArgumentException | LinkageError e) {
                return null;
            }
        }

        private static MethodHandle bind(Class<?> type, Object bean, String name, Class<?> result)
                throws ReflectiveOperationException {
            return MethodHandles.publicLookup()
                    .findVirtual(type, name, MethodType.methodType(result))
                    .bindTo(bean)
                    .asType(MethodType.methodType(long.class));
        }

        /** As the JDK computes it. */
        private static int maxPoolSizeOfJvm() {
            int processors = Runtime.getRuntime().availableProcessors();
            int parallelism = Integer.getInteger("jdk.virtualThreadScheduler.parallelism", processors);
            return Integer.getInteger("jdk.virtualThreadScheduler.maxPoolSize", Math.max(parallelism, 256));
        }

        /** A virtual thread that a platform thread starts is the default scheduler's: the timer starts one. */
        private static void learnPrefix() {
            Runnable learn = () -> {
                String mounted = Thread.currentThread().toString();
                String carrier = mounted.substring(mounted.lastIndexOf('@') + 1);
                carrierPrefix = carrier.substring(0, carrier.lastIndexOf('-') + 1);
            };
            Timer.jvm().schedule(new Timer.Task(() -> startVirtual(learn)), 0);
        }

        private static void startVirtual(Runnable task) {
            Thread.ofVirtual().inheritInheritableThreadLocals(false).start(task);
        }

        @Override
        public int parallelism() {
            return (int) call(parallelism);
        }

        public int mounted() {
            return (int) call(mounted);
        }

        public long queued() {
            return call(queued);
        }

        /** Throws what the scheduler throws, such as {@link UnsupportedOperationException}. */
        @Override
        public void setParallelism(int size) {
            try {
                setParallelism.invokeExact(size);
            } catch (RuntimeException | Error e) {
                throw e;
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void signal() {
            startVirtual(() -> {});
        }

        private static long call(MethodHandle getter) {
            try {
                return (long) getter.invokeExact();
            } catch (Throwable e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
