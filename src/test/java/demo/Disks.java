package demo;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** What a slow disk of a test is started with. */
final class Disks {
    /** The JDK of the build; that which runs the tests may not be able to start another. */
    static final Path JAVA = Path.of(System.getProperty(
            "test.child.java",
            Path.of(System.getProperty("java.home"), "bin", "java").toString()));

    static final Duration LATENCY = Duration.ofMillis(3);

    private Disks() {}

    static SlowDisk start(Path file, int depth) throws IOException {
        return SlowDisk.start(JAVA, file, LATENCY, depth);
    }
}
