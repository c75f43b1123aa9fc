package dev.coworker.file;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Reads of 4 KiB by 64 threads, or {@code -Dreaders=N}: virtual ones inline, virtual ones over a pool of 64, and
 * platform threads, see {@link Turns}. Run with {@code -Djdk.virtualThreadScheduler.parallelism=2} and {@code
 * --enable-native-access=ALL-UNNAMED}. {@code -DinPlace=N} is the pool's {@code inPlace}.
 */
final class FileReads {
    private static final int READERS = Integer.getInteger("readers", 64);
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 16_384;
    private static final long ROUND_NANOS = Integer.getInteger("seconds", 2) * 1_000_000_000L;

    public static void main(String[] args) throws Exception {
        Path file = Files.createTempFile("reads", null);
        Files.write(file, new byte[BLOCK * BLOCKS]);
        Turns.run(
                READERS,
                new int[] {0, 100, 1_000, 10_000},
                (disk, readers) -> read(disk.getPath(file.toString()), readers));
        Files.delete(file);
    }

    private static double[] read(Path path, ExecutorService readers) throws Exception {
        long end = System.nanoTime() + ROUND_NANOS;
        try (FileChannel channel = FileChannel.open(path)) {
            return Turns.together(READERS, readers, () -> {
                ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
                int reads = 0;
                while (System.nanoTime() < end) {
                    long position = (long) BLOCK * ThreadLocalRandom.current().nextInt(BLOCKS);
                    channel.read(block.clear(), position);
                    reads++;
                }
                return reads;
            });
        }
    }
}
