package dev.coworker.bench;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.util.Optional;

/**
 * Native calls: {@code usleep}, which waits as a driver's call would and holds the carrier of its virtual thread, and
 * the processor time of this process. By reflection, as java.lang.foreign is not final in JDK 21, for which this is
 * compiled.
 */
public final class Native {
    private static final int PR_SET_TIMERSLACK = 29;
    private static final MethodHandle USLEEP = function("usleep", "JAVA_INT", "JAVA_INT");
    private static final MethodHandle CLOCK = function("clock", "JAVA_LONG");

    private Native() {}

    /** Holds the calling thread. */
    public static void sleep(int micros) {
        try {
            int status = (int) USLEEP.invokeExact(micros);
            if (status != 0) {
                throw new IllegalStateException("usleep failed");
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    static long cpuMicros() {
        try {
            return (long) CLOCK.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Threads that this thread starts from now on, and their threads, wake up on time instead of up to 50 µs late. */
    static void bePunctual() {
        MethodHandle prctl =
                function("prctl", "JAVA_INT", "JAVA_INT", "JAVA_LONG", "JAVA_LONG", "JAVA_LONG", "JAVA_LONG");
        try {
            int status = (int) prctl.invokeExact(PR_SET_TIMERSLACK, 1L, 0L, 0L, 0L);
            if (status != 0) {
                throw new IllegalStateException("prctl failed");
            }
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle function(String name, String result, String... parameters) {
        try {
            Class<?> layout = foreign("MemoryLayout");
            Object arguments = Array.newInstance(layout, parameters.length);
            for (int i = 0; i < parameters.length; i++) {
                Array.set(arguments, i, layout(parameters[i]));
            }
            Object signature = foreign("FunctionDescriptor")
                    .getMethod("of", layout, arguments.getClass())
                    .invoke(null, layout(result), arguments);
            Object linker = foreign("Linker").getMethod("nativeLinker").invoke(null);
            Object lookup = foreign("Linker").getMethod("defaultLookup").invoke(linker);
            Object address = ((Optional<?>) foreign("SymbolLookup")
                            .getMethod("find", String.class)
                            .invoke(lookup, name))
                    .orElseThrow();
            Object options = Array.newInstance(foreign("Linker$Option"), 0);
            return (MethodHandle) foreign("Linker")
                    .getMethod(
                            "downcallHandle",
                            foreign("MemorySegment"),
                            foreign("FunctionDescriptor"),
                            options.getClass())
                    .invoke(linker, address, signature, options);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("java.lang.foreign is missing: run the benchmarks on JDK 22 or newer", e);
        }
    }

    private static Class<?> foreign(String name) throws ClassNotFoundException {
        return Class.forName("java.lang.foreign." + name);
    }

    private static Object layout(String name) throws ReflectiveOperationException {
        return foreign("ValueLayout").getField(name).get(null);
    }
}
