package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A JVM that truly cannot create a thread: its address space is limited while it runs, and set free again. */
class OutOfThreadsIT {
    /** Less than the stack of a worker, and more than all else that the JVM asks for. */
    private static final long SLACK_BYTES = 192L << 20;

    /** Then the child is ended, and what it had said by then is in the failure's message. */
    private static final long PATIENCE_SECONDS = 60;

    private Process child;
    private BufferedReader lines;
    private Writer orders;

    @BeforeEach
    void start() throws Exception {
        boolean canLimit = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "prlimit")));
        if (!canLimit) {
            System.err.println("SKIPPED, NOTHING IS PROVED: no prlimit (util-linux) to take memory away with");
        }
        Assumptions.assumeTrue(canLimit, "no prlimit");
        String jar = System.getProperty("test.jar");
        Path classes = Path.of(OutOfThreadsMain.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toURI());
        ProcessBuilder builder = new ProcessBuilder(
                System.getProperty("test.child.java"),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-classpath",
                jar + File.pathSeparator + classes,
                OutOfThreadsMain.class.getName());
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        child = builder.redirectErrorStream(true).start();
        lines = child.inputReader();
        orders = child.outputWriter();
        CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS).execute(child::destroyForcibly);
    }

    @AfterEach
    void stop() {
        if (child != null) {
            child.destroyForcibly();
        }
    }

    @Test
    void aPoolServesWithTheWorkersItHasAndRecoversWhenThreadsCanBeHadAgain() throws Exception {
        await("one worker lives");
        limitAddressSpace(Long.toString(addressSpaceBytes() + SLACK_BYTES));
        order("limited");
        await("served by the one: true");
        await("none can start: 200 wait");
        limitAddressSpace("unlimited");
        order("lifted");
        await("served after all: 401");
        await("closed: true 0");
        assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).isZero();
    }

    private long addressSpaceBytes() throws IOException {
        String pages = Files.readString(Path.of("/proc", Long.toString(child.pid()), "statm"))
                .split(" ")[0];
        return Long.parseLong(pages) * 4096;
    }

    /** The soft limit only, which an ordinary user may raise again. */
    private void limitAddressSpace(String bytes) throws Exception {
        Process limit = new ProcessBuilder("prlimit", "--pid", Long.toString(child.pid()), "--as=" + bytes + ":")
                .inheritIO()
                .start();
        assertThat(limit.waitFor()).isZero();
    }

    private void order(String line) throws IOException {
        orders.write(line + "\n");
        orders.flush();
    }

    /** Skips what the JVM and the pool log of their distress. */
    private void await(String expected) throws IOException {
        List<String> read = new ArrayList<>();
        for (String line; (line = lines.readLine()) != null; read.add(line)) {
            if (line.equals(expected)) {
                return;
            }
        }
        throw new AssertionError("no line '" + expected + "' after:\n" + String.join("\n", read));
    }
}
