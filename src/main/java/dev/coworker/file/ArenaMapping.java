package dev.coworker.file;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.channels.FileChannel;

/**
 * Adds {@code FileChannel.map(MapMode, long, long, Arena)} to our channel, without which a program that maps so would
 * fail. Arena is a preview in Java 21, so a source for 21 must not name it. This class assembles the subclass
 *
 * <pre>{@code
 * public MemorySegment map(MapMode mode, long position, long size, Arena arena) {
 *     return (MemorySegment) mapInto(mode, position, size, arena);
 * }
 * }</pre>
 */
final class ArenaMapping {
    private static final String CHANNEL = "dev/coworker/file/OffloadedFileChannel";
    private static final String ARENA = "java.lang.foreign.Arena";
    private static final int ALOAD_0 = 0x2a;
    private static final int ALOAD_1 = 0x2b;
    private static final int ALOAD_2 = 0x2c;
    private static final int LLOAD_2 = 0x20;
    private static final int LLOAD = 0x16;
    private static final int ALOAD = 0x19;
    private static final int INVOKESPECIAL = 0xb7;
    private static final int INVOKEVIRTUAL = 0xb6;
    private static final int CHECKCAST = 0xc0;
    private static final int RETURN = 0xb1;
    private static final int ARETURN = 0xb0;

    private static final Method MAP;
    private static final Constructor<? extends OffloadedFileChannel> CONSTRUCTOR;

    static {
        try {
            MAP = FileChannel.class.getMethod(
                    "map", FileChannel.MapMode.class, long.class, long.class, Class.forName(ARENA));
            CONSTRUCTOR = MethodHandles.lookup()
                    .defineClass(classFile())
                    .asSubclass(OffloadedFileChannel.class)
                    .getDeclaredConstructor(FileChannel.class, Offload.class);
        } catch (ReflectiveOperationException | IOException e) {
            throw new IllegalStateException("FileChannel.map into an Arena is missing", e);
        }
    }

    private ArenaMapping() {}

    static FileChannel newChannel(FileChannel delegate, Offload offload) {
        try {
            return CONSTRUCTOR.newInstance(delegate, offload);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Calls the method of the channel below. */
    static Object map(FileChannel delegate, FileChannel.MapMode mode, long position, long size, Object arena)
            throws IOException {
        try {
            return MAP.invoke(delegate, mode, position, size, arena);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] classFile() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeInt(0xcafebabe);
        out.writeInt(65); // Java 21
        out.writeShort(18); // constants, and one
        text(out, CHANNEL + "$IntoArena"); // 1
        reference(out, 7, 1); // 2: this class
        text(out, CHANNEL); // 3
        reference(out, 7, 3); // 4: its superclass
        text(out, "<init>"); // 5
        text(out, "(Ljava/nio/channels/FileChannel;Ldev/coworker/file/Offload;)V"); // 6
        reference(out, 12, 5, 6); // 7
        reference(out, 10, 4, 7); // 8: the constructor of the superclass
        text(out, "map"); // 9
        text(
                out,
                "(Ljava/nio/channels/FileChannel$MapMode;JJLjava/lang/foreign/Arena;)"
                        + "Ljava/lang/foreign/MemorySegment;");
        text(out, "mapInto"); // 11
        text(out, "(Ljava/nio/channels/FileChannel$MapMode;JJLjava/lang/Object;)Ljava/lang/Object;"); // 12
        reference(out, 12, 11, 12); // 13
        reference(out, 10, 4, 13); // 14: mapInto
        text(out, "java/lang/foreign/MemorySegment"); // 15
        reference(out, 7, 15); // 16
        text(out, "Code"); // 17
        shorts(out, 0x30, 2, 4, 0, 0, 2); // final; no interfaces, no fields; two methods
        method(out, 0, 5, 6, 3, ALOAD_0, ALOAD_1, ALOAD_2, INVOKESPECIAL, 0, 8, RETURN);
        method(
                out,
                1,
                9,
                10,
                7,
                ALOAD_0,
                ALOAD_1,
                LLOAD_2,
                LLOAD,
                4,
                ALOAD,
                6,
                INVOKEVIRTUAL,
                0,
                14,
                CHECKCAST,
                0,
                16,
                ARETURN);
        out.writeShort(0); // no attributes
        return bytes.toByteArray();
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        out.writeByte(1);
        out.writeUTF(text);
    }

    private static void reference(DataOutputStream out, int tag, int... constants) throws IOException {
        out.writeByte(tag);
        shorts(out, constants);
    }

    private static void shorts(DataOutputStream out, int... values) throws IOException {
        for (int value : values) {
            out.writeShort(value);
        }
    }

    /** A method with as many stack slots as local variables. */
    private static void method(DataOutputStream out, int access, int name, int type, int slots, int... code)
            throws IOException {
        shorts(out, access, name, type, 1, 17);
        out.writeInt(12 + code.length);
        shorts(out, slots, slots);
        out.writeInt(code.length);
        for (int b : code) {
            out.writeByte(b);
        }
        shorts(out, 0, 0); // no handlers, no attributes
    }
}
