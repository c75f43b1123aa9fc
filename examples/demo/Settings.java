package demo;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How much of everything.
 *
 * @param file what to read; empty: a file made for the occasion
 * @param csv where to write the tick latency over time; empty: nowhere
 * @param svg where to draw it; empty: nowhere
 * @param half how long each half lasts
 * @param tickers virtual threads that tick every millisecond
 * @param reads clients that read blocks
 * @param readLatency of the slow disk
 * @param hashes clients whose passwords are hashed
 * @param iterations of PBKDF2 a hash
 * @param java the launcher for the slow disk's process
 */
record Settings(
        String file,
        String csv,
        String svg,
        Duration half,
        int tickers,
        int reads,
        Duration readLatency,
        int hashes,
        int iterations,
        Path java) {
    /** More clients of either kind than processors, as on any busy server. */
    static Settings ofTheSystemProperties() {
        int processors = Runtime.getRuntime().availableProcessors();
        return new Settings(
                System.getProperty("file", ""),
                System.getProperty("demo.csv", ""),
                System.getProperty("demo.svg", ""),
                Duration.ofMillis(8_500),
                100,
                Math.min(64, 8 * processors),
                Duration.ofMillis(20),
                2 * processors,
                600_000, // what OWASP advises for PBKDF2-HMAC-SHA256
                Path.of(System.getProperty("java.home"), "bin", "java"));
    }
}
