package dev.coworker.internal.base;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.management.ManagementFactory;
import java.lang.management.PlatformManagedObject;
import org.jspecify.annotations.Nullable;

/** The JDK's scheduler of virtual threads, which JDK 24 and newer tell about. A call takes less than a microsecond. */
public final class Scheduler {
    private static final @Nullable Scheduler INSTANCE = find();

    private final MethodHandle parallelism;
    private final MethodHandle mounted;
    private final MethodHandle queued;
    private final MethodHandle setParallelism;

    private Scheduler(
            MethodHandle parallelism, MethodHandle mounted, MethodHandle queued, MethodHandle setParallelism) {
        this.parallelism = parallelism;
        this.mounted = mounted;
        this.queued = queued;
        this.setParallelism = setParallelism;
    }

    /** Returns the scheduler, or null if this JDK has no management interface for it. */
    public static @Nullable Scheduler get() {
        return INSTANCE;
    }

    private static @Nullable Scheduler find() {
        try {
            Class<? extends PlatformManagedObject> type = Class.forName("jdk.management.VirtualThreadSchedulerMXBean")
                    .asSubclass(PlatformManagedObject.class);
            Object bean = ManagementFactory.getPlatformMXBean(type);
            return new Scheduler(
                    bind(type, bean, "getParallelism", int.class),
                    bind(type, bean, "getMountedVirtualThreadCount", int.class),
                    bind(type, bean, "getQueuedVirtualThreadCount", long.class),
                    MethodHandles.publicLookup()
                            .findVirtual(type, "setParallelism", MethodType.methodType(void.class, int.class))
                            .bindTo(bean));
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

    public int parallelism() {
        return (int) call(parallelism);
    }

    public int mounted() {
        return (int) call(mounted);
    }

    public long queued() {
        return call(queued);
    }

    /**
     * Changes how many carriers run at a time. Throws what the scheduler throws, such as {@link
     * UnsupportedOperationException}.
     */
    public void setParallelism(int size) {
        try {
            setParallelism.invokeExact(size);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static long call(MethodHandle getter) {
        try {
            return (long) getter.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
