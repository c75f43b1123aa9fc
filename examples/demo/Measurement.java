package demo;

import java.util.List;

/**
 * What one half of the demo came to.
 *
 * @param name how the work was run
 * @param seconds how long
 * @param lateness of all ticks
 * @param overTime of the ticks of each part of the time
 * @param reads blocks that were read and compared
 * @param hashes passwords that were hashed and compared
 * @param carriersHeldByReads on average
 * @param carriersHeldByHashes on average
 */
record Measurement(
        String name,
        double seconds,
        Lateness lateness,
        List<Lateness> overTime,
        long reads,
        long hashes,
        double carriersHeldByReads,
        double carriersHeldByHashes) {
    double readsPerSecond() {
        return reads / seconds;
    }

    double hashesPerSecond() {
        return hashes / seconds;
    }
}
