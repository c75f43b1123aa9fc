package dev.coworker.file;

import dev.coworker.ThreadPool;
import dev.coworker.Work;
import dev.coworker.bench.Native;
import dev.coworker.bench.Rounds;
import dev.coworker.bench.Ticks;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The same by virtual threads over a pool, by virtual threads inline, and by platform threads: in turn, on this
 * machine's disk and on file systems that are slow by a native sleep. Prints, as docs/files.md has it, what each did in
 * a second and how late {@link Ticks} were, p99.
 */
final class Turns {
    private static final List<String> WAYS = List.of("virtual, over the pool", "virtual, inline", "platform threads");

    /** Returns what {@link #together} has returned. */
    interface Workload {
        double[] measure(FileSystem disk, ExecutorService threads) throws Exception;
    }

    static void run(int platformThreads, int[] slowMicros, Workload workload) throws Exception {
        int inPlace = Integer.getInteger("inPlace", 0);
        try (ThreadPool pool = ThreadPool.builder().inPlace(inPlace).build();
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
                ExecutorService platform = Executors.newFixedThreadPool(platformThreads)) {
            for (int micros : slowMicros) {
                FileSystem plain = FileSystems.getDefault();
                FileSystem disk = micros == 0 ? plain : OffloadedFileSystem.over(plain, slow(micros));
                FileSystem overPool = OffloadedFileSystem.over(disk, pool);
                String what = micros == 0 ? "this disk" : micros / 1000.0 + " ms";
                Rounds.inTurn(what, WAYS, List.of("in a second", "ticks p99, ms"), 1, 3, way -> switch (way) {
                    case 0 -> workload.measure(overPool, virtual);
                    case 1 -> workload.measure(disk, virtual);
                    default -> workload.measure(disk, platform);
                });
            }
        }
    }

    /** Has a number of threads do the same; the task of each returns how much it did. */
    static double[] together(int threads, ExecutorService executor, Callable<Integer> task) throws Exception {
        Ticks ticks = new Ticks();
        long since = System.nanoTime();
        long done = 0;
        for (Future<Integer> each : executor.invokeAll(Collections.nCopies(threads, task))) {
            done += each.get();
        }
        return new double[] {done * 1e9 / (System.nanoTime() - since), ticks.endAndGetMillis()};
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
