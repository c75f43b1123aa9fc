package demo;

import java.util.List;

/**
 * What one half of the demo came to.
 *
 * @param name how the work was run
 * @param seconds how long
 * @param coldStart of the ticks of the first {@link Plot#COLD_COLUMNS} parts of the time, in which classes load and
 *     code is compiled
 * @param lateness of all other ticks
 * @param overTime of the ticks of each part of the time
 * @param reads blocks that were read and compared
 * @param hashes passwords that were hashed and compared
 * @param carriersHeldByReads on average
 * @param carriersHeldByHashes on average
 */
record Measurement(
        String name,
        double seconds,
        Lateness coldStart,
        Lateness lateness,
        List<Lateness> overTime,
        long reads,
        long hashes,
        double carriersHeldByReads,
        double carriersHeldByHashes) {
    double readsPerSecond() {
        return reads / seconds;
    }

    /** How long the cold start was. */
    double coldSeconds() {
        return seconds * Plot.COLD_COLUMNS / Plot.COLUMNS;
    }

    double hashesPerSecond() {
        return hashes / seconds;
    }
}
