package dev.coworker.file;

import dev.coworker.ThreadPool;
import dev.coworker.Work;
import dev.coworker.bench.Native;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Reads of 4 KiB by 64 threads: virtual ones inline, virtual ones over a pool of 64, and platform threads, in turn, on
 * the page cache and on a file system that is slow by a native sleep. Prints the rows of docs/files.md. Run with
 * {@code -Djdk.virtualThreadScheduler.parallelism=2} and {@code --enable-native-access=ALL-UNNAMED}.
 */
final class FileReads {
    private static final int READERS = 64;
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 16_384;
    private static final int ROUNDS = 3;
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(Integer.getInteger("seconds", 2));

    private FileReads() {}

    public static void main(String[] args) throws Exception {
        Path file = Files.createTempFile("reads", null);
        Files.write(file, new byte[BLOCK * BLOCKS]);
        try (ThreadPool pool = ThreadPool.create();
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService platform = Executors.newFixedThreadPool(READERS)) {
            for (int micros : new int[] {0, 100, 1_000, 10_000}) {
                FileSystem plain = FileSystems.getDefault();
                FileSystem disk = micros == 0 ? plain : OffloadedFileSystem.over(plain, slow(micros));
                Path below = disk.getPath(file.toString());
                Path ours = OffloadedFileSystem.over(disk, pool).getPath(file.toString());
                double[][] figures = new double[6][ROUNDS];
                for (int round = -1; round < ROUNDS; round++) { // the first one warms up
                    keep(figures, 0, round, measure(below, virtual));
                    keep(figures, 2, round, measure(ours, virtual));
                    keep(figures, 4, round, measure(below, platform));
                }
                System.out.printf(
                        "| %s | %,.0f; %,.1f ms | %,.0f; %,.1f ms | %,.0f; %,.1f ms |%n",
                        micros == 0 ? "page cache" : micros / 1000.0 + " ms",
                        median(figures[0]),
                        median(figures[1]),
                        median(figures[2]),
                        median(figures[3]),
                        median(figures[4]),
                        median(figures[5]));
            }
        }
        Files.delete(file);
    }

    private static void keep(double[][] figures, int row, int round, double[] measured) {
        if (round >= 0) {
            figures[row][round] = measured[0];
            figures[row + 1][round] = measured[1];
        }
    }

    private static double median(double[] values) {
        return Arrays.stream(values).sorted().toArray()[values.length / 2];
    }

    /** Returns reads a second, and how late ticks of another virtual thread are, p99 in ms. */
    private static double[] measure(Path path, ExecutorService readers) throws Exception {
        LongAdder reads = new LongAdder();
        long end = System.nanoTime() + ROUND_NANOS;
        long[] late = new long[1 << 16];
        int[] ticks = new int[1];
        try (FileChannel channel = FileChannel.open(path);
                ExecutorService round = Executors.newVirtualThreadPerTaskExecutor()) {
            round.submit(() -> {
                while (System.nanoTime() < end) {
                    long due = System.nanoTime() + 1_000_000;
                    Thread.sleep(1);
                    late[ticks[0]++] = System.nanoTime() - due;
                }
                return null;
            });
            var tasks = new java.util.ArrayList<java.util.concurrent.Future<?>>();
            for (int i = 0; i < READERS; i++) {
                tasks.add(readers.submit(() -> {
                    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
                    while (System.nanoTime() < end) {
                        channel.read(
                                block.clear(),
                                (long) BLOCK * ThreadLocalRandom.current().nextInt(BLOCKS));
                        reads.increment();
                    }
                    return null;
                }));
            }
            for (var task : tasks) {
                task.get();
            }
        }
        long[] sorted = Arrays.stream(late, 0, ticks[0]).sorted().toArray();
        double p99 = sorted.length == 0 ? Double.NaN : sorted[(int) (sorted.length * 0.99)] / 1e6;
        return new double[] {reads.sum() * 1e9 / ROUND_NANOS, p99};
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
}
