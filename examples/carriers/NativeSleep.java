package carriers;

import java.lang.invoke.MethodHandle;
import java.lang.reflect.Array;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The C library's {@code usleep}: it stands for any call of native code that takes its time. */
public final class NativeSleep {
    private final MethodHandle usleep;

    /** By reflection, since java.lang.foreign was not final in JDK 21. */
    public NativeSleep() throws ReflectiveOperationException {
        Class<?> linkerType = Class.forName("java.lang.foreign.Linker");
        Class<?> lookupType = Class.forName("java.lang.foreign.SymbolLookup");
        Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
        Class<?> descriptor = Class.forName("java.lang.foreign.FunctionDescriptor");
        Class<?> layout = Class.forName("java.lang.foreign.MemoryLayout");
        Class<?> option = Class.forName("java.lang.foreign.Linker$Option");
        Object anInt = Class.forName("java.lang.foreign.ValueLayout")
                .getField("JAVA_INT")
                .get(null);
        Object linker = linkerType.getMethod("nativeLinker").invoke(null);
        Object lookup = linkerType.getMethod("defaultLookup").invoke(linker);
        Object symbol =
                ((Optional<?>) lookupType.getMethod("find", String.class).invoke(lookup, "usleep")).orElseThrow();
        Object arguments = Array.newInstance(layout, 1);
        Array.set(arguments, 0, anInt);
        Object signature =
                descriptor.getMethod("of", layout, arguments.getClass()).invoke(null, anInt, arguments);
        Object options = Array.newInstance(option, 0);
        usleep = (MethodHandle) linkerType
                .getMethod("downcallHandle", segment, descriptor, options.getClass())
                .invoke(linker, symbol, signature, options);
    }

    /** Blocks in native code. A signal, such as the flight recorder's, ends the call early: then it is made again. */
    public void sleep(Duration time) {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            call(1 + (int) TimeUnit.NANOSECONDS.toMicros(left));
        }
    }

    private int call(int micros) {
        try {
            return (int) usleep.invoke(micros);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }
}
