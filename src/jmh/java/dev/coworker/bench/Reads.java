package dev.coworker.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** W5: 1,000 virtual threads read 4 KiB at random offsets of a file in the page cache. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class Reads {
    private static final int CALLERS = 1_000;
    static final int CALLS = 200_000;
    private static final int BLOCK = 4_096;
    private static final int BLOCKS = 16_384;

    @Param({"coworker", "ThreadPoolExecutor", "ForkJoinPool", "semaphore", "Kotlin", "Vert.x", "Reactor", "inline"})
    public String contender;

    private Contender pool;
    private Path path;
    private FileChannel file;
    private ByteBuffer[] buffers;

    @Setup
    public void open() throws IOException {
        pool = Contender.named(contender);
        path = Files.createTempFile("reads-", ".raw");
        Files.write(path, new byte[BLOCK * BLOCKS]);
        file = FileChannel.open(path, StandardOpenOption.READ);
        buffers = new ByteBuffer[CALLERS];
        for (int i = 0; i < CALLERS; i++) {
            buffers[i] = ByteBuffer.allocateDirect(BLOCK);
        }
    }

    @TearDown
    public void close() throws IOException {
        pool.close();
        file.close();
        Files.delete(path);
    }

    @Benchmark
    @OperationsPerInvocation(CALLS)
    public void w5() throws Exception {
        pool.call(
                CALLERS,
                CALLS / CALLERS,
                caller -> {
                    SplittableRandom random = new SplittableRandom(caller);
                    ByteBuffer buffer = buffers[caller];
                    return () -> {
                        int n = file.read(buffer.clear(), (long) random.nextInt(BLOCKS) * BLOCK);
                        if (n != BLOCK) {
                            throw new IOException("read " + n);
                        }
                        return n;
                    };
                },
                null);
    }
}
