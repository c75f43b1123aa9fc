package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * An idle pool is silent: in ten seconds none of its threads, nor the timer's, is scheduled once, or is on a processor.
 */
@EnabledOnOs(OS.LINUX) // whose kernel tells
class QuietIT {
    private static final int WORKERS = 64;
    private static final int LOOKS = 40; // a second apart: the stuck watch looks within 15, then the timer ends

    /** How often a thread was taken off a processor, and for how long it was on one: who spins is never taken off. */
    private record Activity(long switches, long processorNanos) {}

    @Test
    void noThreadOfAnIdlePoolRuns() throws Exception {
        try (AioContext context = AioContext.start("quiet-loop"); // main() would end its thread meanwhile
                ThreadPool pool = ThreadPool.builder()
                        .name("quiet")
                        .context(context)
                        .idleTimeout(Duration.ofMinutes(1))
                        .build()) {
            occupyAll(pool);
            Thread caller = Thread.startVirtualThread(() -> {
                try {
                    pool.submitCo(() -> 1);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            caller.join();
            Map<String, Activity> before = settled();
            assertThat(before.keySet())
                    .filteredOn(name -> name.startsWith("quiet-worker-"))
                    .hasSize(WORKERS);
            TimeUnit.SECONDS.sleep(10); // the measurement itself
            assertThat(activity()).isEqualTo(before);
        }
    }

    private static void occupyAll(ThreadPool pool) throws InterruptedException {
        CountDownLatch running = new CountDownLatch(WORKERS);
        CountDownLatch ended = new CountDownLatch(WORKERS);
        for (int i = 0; i < WORKERS; i++) {
            pool.submit(() -> {
                running.countDown();
                running.await();
                ended.countDown();
            });
        }
        ended.await();
    }

    /** After what was begun has ended: what the workers do on their way to sleep, and the timer. */
    private static Map<String, Activity> settled() throws Exception {
        Map<String, Activity> last = activity();
        for (int look = 0; look < LOOKS; look++) {
            TimeUnit.SECONDS.sleep(1);
            Map<String, Activity> now = activity();
            boolean timerEnds = now.keySet().stream().anyMatch(name -> name.startsWith("coworker-timer"));
            if (now.equals(last) && !timerEnds) {
                break;
            }
            last = now;
        }
        return last;
    }

    /** Of each thread of the pool, of its loop, and of the timer. The JDK may run its own meanwhile. */
    private static Map<String, Activity> activity() throws IOException {
        Map<String, Activity> activity = new TreeMap<>();
        try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
            for (Path thread : threads.toList()) {
                try {
                    String name = Files.readString(thread.resolve("comm")).trim();
                    if (name.startsWith("quiet-") || name.equals("coworker-timer")) {
                        long sum = Files.readAllLines(thread.resolve("status")).stream()
                                .filter(line -> line.contains("ctxt_switches"))
                                .mapToLong(line -> Long.parseLong(
                                        line.substring(line.indexOf(':') + 1).trim()))
                                .sum();
                        long nanos = Long.parseLong(
                                Files.readString(thread.resolve("schedstat")).split(" ")[0]);
                        activity.put(name + " " + thread.getFileName(), new Activity(sum, nanos));
                    }
                } catch (NoSuchFileException e) {
                    // it has ended meanwhile
                }
            }
        }
        return activity;
    }
}
