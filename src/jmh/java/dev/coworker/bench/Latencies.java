package dev.coworker.bench;

import java.util.Arrays;

/** The latest latencies of one caller, in nanoseconds. */
final class Latencies {
    private final long[] nanos = new long[1 << 18];
    private int next;
    private boolean full;

    void add(long latency) {
        nanos[next] = latency;
        next = (next + 1) & (nanos.length - 1);
        full |= next == 0;
    }

    void clear() {
        next = 0;
        full = false;
    }

    double quantile(double q) {
        long[] sorted = Arrays.copyOf(nanos, full ? nanos.length : next);
        if (sorted.length == 0) {
            throw new IllegalStateException("nothing was measured");
        }
        Arrays.sort(sorted);
        return sorted[(int) Math.min(sorted.length - 1, (long) (q * sorted.length))];
    }
}
