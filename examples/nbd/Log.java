package nbd;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Lines for the operator. A thread of the log's own prints them, because that can block for ever when the output is a
 * pipe and its reader does not read. The lines that find the queue full are counted and dropped.
 */
final class Log implements AutoCloseable {
    private static final int LINES = 256;
    private static final Duration LAST_LINES = Duration.ofSeconds(1);
    private static final String END = new String("end"); // known by its identity

    private final Consumer<String> printer;
    private final ArrayBlockingQueue<String> lines = new ArrayBlockingQueue<>(LINES);
    private final AtomicInteger dropped = new AtomicInteger();
    private final Thread thread;

    Log(Consumer<String> printer) {
        this.printer = printer;
        thread = Thread.ofPlatform().name("nbd-log").daemon().start(this::printAll);
    }

    /** Has a line printed; never waits. */
    void line(String line) {
        if (!lines.offer(line)) {
            dropped.incrementAndGet();
        }
    }

    private void printAll() {
        try {
            while (true) {
                String line = lines.take();
                if (line == END) {
                    return;
                }
                int missing = dropped.getAndSet(0);
                printer.accept(missing == 0 ? line : line + " (and " + missing + " lines more that were dropped)");
            }
        } catch (InterruptedException e) {
            // close has waited long enough
        }
    }

    /** Waits a second at most for the last lines to be printed. */
    @Override
    public void close() {
        boolean interrupted = Thread.interrupted();
        try {
            if (!lines.offer(END)) {
                thread.interrupt();
            }
            if (!thread.join(LAST_LINES)) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
