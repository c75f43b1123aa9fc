package dev.coworker.file;

import dev.coworker.Work;
import dev.coworker.bench.Native;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.util.Arrays;

/**
 * Three ways to do the same, in turn, on this machine's disk and on file systems that are slow by a native sleep.
 * Prints the rows of docs/files.md: the medians of what each did in a second, and of how late ticks (1 ms) of another
 * virtual thread were, p99.
 */
final class Turns {
    private static final int ROUNDS = 3;

    /** One of the ways; returns how much it does in a second. */
    interface Way {
        double perSecond(FileSystem disk, Ticks ticks) throws Exception;
    }

    private Turns() {}

    static void run(int[] slowMicros, Way... ways) throws Exception {
        for (int micros : slowMicros) {
            FileSystem plain = FileSystems.getDefault();
            FileSystem disk = micros == 0 ? plain : OffloadedFileSystem.over(plain, slow(micros));
            double[][] done = new double[ways.length][ROUNDS];
            double[][] late = new double[ways.length][ROUNDS];
            for (int round = -1; round < ROUNDS; round++) { // the first one warms up
                for (int way = 0; way < ways.length; way++) {
                    Ticks ticks = new Ticks();
                    double perSecond = ways[way].perSecond(disk, ticks);
                    if (round >= 0) {
                        done[way][round] = perSecond;
                        late[way][round] = ticks.p99Millis();
                    }
                }
            }
            StringBuilder row = new StringBuilder("| " + (micros == 0 ? "this disk" : micros / 1000.0 + " ms") + " |");
            for (int way = 0; way < ways.length; way++) {
                row.append(String.format(" %,.0f; %,.1f ms |", median(done[way]), median(late[way])));
            }
            System.out.println(row);
        }
    }

    private static double median(double[] values) {
        return Arrays.stream(values).sorted().toArray()[values.length / 2];
    }

    /** What goes through it, it delays and does in place. */
    private static Offload slow(int micros) {
        return new Offload(() -> null) {
            @Override
            <T, X extends Exception> T call(Work<T, X> work) throws X {
                Native.sleep(micros);
                return work.call();
            }
        };
    }

    /** A virtual thread that sleeps for 1 ms, again and again. */
    static final class Ticks implements AutoCloseable {
        private final long[] late = new long[1 << 18];
        private int count;
        private volatile boolean ended;
        private Thread thread;

        Ticks start() {
            thread = Thread.startVirtualThread(this::tick);
            return this;
        }

        private void tick() {
            while (!ended && count < late.length) {
                long due = System.nanoTime() + 1_000_000;
                try {
                    Thread.sleep(1);
                } catch (InterruptedException e) {
                    return;
                }
                late[count++] = System.nanoTime() - due;
            }
        }

        @Override
        public void close() throws InterruptedException {
            ended = true;
            thread.join();
        }

        private double p99Millis() {
            long[] sorted = Arrays.stream(late, 0, count).sorted().toArray();
            return count == 0 ? Double.NaN : sorted[(int) (count * 0.99)] / 1e6;
        }
    }
}
