package dev.coworker.file;

import dev.coworker.ThreadPool;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * Reads of 4 KiB by 64 threads, or {@code -Dreaders=N}: virtual ones inline, virtual ones over a pool of 64, and
 * platform threads, see {@link Turns}. Run with {@code -Djdk.virtualThreadScheduler.parallelism=2} and {@code
 * --enable-native-access=ALL-UNNAMED}. {@code -DinPlace=N} is the pool's {@code inPlace}.
 */
final class FileReads {
    private static final int READERS = Integer.getInteger("readers", 64);
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 16_384;
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(Integer.getInteger("seconds", 2));

    private FileReads() {}

    public static void main(String[] args) throws Exception {
        Path file = Files.createTempFile("reads", null);
        Files.write(file, new byte[BLOCK * BLOCKS]);
        try (ThreadPool pool = ThreadPool.builder()
                        .inPlace(Integer.getInteger("inPlace", 0))
                        .build();
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService platform = Executors.newFixedThreadPool(READERS)) {
            String name = file.toString();
            Turns.run(
                    new int[] {0, 100, 1_000, 10_000},
                    (disk, ticks) -> read(disk.getPath(name), virtual, ticks),
                    (disk, ticks) -> read(OffloadedFileSystem.over(disk, pool).getPath(name), virtual, ticks),
                    (disk, ticks) -> read(disk.getPath(name), platform, ticks));
        }
        Files.delete(file);
    }

    private static double read(Path path, ExecutorService readers, Turns.Ticks ticks) throws Exception {
        LongAdder reads = new LongAdder();
        long end = System.nanoTime() + ROUND_NANOS;
        try (FileChannel channel = FileChannel.open(path);
                Turns.Ticks ticking = ticks.start()) {
            List<Future<?>> tasks = new ArrayList<>();
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
            for (Future<?> task : tasks) {
                task.get();
            }
        }
        return reads.sum() * 1e9 / ROUND_NANOS;
    }
}
