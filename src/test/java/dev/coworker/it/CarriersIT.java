package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The example that tells which operations hold a carrier, in a JVM with one. */
class CarriersIT {
    private static final String FREE = "leaves its carrier";
    private static final String MADE_UP_FOR = "holds it; the JDK adds another meanwhile";
    private static final String HELD = "holds it: the others stand still";

    @Test
    void theTableOfTheReadmeIsMeasured() throws Exception {
        int jdk = Runtime.version().feature();
        String output = Child.run(List.of(
                Child.JAVA.toString(),
                "-Djdk.virtualThreadScheduler.parallelism=1",
                "-classpath",
                System.getProperty("java.class.path"),
                "carriers.Carriers"));
        assertRow(output, "LockSupport.park", FREE);
        assertRow(output, "Socket read", FREE);
        assertRow(output, "Process.waitFor", FREE);
        assertRow(output, "synchronized", jdk < 24 ? HELD : FREE);
        assertRow(output, "Object.wait", jdk < 24 ? MADE_UP_FOR : FREE);
        assertRow(output, "FileInputStream.read", jdk < 23 ? MADE_UP_FOR : HELD);
        assertRow(output, "FileChannel.read", jdk < 23 ? MADE_UP_FOR : HELD);
        assertRow(output, "a native call", HELD);
        assertRow(output, "computation", HELD);
    }

    private static void assertRow(String output, String operation, String verdict) {
        assertThat(output.lines().filter(line -> line.startsWith(operation)))
                .singleElement()
                .asString()
                .endsWith(verdict);
    }
}
