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
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jmh.infra.Blackhole;

/** The rows of callers that wait for each call: blocking work, computation, few callers, no work, reads. */
final class CallRows {
    private static final List<String> REAL_WORK = List.of(COWORKER, EXECUTOR, SEMAPHORE);
    private static final int BLOCK = 4_096;
    private static final int BLOCKS = 16_384;

    private CallRows() {}

    /** R1: each call is a native sleep. */
    static void blocking(Rounds rounds) throws Exception {
        Native.bePunctual();
        for (int micros : new int[] {20, 100, 1_000}) {
            String work = micros < 1_000 ? micros + " µs" : micros / 1_000 + " ms";
            for (int callers : new int[] {4, 64, 200, 1_000}) {
                Calls.measure(rounds, work, callers, caller -> sleep(micros), REAL_WORK, RATE, P99, CPU);
            }
        }
    }

    /** R2: each call computes. */
    static void computation(Rounds rounds) throws Exception {
        double tokens = tokensOfMicro();
        for (int micros : new int[] {2, 20, 200}) {
            long length = Math.round(micros * tokens);
            Callable<?> work = () -> compute(length);
            Calls.measure(rounds, micros + " µs", 200, caller -> work, REAL_WORK, RATE, P99, CPU);
        }
        long common = Math.round(2 * tokens);
        long rare = Math.round(2_000 * tokens);
        Callable<?> mixed = () -> compute(ThreadLocalRandom.current().nextInt(200) == 0 ? rare : common);
        Calls.measure(rounds, "2 µs, 0.5 % of 2 ms", 200, caller -> mixed, REAL_WORK, RATE, P99, CPU);
    }

    private static Object compute(long tokens) {
        Blackhole.consumeCPU(tokens);
        return null;
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
            Calls.measure(rounds, "20 µs", callers, caller -> sleep(20), REAL_WORK, P50, P99, CPU);
        }
    }

    private static Callable<?> sleep(int micros) {
        return () -> {
            Native.sleep(micros);
            return null;
        };
    }

    /** W1: what a call costs by itself. */
    static void oneCaller(Rounds rounds) throws Exception {
        Calls.measure(rounds, "no work", 1, caller -> () -> null, List.of(COWORKER, EXECUTOR, KOTLIN), MEAN);
    }

    /** W2: the same with many callers. */
    static void manyCallers(Rounds rounds) throws Exception {
        for (int callers : new int[] {100, 1_000, 10_000}) {
            Calls.measure(rounds, "no work", callers, caller -> () -> null, List.of(COWORKER, EXECUTOR, VERTX), RATE);
        }
    }

    /** W5: each call reads 4 KiB at random of a file in the page cache. */
    static void reads(Rounds rounds) throws Exception {
        Path path = Files.createTempFile("reads-", ".raw");
        Files.write(path, new byte[BLOCK * BLOCKS]);
        try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.DELETE_ON_CLOSE)) {
            List<String> contenders = List.of(COWORKER, EXECUTOR, SEMAPHORE, VERTX);
            ByteBuffer[] buffers = new ByteBuffer[1_000];
            Arrays.setAll(buffers, i -> ByteBuffer.allocateDirect(BLOCK));
            Calls.measure(
                    rounds, "4 KiB reads", 1_000, caller -> read(file, buffers[caller], caller), contenders, RATE);
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
