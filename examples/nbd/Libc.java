package nbd;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.ref.Reference;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The system calls of Linux that Java has no method for, by the JDK's foreign function API. That API is final since JDK
 * 22 and this code is compiled for 21, so it is looked up by name, once. The method handles are constants: a call costs
 * what a direct one does.
 */
final class Libc {
    static final int EINTR = 4;
    static final int EAGAIN = 11;
    static final int EACCES = 13;
    static final int ENODEV = 19;
    static final int ENOTTY = 25;
    static final int ENXIO = 6;
    static final int ENOSYS = 38;

    static final int O_RDONLY = 0;
    static final int O_RDWR = 2;
    static final int O_NONBLOCK = 0x800;
    static final int O_CLOEXEC = 0x80000;

    static final int SEEK_END = 2;
    static final int SEEK_DATA = 3;
    static final int SEEK_HOLE = 4;

    static final int FALLOC_KEEP_SIZE = 1;
    static final int FALLOC_PUNCH_HOLE = 2;
    static final int FALLOC_ZERO_RANGE = 16;

    static final int RWF_NOWAIT = 8;

    static final int F_OFD_GETLK = 36;
    static final int F_OFD_SETLK = 37;
    static final int POSIX_FADV_WILLNEED = 3;

    private static final Calls CALLS = Calls.find();
    private static final MethodHandle ADDRESS = CALLS == null ? null : CALLS.address;
    private static final MethodHandle OF_BUFFER = CALLS == null ? null : CALLS.ofBuffer;
    private static final MethodHandle OPEN = link("open", int.class, 2, long.class, int.class);
    private static final MethodHandle CLOSE = link("close", int.class, 0, int.class);
    private static final MethodHandle PREAD =
            link("pread64", long.class, 0, int.class, long.class, long.class, long.class);
    private static final MethodHandle PREADV2 =
            linkIfThere("preadv64v2", long.class, 0, int.class, long.class, int.class, long.class, int.class);
    private static final MethodHandle PWRITE =
            link("pwrite64", long.class, 0, int.class, long.class, long.class, long.class);
    private static final MethodHandle FALLOCATE =
            link("fallocate64", int.class, 0, int.class, int.class, long.class, long.class);
    private static final MethodHandle FDATASYNC = link("fdatasync", int.class, 0, int.class);
    private static final MethodHandle LSEEK = link("lseek64", long.class, 0, int.class, long.class, int.class);
    private static final MethodHandle FCNTL = link("fcntl", int.class, 2, int.class, int.class, long.class);
    private static final MethodHandle FADVISE =
            link("posix_fadvise64", int.class, 0, int.class, long.class, long.class, int.class);

    /** What a failed call leaves in {@code errno}, for each thread. */
    private static final ThreadLocal<ErrnoState> STATE = ThreadLocal.withInitial(ErrnoState::new);

    private Libc() {}

    /** Returns true where these calls can be made: on 64-bit Linux with a JDK 22 or newer. */
    static boolean isAvailable() {
        return CALLS != null;
    }

    /** Returns a handle whose first parameter is the segment for {@code errno}. A pointer is passed as a long. */
    private static MethodHandle link(String name, Class<?> result, int firstVariadic, Class<?>... parameters) {
        try {
            return CALLS == null ? null : CALLS.downcall(name, result, firstVariadic, parameters);
        } catch (Throwable e) {
            throw new LinkageError(name, e);
        }
    }

    /** Returns null where the C library has no such function. */
    private static MethodHandle linkIfThere(String name, Class<?> result, int firstVariadic, Class<?>... parameters) {
        try {
            return link(name, result, firstVariadic, parameters);
        } catch (LinkageError e) {
            return null;
        }
    }

    private static final class ErrnoState {
        private final ByteBuffer bytes = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
        private final Object segment = segmentOf(bytes);
        private final ByteBuffer vector = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder()); // struct iovec
        private final long vectorAddress = addressOf(vector);

        int errno() {
            return bytes.getInt(0);
        }
    }

    private static Object segmentOf(ByteBuffer direct) {
        try {
            return (Object) OF_BUFFER.invokeExact(direct);
        } catch (Throwable e) {
            throw new LinkageError("MemorySegment.ofBuffer", e);
        }
    }

    /** Returns the address of the buffer's position. */
    private static long addressOf(ByteBuffer direct) {
        try {
            return (long) ADDRESS.invokeExact(direct);
        } catch (Throwable e) {
            throw new LinkageError("MemorySegment.address", e);
        }
    }

    /** Opens a file; {@code path} is direct and ends with a zero byte. */
    static int open(ByteBuffer path, int flags) throws ErrnoException {
        ErrnoState state = STATE.get();
        int fd;
        do {
            try {
                fd = (int) OPEN.invokeExact(state.segment, addressOf(path), flags);
            } catch (Throwable e) {
                throw new LinkageError("open", e);
            }
        } while (fd < 0 && state.errno() == EINTR);
        Reference.reachabilityFence(path);
        return (int) check(fd, "open", state);
    }

    static void close(int fd) {
        ErrnoState state = STATE.get();
        try {
            int ignored = (int) CLOSE.invokeExact(state.segment, fd);
        } catch (Throwable e) {
            throw new LinkageError("close", e);
        }
    }

    /** Reads into the buffer and moves its position; returns 0 at the end of the file. */
    static int pread(int fd, ByteBuffer into, long offset) throws ErrnoException {
        ErrnoState state = STATE.get();
        long count;
        do {
            try {
                count = (long) PREAD.invokeExact(state.segment, fd, addressOf(into), (long) into.remaining(), offset);
            } catch (Throwable e) {
                throw new LinkageError("pread", e);
            }
        } while (count < 0 && state.errno() == EINTR);
        Reference.reachabilityFence(into);
        into.position(into.position() + (int) check(count, "pread", state));
        return (int) count;
    }

    /**
     * Reads what is in the page cache into the buffer and moves its position. Returns -1 where that is nothing, or
     * where the system cannot tell.
     */
    static int preadCached(int fd, ByteBuffer into, long offset) {
        if (PREADV2 == null) {
            return -1;
        }
        ErrnoState state = STATE.get();
        state.vector.putLong(0, addressOf(into)).putLong(8, into.remaining());
        long count;
        try {
            count = (long) PREADV2.invokeExact(state.segment, fd, state.vectorAddress, 1, offset, RWF_NOWAIT);
        } catch (Throwable e) {
            throw new LinkageError("preadv2", e);
        }
        Reference.reachabilityFence(into);
        if (count > 0) {
            into.position(into.position() + (int) count);
        }
        return (int) count;
    }

    /** Writes from the buffer and moves its position. */
    static int pwrite(int fd, ByteBuffer from, long offset) throws ErrnoException {
        ErrnoState state = STATE.get();
        long count;
        do {
            try {
                count = (long) PWRITE.invokeExact(state.segment, fd, addressOf(from), (long) from.remaining(), offset);
            } catch (Throwable e) {
                throw new LinkageError("pwrite", e);
            }
        } while (count < 0 && state.errno() == EINTR);
        Reference.reachabilityFence(from);
        from.position(from.position() + (int) check(count, "pwrite", state));
        return (int) count;
    }

    static void fallocate(int fd, int mode, long offset, long length) throws ErrnoException {
        ErrnoState state = STATE.get();
        int result;
        do {
            try {
                result = (int) FALLOCATE.invokeExact(state.segment, fd, mode, offset, length);
            } catch (Throwable e) {
                throw new LinkageError("fallocate", e);
            }
        } while (result < 0 && state.errno() == EINTR);
        check(result, "fallocate", state);
    }

    /** Not repeated after EINTR or anything else: a second call may succeed though the first has lost data. */
    static void fdatasync(int fd) throws ErrnoException {
        ErrnoState state = STATE.get();
        int result;
        try {
            result = (int) FDATASYNC.invokeExact(state.segment, fd);
        } catch (Throwable e) {
            throw new LinkageError("fdatasync", e);
        }
        check(result, "fdatasync", state);
    }

    static long lseek(int fd, long offset, int whence) throws ErrnoException {
        ErrnoState state = STATE.get();
        long result;
        try {
            result = (long) LSEEK.invokeExact(state.segment, fd, offset, whence);
        } catch (Throwable e) {
            throw new LinkageError("lseek", e);
        }
        return check(result, "lseek", state);
    }

    /** Calls {@code fcntl} with a pointer to the bytes of a direct buffer. */
    static void fcntl(int fd, int command, ByteBuffer argument) throws ErrnoException {
        ErrnoState state = STATE.get();
        int result;
        try {
            result = (int) FCNTL.invokeExact(state.segment, fd, command, addressOf(argument));
        } catch (Throwable e) {
            throw new LinkageError("fcntl", e);
        }
        Reference.reachabilityFence(argument);
        check(result, "fcntl", state);
    }

    /** A hint, so its failure is none. */
    static void willNeed(int fd, long offset, long length) {
        ErrnoState state = STATE.get();
        try {
            int ignored = (int) FADVISE.invokeExact(state.segment, fd, offset, length, POSIX_FADV_WILLNEED);
        } catch (Throwable e) {
            throw new LinkageError("posix_fadvise", e);
        }
    }

    private static long check(long result, String call, ErrnoState state) throws ErrnoException {
        if (result < 0) {
            throw new ErrnoException(call, state.errno());
        }
        return result;
    }

    /** The foreign function API, by name. */
    private static final class Calls {
        private final MethodHandle ofBuffer;
        private final MethodHandle address;
        private final Object linker;
        private final Object symbols;
        private final Class<?> layout = Class.forName("java.lang.foreign.MemoryLayout");
        private final Class<?> values = Class.forName("java.lang.foreign.ValueLayout");
        private final Class<?> descriptor = Class.forName("java.lang.foreign.FunctionDescriptor");
        private final Class<?> option = Class.forName("java.lang.foreign.Linker$Option");
        private final Class<?> linkerType = Class.forName("java.lang.foreign.Linker");
        private final Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
        private final MethodHandles.Lookup lookup = MethodHandles.lookup();

        private Calls() throws Throwable {
            MethodHandle rawOfBuffer = lookup.findStatic(
                    segment, "ofBuffer", MethodType.methodType(segment, Class.forName("java.nio.Buffer")));
            ofBuffer = rawOfBuffer.asType(MethodType.methodType(Object.class, ByteBuffer.class));
            address = MethodHandles.filterReturnValue(
                            rawOfBuffer, lookup.findVirtual(segment, "address", MethodType.methodType(long.class)))
                    .asType(MethodType.methodType(long.class, ByteBuffer.class));
            linker = lookup.findStatic(linkerType, "nativeLinker", MethodType.methodType(linkerType))
                    .invoke();
            symbols = linkerType.getMethod("defaultLookup").invoke(linker);
        }

        /** Returns null where there is no such API, or its calls are not allowed. */
        static Calls find() {
            boolean linux = System.getProperty("os.name").equals("Linux");
            boolean wide = System.getProperty("sun.arch.data.model", "").equals("64");
            if (!linux || !wide || Runtime.version().feature() < 22) {
                return null;
            }
            try {
                Calls calls = new Calls();
                calls.downcall("close", int.class, 0, int.class);
                return calls;
            } catch (Throwable e) {
                return null;
            }
        }

        private Object layoutOf(Class<?> type) throws ReflectiveOperationException {
            return values.getField(type == int.class ? "JAVA_INT" : "JAVA_LONG").get(null);
        }

        private MethodHandle downcall(String name, Class<?> result, int firstVariadic, Class<?>... parameters)
                throws Throwable {
            Object layouts = Array.newInstance(layout, parameters.length);
            for (int i = 0; i < parameters.length; i++) {
                Array.set(layouts, i, layoutOf(parameters[i]));
            }
            Object function =
                    descriptor.getMethod("of", layout, layouts.getClass()).invoke(null, layoutOf(result), layouts);
            Object options = Array.newInstance(option, firstVariadic > 0 ? 2 : 1);
            Array.set(
                    options,
                    0,
                    option.getMethod("captureCallState", String[].class).invoke(null, (Object) new String[] {"errno"}));
            if (firstVariadic > 0) {
                Array.set(
                        options,
                        1,
                        option.getMethod("firstVariadicArg", int.class).invoke(null, firstVariadic));
            }
            Optional<?> symbol = (Optional<?>) Class.forName("java.lang.foreign.SymbolLookup")
                    .getMethod("find", String.class)
                    .invoke(symbols, name);
            MethodHandle handle = (MethodHandle) linkerType
                    .getMethod("downcallHandle", segment, descriptor, options.getClass())
                    .invoke(linker, symbol.orElseThrow(), function, options);
            return handle.asType(handle.type().changeParameterType(0, Object.class));
        }
    }
}
