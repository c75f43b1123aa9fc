package dev.coworker.bench;

/** What is measured; the arrow points to where it is better. */
enum Metric {
    RATE("calls/s ↑"),
    REQUESTS("requests/s ↑"),
    MEAN("mean of a call, µs ↓"),
    P50("p50, µs ↓"),
    P99("p99, µs ↓"),
    CPU("CPU a call, µs ↓"),
    COLD("cold, µs ↓"),
    SUBMITTER("the submitter's part, µs ↓"),
    WARM("warm, µs ↓"),
    BESIDE("cold, beside 4 computing threads, µs ↓"),
    CALLER_TIME("submit, µs ↓"),
    CALLER_CPU("submit, CPU, µs ↓"),
    WITH_POOL("create a pool and submit, µs ↓"),
    COST("an operation, ns ↓");

    final String title;
    final boolean higherIsBetter;

    Metric(String title) {
        this.title = title;
        higherIsBetter = title.endsWith("↑");
    }
}
