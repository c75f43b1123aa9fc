package dev.coworker.bench;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

/**
 * Native calls: {@code usleep}, which waits as a driver's call would and holds the carrier of its virtual thread, and
 * the processor time of this process.
 */
public final class Native {
    private static final int PR_SET_TIMERSLACK = 29;
    private static final MethodHandle USLEEP = function("usleep", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    private static final MethodHandle CLOCK = function("clock", FunctionDescriptor.of(JAVA_LONG));

    /** Holds the calling thread. */
    public static void sleep(int micros) {
        try {
            succeeded((int) USLEEP.invokeExact(micros));
        } catch (Throwable e) {
            throw new IllegalStateException("usleep", e);
        }
    }

    static long cpuMicros() {
        try {
            return (long) CLOCK.invokeExact();
        } catch (Throwable e) {
            throw new IllegalStateException("clock", e);
        }
    }

    /** Threads that this thread starts from now on, and their threads, wake up on time instead of up to 50 µs late. */
    static void bePunctual() {
        try {
            MethodHandle prctl = function(
                    "prctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));
            succeeded((int) prctl.invokeExact(PR_SET_TIMERSLACK, 1L, 0L, 0L, 0L));
        } catch (Throwable e) {
            throw new IllegalStateException("prctl", e);
        }
    }

    private static void succeeded(int status) {
        if (status != 0) {
            throw new IllegalStateException("status " + status);
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(String name, FunctionDescriptor type) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), type);
    }
}
