package dev.coworker.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A named pipe, whose readers wait for a writer as long as a test wants. */
final class Fifo {
    private Fifo() {}

    static Path create(Path folder) throws Exception {
        Path fifo = folder.resolve("fifo");
        Process mkfifo = new ProcessBuilder("mkfifo", fifo.toString()).start();
        assertThat(mkfifo.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(mkfifo.exitValue()).isZero();
        return fifo;
    }

    /** Returns when the thread, or a worker for it, is in a read of the operating system. */
    static void awaitRead(Thread caller) {
        while (!isReading(caller.getStackTrace())
                && Thread.getAllStackTraces().values().stream().noneMatch(Fifo::isReading)) {
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("no thread reads");
            }
            Thread.onSpinWait();
        }
    }

    private static boolean isReading(StackTraceElement[] stack) {
        return Stream.of(stack)
                .anyMatch(frame -> frame.getClassName().endsWith("FileDispatcherImpl")
                        && frame.getMethodName().startsWith("read"));
    }
}
