package dev.coworker.bench;

/** What is measured; the arrow points to where it is better. */
enum Metric {
    RATE("calls/s", true),
    REQUESTS("requests/s", true),
    MEAN("mean of a call, µs", false),
    P50("p50, µs", false),
    P99("p99, µs", false),
    CPU("CPU a call, µs", false),
    COLD("cold, µs", false),
    SUBMITTER("the submitter's part, µs", false),
    WARM("warm, µs", false),
    BESIDE("cold, beside 4 computing threads, µs", false),
    CALLER_TIME("submit, µs", false),
    CALLER_CPU("submit, CPU, µs", false),
    WITH_POOL("create a pool and submit, µs", false),
    COST("an operation, ns", false);

    final String title;
    final boolean higherIsBetter;

    Metric(String title, boolean higherIsBetter) {
        this.title = title + (higherIsBetter ? " ↑" : " ↓");
        this.higherIsBetter = higherIsBetter;
    }
}
