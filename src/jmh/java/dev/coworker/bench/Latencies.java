package dev.coworker.bench;

import java.util.Arrays;

/** The latest latencies of one caller, in nanoseconds. Sorting them takes time: not while something is measured. */
final class Latencies {
    private final long[] nanos = new long[1 << 16];
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

    /** To be asked for quantiles, until it is cleared. */
    void sort() {
        Arrays.sort(nanos, 0, size());
    }

    double quantile(double q) {
        int size = size();
        if (size == 0) {
            throw new IllegalStateException("nothing was measured");
        }
        return nanos[(int) Math.min(size - 1, (long) (q * size))];
    }

    private int size() {
        return full ? nanos.length : next;
    }
}
