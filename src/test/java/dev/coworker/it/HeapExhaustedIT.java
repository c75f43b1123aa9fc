package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM whose whole heap is taken by the work of its pools, again and again: nothing hangs, and nothing is lost. */
@Timeout(400) // more than the test's own patience, which tells where the threads are
class HeapExhaustedIT {
    private static final int ROUNDS = 6;
    private static final long PATIENCE_SECONDS = 300;

    @ParameterizedTest
    @ValueSource(strings = {"SUBMIT", "CANCEL", "CLOSE", "GIVE_UP"})
    void whateverAllocationFailsOnTheWayOfARequestNothingIsLost(String deed) throws Exception {
        assertThat(run("-Xmx8m", HeapEdgeMain.class, deed)).endsWith("each ended once\n");
    }

    @Test
    void everyRequestEndsOnceAndCloseReturnsThoughWorkTakesTheWholeHeap() throws Exception {
        assertThat(run("-Xmx32m", HeapExhaustedMain.class, Integer.toString(ROUNDS)))
                .endsWith("each ended once\n");
    }

    /** What it printed; of one that does not end, also where each of its threads is. */
    private static String run(String heap, Class<?> program, String... arguments) throws Exception {
        Path output = Files.createTempFile("coworker-heap-", ".txt");
        Path threads = Files.createTempFile("coworker-threads-", ".txt");
        Process child = new ProcessBuilder(command(heap, program, arguments))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            boolean ended = child.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            String where = ended ? "" : dump(child, threads);
            assertThat(ended)
                    .as("ends:%n%s%n%s", Files.readString(output), where)
                    .isTrue();
            assertThat(child.exitValue()).as(Files.readString(output)).isZero();
            return Files.readString(output);
        } finally {
            child.destroyForcibly().waitFor();
            Files.delete(output);
            Files.delete(threads);
        }
    }

    private static List<String> command(String heap, Class<?> program, String... arguments) throws Exception {
        Path classes = Path.of(
                program.getProtectionDomain().getCodeSource().getLocation().toURI());
        List<String> command = new ArrayList<>(List.of(
                Child.JAVA.toString(),
                "-ea",
                heap,
                "-XX:+UseSerialGC",
                "-classpath",
                Child.JAR + File.pathSeparator + classes,
                program.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    /** Virtual threads too, which a signal's dump leaves out. */
    private static String dump(Process child, Path file) throws IOException, InterruptedException {
        Process jcmd = new ProcessBuilder(
                        Child.JAVA.resolveSibling("jcmd").toString(),
                        Long.toString(child.pid()),
                        "Thread.dump_to_file",
                        "-overwrite",
                        file.toString())
                .inheritIO()
                .start();
        jcmd.waitFor(30, TimeUnit.SECONDS);
        return Files.readString(file);
    }
}
