package demo;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Virtual threads that have next to nothing to do, each of them once a millisecond: how late do they get to it?
 *
 * <p>Every tick that is due is counted, and is as late as the time from when it was due until its thread ran. A
 * thread that was kept waiting for a second makes up for a thousand ticks, the first of them a second late. To skip
 * those would hide the very delay that is measured.
 */
final class Ticks {
    private static final long PERIOD_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private final int[][] lateMicros; // by thread, then by tick
    private final Thread[] threads;

    private Ticks(int threads, int ticks) {
        lateMicros = new int[threads][ticks];
        this.threads = new Thread[threads];
    }

    /** Starts the threads, whose ticks are due from now on for as long as {@code duration}. */
    static Ticks start(int threads, Duration duration) {
        Ticks ticks = new Ticks(threads, Math.toIntExact(duration.dividedBy(Duration.ofNanos(PERIOD_NANOS))));
        long start = System.nanoTime();
        for (int i = 0; i < threads; i++) {
            int[] late = ticks.lateMicros[i];
            ticks.threads[i] = Thread.ofVirtual().start(() -> tick(start, late));
        }
        return ticks;
    }

    static void tick(long start, int[] lateMicros) {
        long due = start;
        for (int i = 0; i < lateMicros.length; i++) {
            due += PERIOD_NANOS;
            long now;
            while ((now = System.nanoTime()) - due < 0) {
                LockSupport.parkNanos(due - now);
            }
            lateMicros[i] = (int) TimeUnit.NANOSECONDS.toMicros(now - due);
        }
    }

    /** Returns when every tick that was due has run. */
    void join() throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    /** How late the ticks were over time: of those that were due in each of so many equal parts. */
    List<Lateness> lateness(int parts) {
        return IntStream.range(0, parts)
                .mapToObj(part -> lateness(part, part + 1, parts))
                .toList();
    }

    /** How late the ticks were that were due from one of so many equal parts of the time up to another. */
    Lateness lateness(int fromPart, int toPart, int parts) {
        long ticks = lateMicros[0].length;
        int from = (int) (ticks * fromPart / parts);
        int to = (int) (ticks * toPart / parts);
        return Lateness.of(Stream.of(lateMicros).flatMapToInt(late -> Arrays.stream(late, from, to)));
    }
}
