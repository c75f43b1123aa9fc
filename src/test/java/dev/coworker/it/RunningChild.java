package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A program that a test speaks with in lines, while it does something to it from outside. */
final class RunningChild implements AutoCloseable {
    /** Then the child is ended, and what it had said by then is in the failure's message. */
    private static final long PATIENCE_SECONDS = 40;

    private final Process process;
    private final BufferedReader lines;
    private final Writer orders;
    private final List<String> printed = new ArrayList<>();

    RunningChild(List<String> command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("MALLOC_ARENA_MAX", "1");
        process = builder.start();
        lines = process.inputReader();
        orders = process.outputWriter();
        CompletableFuture.delayedExecutor(PATIENCE_SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
    }

    long pid() {
        return process.pid();
    }

    void order(String line) throws IOException {
        orders.write(line + "\n");
        orders.flush();
    }

    /** Skips what the JVM and the pool log of their distress. */
    void await(String expected) throws IOException {
        for (String line; (line = lines.readLine()) != null; ) {
            printed.add(line);
            if (line.equals(expected)) {
                return;
            }
        }
        throw new AssertionError("no line '" + expected + "' after:\n" + String.join("\n", printed));
    }

    /** Returns what it has printed up to the line that was awaited last. */
    List<String> printed() {
        return printed;
    }

    /** Runs a command about the child, of which its process number is the last argument. */
    void apply(String... command) throws IOException, InterruptedException {
        List<String> whole = new ArrayList<>(List.of(command));
        whole.add(Long.toString(pid()));
        assertThat(new ProcessBuilder(whole).inheritIO().start().waitFor()).isZero();
    }

    void awaitEnd() throws InterruptedException {
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isZero();
    }

    /** Ends the child, also one that is stopped. */
    @Override
    public void close() {
        process.destroyForcibly();
    }
}
