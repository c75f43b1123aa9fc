package dev.coworker.internal.base;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Makes threads that inherit nothing, parks them safely, and keeps the JVM alive for accepted work. */
public final class Threads {
    private static final int FEATURE = Runtime.version().feature();

    /** JDK-8369227: in 25.0.0 to 25.0.2 and in 26.0.0 a virtual thread can miss the unpark of an untimed park. */
    private static final boolean UNPARK_CAN_BE_MISSED = canMissUnpark(Runtime.version());

    private static final long LONGEST_PARK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private Threads() {}

    private static boolean canMissUnpark(Runtime.Version version) {
        return switch (version.feature()) {
            case 25 -> version.update() < 3;
            case 26 -> version.interim() == 0 && version.update() == 0;
            default -> false;
        };
    }

    /**
     * Parks the calling thread until it is unparked or interrupted, the deadline of {@link Timer#deadlineAfter} passes,
     * or for no reason. Returns false if the deadline has passed already.
     */
    public static boolean park(Object blocker, long deadlineNanos) {
        if (deadlineNanos != Timer.NO_DEADLINE) {
            long left = deadlineNanos - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            LockSupport.parkNanos(blocker, left);
        } else if (UNPARK_CAN_BE_MISSED) {
            LockSupport.parkNanos(blocker, LONGEST_PARK_NANOS);
        } else {
            LockSupport.park(blocker);
        }
        return true;
    }

    /** Returns a daemon thread, not started, that inherits nothing from the thread that creates it. */
    public static Thread newDaemon(String name, Runnable task) {
        return newThread(name, true, task);
    }

    @SuppressWarnings("ThreadPriorityCheck") // the priority is one of the things not to inherit
    private static Thread newThread(String name, boolean daemon, Runnable task) {
        return withoutCallersAccess(() -> {
            Thread thread = Thread.ofPlatform()
                    .daemon(daemon)
                    .group(rootGroup())
                    .priority(Thread.NORM_PRIORITY)
                    .name(name)
                    .inheritInheritableThreadLocals(false)
                    .unstarted(task);
            thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
            return thread;
        });
    }

    /** Returns a factory of numbered threads that inherit nothing either. */
    public static ThreadFactory factory(String prefix, boolean daemon) {
        AtomicLong number = new AtomicLong();
        return task -> newThread(prefix + number.incrementAndGet(), daemon, task);
    }

    private static ThreadGroup rootGroup() {
        ThreadGroup root = Thread.currentThread().getThreadGroup();
        for (ThreadGroup parent; (parent = root.getParent()) != null; ) {
            root = parent;
        }
        return root;
    }

    /**
     * Calls {@code creator} so that a thread it creates does not capture the caller's access-control context. Up to JDK
     * 23 that context refers to the class loaders of all classes on the caller's stack.
     */
    public static <T extends @Nullable Object> T withoutCallersAccess(Supplier<T> creator) {
        return FEATURE < 24 ? Privileged.call(creator) : creator.get();
    }

    /** A class of its own, so that it is not linked on a JDK that has no access control any more. */
    private static final class Privileged {
        @SuppressWarnings("removal")
        static <T extends @Nullable Object> T call(Supplier<T> creator) {
            return AccessController.doPrivileged((PrivilegedAction<T>) creator::get);
        }
    }

    /** Keeps the JVM alive for accepted work that no worker has yet: one thread, while a pool holds it. */
    public static final class KeepAlive {
        private static final Mutex LOCK = new Mutex();
        private static final Runnable STAY = KeepAlive::stay;
        private static int holders; // guarded by LOCK
        private static @Nullable Thread keeper; // guarded by LOCK

        private KeepAlive() {}

        /** Loads what the first {@link #hold} of a JVM needs. */
        public static void load() {
            newThread("", true, STAY);
        }

        /** Keeps the JVM alive until {@link #release}. If no thread can be created for that, it does nothing. */
        public static void hold() {
            try (Mutex ignored = LOCK.hold()) {
                if (holders++ > 0) {
                    return;
                }
            }
            try {
                Thread started = newThread("coworker-keep-alive", false, STAY);
                try (Mutex ignored = LOCK.hold()) {
                    if (holders == 0 || keeper != null) {
                        return;
                    }
                    keeper = started;
                }
                started.start();
            } catch (OutOfMemoryError e) {
                // out of threads: the JVM does not end before some of them do
            }
        }

        public static void release() {
            Thread idle;
            try (Mutex ignored = LOCK.hold()) {
                if (--holders > 0) {
                    return;
                }
                idle = keeper;
                keeper = null;
            }
            LockSupport.unpark(idle);
        }

        private static void stay() {
            while (isKeeper()) {
                LockSupport.park(KeepAlive.class);
            }
        }

        private static boolean isKeeper() {
            try (Mutex ignored = LOCK.hold()) {
                return keeper == Thread.currentThread();
            }
        }
    }
}
