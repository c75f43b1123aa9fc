package demo;

import java.util.stream.IntStream;

/**
 * How late a number of ticks were, in milliseconds.
 *
 * @param ticks how many there were
 * @param p50 half of them were at most so late
 * @param p99 99 of 100 were at most so late
 * @param max the latest
 */
record Lateness(int ticks, double p50, double p99, double max) {
    static Lateness of(IntStream micros) {
        int[] sorted = micros.sorted().toArray();
        return new Lateness(sorted.length, quantile(sorted, 0.5), quantile(sorted, 0.99), quantile(sorted, 1));
    }

    private static double quantile(int[] sortedMicros, double share) {
        if (sortedMicros.length == 0) {
            return 0;
        }
        int rank = (int) Math.ceil(share * sortedMicros.length);
        return sortedMicros[rank - 1] / 1000.0;
    }
}
