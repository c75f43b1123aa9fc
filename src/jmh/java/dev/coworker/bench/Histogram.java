package dev.coworker.bench;

/** Counts of nanoseconds in steps of 3 to 6 %, of one thread. */
final class Histogram {
    private static final int STEPS = 16; // of an octave

    private final int[] counts = new int[STEPS * 44]; // to some hours

    void add(long nanos) {
        counts[index(nanos)]++;
    }

    void add(Histogram other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
    }

    double quantile(double q) {
        long all = 0;
        for (int count : counts) {
            all += count;
        }
        if (all == 0) {
            throw new IllegalStateException("nothing was measured");
        }
        long rank = (long) Math.ceil(q * all);
        int at = 0;
        for (long seen = counts[0]; seen < rank; seen += counts[at]) {
            at++;
        }
        return (lowest(at) + lowest(at + 1)) / 2.0;
    }

    private static int index(long nanos) {
        if (nanos < STEPS) {
            return (int) nanos;
        }
        int octave = 63 - Long.numberOfLeadingZeros(nanos);
        return (octave - 3) * STEPS + (int) (nanos >> (octave - 4)) - STEPS;
    }

    private static long lowest(int index) {
        int octave = index / STEPS + 3;
        return index < STEPS ? index : (long) (index % STEPS + STEPS) << (octave - 4);
    }
}
