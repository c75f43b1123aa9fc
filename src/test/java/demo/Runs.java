package demo;

import java.util.List;
import java.util.stream.Stream;

/** Measurements that were never made. */
final class Runs {
    private Runs() {}

    static Measurement run(String name, double p99, long hashes, Lateness... overTime) {
        return new Measurement(
                name,
                10,
                new Lateness(100, p99, 3 * p99, 4 * p99),
                new Lateness(900, p99 / 2, p99, 2 * p99),
                List.of(overTime),
                100,
                hashes,
                1.25,
                0.75);
    }

    /** A run whose ticks were all as late in each part of the time. */
    static Measurement steady(String name, double late, int parts) {
        Lateness lateness = new Lateness(100, late, late, late);
        return new Measurement(
                name,
                10,
                lateness,
                lateness,
                Stream.generate(() -> lateness).limit(parts).toList(),
                100,
                100,
                0,
                0);
    }
}
