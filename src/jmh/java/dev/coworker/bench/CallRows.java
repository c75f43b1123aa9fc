package dev.coworker.bench;

import static dev.coworker.bench.Contender.*;
import static dev.coworker.bench.Metric.*;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jmh.infra.Blackhole;

/** The rows of callers that wait for each call: blocking work, computation, few callers, no work, reads. */
final class CallRows {
    private static final String[] REAL_WORK = {COWORKER, EXECUTOR, SEMAPHORE};
    private static final int BLOCK = 4_096;
    private static final int BLOCKS = 16_384;

    /** R1: each call is a native sleep. */
    static void blocking(Rounds rounds) throws Exception {
        Native.bePunctual();
        for (int micros : new int[] {20, 100, 1_000}) {
            String work = micros < 1_000 ? micros + " µs" : micros / 1_000 + " ms";
            for (int callers : new int[] {4, 64, 200, 1_000}) {
                new Calls(callers, caller -> sleep(micros), RATE, P99, CPU).measure(rounds, work, REAL_WORK);
            }
        }
    }

    /** R2: each call computes. */
    static void computation(Rounds rounds) throws Exception {
        double tokens = tokensOfMicro();
        for (int micros : new int[] {2, 20, 200}) {
            long length = Math.round(micros * tokens);
            Callable<?> work = Executors.callable(() -> Blackhole.consumeCPU(length));
            new Calls(200, caller -> work, RATE, P99, CPU).measure(rounds, micros + " µs", REAL_WORK);
        }
        long common = Math.round(2 * tokens);
        long rare = Math.round(2_000 * tokens);
        Callable<?> mixed = Executors.callable(
                () -> Blackhole.consumeCPU(ThreadLocalRandom.current().nextInt(200) == 0 ? rare : common));
        new Calls(200, caller -> mixed, RATE, P99, CPU).measure(rounds, "2 µs, 0.5 % of 2 ms", REAL_WORK);
    }

    /** How much of {@link Blackhole#consumeCPU} this machine does in a microsecond, undisturbed. */
    private static double tokensOfMicro() {
        long tokens = 100_000;
        double fastest = Double.MAX_VALUE;
        for (int i = 0; i < 300; i++) {
            long since = System.nanoTime();
            Blackhole.consumeCPU(tokens);
            fastest = Math.min(fastest, (System.nanoTime() - since) / 1e3);
        }
        return tokens / fastest;
    }

    /** R3: few callers, and nothing else to do. */
    static void fewCallers(Rounds rounds) throws Exception {
        Native.bePunctual();
        for (int callers : new int[] {1, 2, 4, 8}) {
            new Calls(callers, caller -> sleep(20), P50, P99, CPU).measure(rounds, "20 µs", REAL_WORK);
        }
    }

    static Callable<?> sleep(int micros) {
        return Executors.callable(() -> Native.sleep(micros));
    }

    /** W1: what a call costs by itself. */
    static void oneCaller(Rounds rounds) throws Exception {
        new Calls(1, caller -> () -> null, MEAN).measure(rounds, "no work", COWORKER, EXECUTOR, KOTLIN);
    }

    /** W2: the same with many callers. */
    static void manyCallers(Rounds rounds) throws Exception {
        for (int callers : new int[] {100, 1_000, 10_000}) {
            new Calls(callers, caller -> () -> null, RATE).measure(rounds, "no work", COWORKER, EXECUTOR, VERTX);
        }
    }

    /** W5: each call reads 4 KiB at random of a file in the page cache. */
    static void reads(Rounds rounds) throws Exception {
        Path path = Files.createTempFile("reads-", ".raw");
        Files.write(path, new byte[BLOCK * BLOCKS]);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE)) {
            ByteBuffer[] buffers = new ByteBuffer[1_000];
            Arrays.setAll(buffers, i -> ByteBuffer.allocateDirect(BLOCK));
            new Calls(buffers.length, caller -> read(file, buffers[caller], caller), RATE)
                    .measure(rounds, "4 KiB reads", COWORKER, EXECUTOR, SEMAPHORE, VERTX);
        }
    }

    private static Callable<?> read(FileChannel file, ByteBuffer buffer, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return () -> {
            int n = file.read(buffer.clear(), (long) random.nextInt(BLOCKS) * BLOCK);
            if (n != BLOCK) {
                throw new IOException("read " + n);
            }
            return n;
        };
    }
}
