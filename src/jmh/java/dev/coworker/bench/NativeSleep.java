package dev.coworker.bench;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.util.Optional;

/**
 * {@code usleep}: a native call that waits, as a driver's would, and holds the carrier of the virtual thread that makes it.
 * By reflection, since java.lang.foreign was not final in JDK 21.
 */
final class NativeSleep {
    private static final int PR_SET_TIMERSLACK = 29;
    private static final MethodHandle USLEEP = function("usleep", "JAVA_INT", "JAVA_INT");

    private NativeSleep() {}

    static void sleep(int micros) {
        int status;
        try {
            status = (int) USLEEP.invokeExact(micros);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        if (status != 0) {
            throw new IllegalStateException("usleep failed");
        }
    }

    /** From here on, threads that this one starts, and theirs, are woken when it is time, and not up to 50 us later. */
    static void bePunctual() {
        try {
            MethodHandle prctl =
                    function("prctl", "JAVA_INT", "JAVA_INT", "JAVA_LONG", "JAVA_LONG", "JAVA_LONG", "JAVA_LONG");
            int status = (int) prctl.invokeExact(PR_SET_TIMERSLACK, 1L, 0L, 0L, 0L);
            if (status != 0) {
                throw new IllegalStateException("prctl failed");
            }
        } catch (RuntimeException e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    private static MethodHandle function(String name, String result, String... parameters) {
        try {
            Class<?> linkerType = Class.forName("java.lang.foreign.Linker");
            Class<?> lookupType = Class.forName("java.lang.foreign.SymbolLookup");
            Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
            Class<?> descriptor = Class.forName("java.lang.foreign.FunctionDescriptor");
            Class<?> layout = Class.forName("java.lang.foreign.MemoryLayout");
            Class<?> option = Class.forName("java.lang.foreign.Linker$Option");
            Object linker = linkerType.getMethod("nativeLinker").invoke(null);
            Object lookup = linkerType.getMethod("defaultLookup").invoke(linker);
            Object address =
                    ((Optional<?>) lookupType.getMethod("find", String.class).invoke(lookup, name)).orElseThrow();
            Object arguments = Array.newInstance(layout, parameters.length);
            for (int i = 0; i < parameters.length; i++) {
                Array.set(arguments, i, layout(parameters[i]));
            }
            Object signature =
                    descriptor.getMethod("of", layout, arguments.getClass()).invoke(null, layout(result), arguments);
            Object options = Array.newInstance(option, 0);
            return (MethodHandle) linkerType
                    .getMethod("downcallHandle", segment, descriptor, options.getClass())
                    .invoke(linker, address, signature, options);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("java.lang.foreign is needed: run this on JDK 22 or newer", e);
        }
    }

    private static Object layout(String name) throws ReflectiveOperationException {
        return Class.forName("java.lang.foreign.ValueLayout").getField(name).get(null);
    }
}
