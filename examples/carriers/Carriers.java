package carriers;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/**
 * Which operations of a virtual thread hold its carrier, on the JDK that runs this: with one carrier, another virtual
 * thread ticks each millisecond as long as it is let.
 *
 * <pre>
 *   mvn -q test-compile exec:exec -Dexample="-Djdk.virtualThreadScheduler.parallelism=1 carriers.Carriers"
 *   java -Djdk.virtualThreadScheduler.parallelism=1 -cp target/test-classes carriers.Carriers
 * </pre>
 */
public final class Carriers {
    /** What became of the carrier. */
    enum Verdict {
        FREE("leaves its carrier"),
        MADE_UP_FOR("holds it; the JDK adds another meanwhile"),
        HELD("holds it: the others stand still");

        private final String text;

        Verdict(String text) {
            this.text = text;
        }

        static Verdict of(double ticksPerMilli, double mounted) {
            if (ticksPerMilli < 0.1) {
                return HELD;
            }
            return mounted > 0.5 ? MADE_UP_FOR : FREE;
        }
    }

    /** Of one operation: its virtual thread was mounted in so many of the samples, while the other ticked. */
    record Measurement(long millis, long ticks, double mounted) {
        Verdict verdict() {
            return Verdict.of((double) ticks / millis, mounted);
        }
    }

    private Carriers() {}

    public static void main(String[] args) throws Exception {
        if (Integer.getInteger("jdk.virtualThreadScheduler.parallelism", 0) != 1) {
            throw new IllegalArgumentException("needs -Djdk.virtualThreadScheduler.parallelism=1");
        }
        run(System.out);
    }

    private static void run(PrintStream out) throws Exception {
        out.printf("JDK %s%n%-48s %6s  %s%n", Runtime.version().feature(), "", "ticks", "the virtual thread");
        Path directory = Files.createTempDirectory("carriers-");
        try {
            for (Map.Entry<String, Operations.Operation> each :
                    new Operations(directory).all().entrySet()) {
                Measurement measured = measure(each.getValue());
                out.printf("%-48s %6d  %s%n", each.getKey(), measured.ticks(), measured.verdict().text);
            }
        } finally {
            try (Stream<Path> files = Files.list(directory)) {
                files.forEach(file -> file.toFile().delete());
            }
            Files.delete(directory);
        }
    }

    static Measurement measure(Operations.Operation operation) throws Exception {
        AtomicLong ticks = new AtomicLong();
        Thread ticker = Thread.startVirtualThread(() -> tick(ticks));
        while (ticks.get() < 10) {
            Thread.onSpinWait();
        }
        FutureTask<long[]> task = new FutureTask<>(() -> {
            long ticksBefore = ticks.get();
            long start = System.nanoTime();
            operation.run();
            return new long[] {System.nanoTime() - start, ticks.get() - ticksBefore};
        });
        Thread thread = Thread.startVirtualThread(task);
        long samples = 0;
        long mounted = 0;
        while (!task.isDone()) {
            TimeUnit.MILLISECONDS.sleep(5);
            samples++;
            mounted += thread.toString().indexOf('@') >= 0 ? 1 : 0; // it names its carrier after an at sign
        }
        long[] measured = task.get();
        ticker.interrupt();
        ticker.join();
        return new Measurement(
                Math.max(1, TimeUnit.NANOSECONDS.toMillis(measured[0])), measured[1], (double) mounted / samples);
    }

    private static void tick(AtomicLong ticks) {
        try {
            for (; ; ) {
                Thread.sleep(1);
                ticks.incrementAndGet();
            }
        } catch (InterruptedException e) {
            // it is over
        }
    }
}
