package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The library never reads the wall clock, so a clock that jumps moves no deadline. */
class ClockTest {
    private static final long HOUR = 3_600_000_000_000L;

    /** Whatever tells the time of day, by class or by method; {@code nanoTime} does not. */
    private static final List<String> WALL_CLOCKS = List.of(
            "java/lang/System.currentTimeMillis",
            "java/time/Instant.",
            "java/time/Clock.",
            "java/time/InstantSource.",
            "java/time/LocalDateTime.",
            "java/time/ZonedDateTime.",
            "java/util/Date.",
            "java/util/Calendar.",
            "java/util/Timer.",
            "java/util/concurrent/locks/LockSupport.parkUntil",
            "java/util/concurrent/locks/Condition.awaitUntil");

    @Test
    void noClassReadsTheTimeOfDay() throws Exception {
        Path classes = Path.of(ThreadPool.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        List<String> calls = new ArrayList<>();
        try (Stream<Path> files = Files.walk(classes)) {
            for (Path file : files.filter(each -> each.toString().endsWith(".class"))
                    .filter(each -> !each.toString().contains("watch")) // it tells when something happened
                    .toList()) {
                for (String call : methodsCalledBy(file)) {
                    calls.add(call);
                    assertThat(WALL_CLOCKS).as("%s calls %s", file, call).noneMatch(call::startsWith);
                }
            }
        }
        assertThat(calls).contains("java/lang/System.nanoTime");
    }

    /** As owner.name, from the constant pool; method handles and references are in it too. */
    private static List<String> methodsCalledBy(Path classFile) throws IOException {
        try (InputStream stream = Files.newInputStream(classFile)) {
            DataInputStream in = new DataInputStream(stream);
            in.skipNBytes(8);
            int size = in.readUnsignedShort();
            Map<Integer, String> texts = new HashMap<>();
            Map<Integer, Integer> names = new HashMap<>(); // of a class, or of a name and type
            List<int[]> methods = new ArrayList<>();
            for (int i = 1; i < size; i++) {
                int tag = in.readUnsignedByte();
                switch (tag) {
                    case 1 -> texts.put(i, in.readUTF());
                    case 3, 4, 9, 17, 18 -> in.skipNBytes(4);
                    case 5, 6 -> {
                        in.skipNBytes(8);
                        i++;
                    }
                    case 7 -> names.put(i, in.readUnsignedShort());
                    case 8, 16, 19, 20 -> in.skipNBytes(2);
                    case 10, 11 -> methods.add(new int[] {in.readUnsignedShort(), in.readUnsignedShort()});
                    case 12 -> {
                        names.put(i, in.readUnsignedShort());
                        in.skipNBytes(2);
                    }
                    case 15 -> in.skipNBytes(3);
                    default -> throw new IOException("constant of kind " + tag + " in " + classFile);
                }
            }
            return methods.stream()
                    .map(method -> texts.get(names.get(method[0])) + "." + texts.get(names.get(method[1])))
                    .toList();
        }
    }
}
