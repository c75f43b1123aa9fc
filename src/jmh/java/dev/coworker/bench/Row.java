package dev.coworker.bench;

import static dev.coworker.bench.Metric.*;

import java.util.List;

/** The rows of the table: what is measured, and which ratios to ThreadPoolExecutor it must reach. */
enum Row {
    R1("blocking work", CallRows::blocking, Bar.OF_FULL_LOAD),
    R2("computation", CallRows::computation, Bar.OF_FULL_LOAD),
    R3("few callers", CallRows::fewCallers, new Bar(P50, 0.9, 0.7), new Bar(P99, 0.9, 0.7), new Bar(CPU, 0.9, 0.5)),
    W1("one caller, no work", CallRows::oneCaller, new Bar(MEAN, 10, 25).timesLess()),
    W2("many callers, no work", CallRows::manyCallers, new Bar(RATE, 0.95, 1.1)),
    W3("burst of submit", Bursts::submit, new Bar(REQUESTS, 1.8, 2.5)),
    W4("burst of submitAio", Bursts::submitWithCallback, new Bar(REQUESTS, 1.8, 2.5)),
    W5("4 KiB reads from the page cache", CallRows::reads, new Bar(RATE, 1.0, Double.NaN)),
    RAMP(
            "64 blocking requests, until all run",
            Bursts::ramp,
            new Bar(COLD, 1.15, 1.0),
            new Bar(SUBMITTER, 10, 10).timesLess(),
            new Bar(WARM, 1.0, 2.0).timesLess(),
            new Bar(BESIDE, 1.2, 1.0)),
    FIRST(
            "first submit of a JVM",
            FirstSubmit::measure,
            new Bar(CALLER_TIME, 2, 1),
            new Bar(CALLER_CPU, Double.NaN, Double.NaN),
            new Bar(WITH_POOL, Double.NaN, Double.NaN)),
    FLAT("flat costs, beside many and beside none", Flat::measure, new Bar(COST, 2, Double.NaN));

    interface Program {
        void measure(Rounds rounds) throws Exception;
    }

    /** Limits of the ratio: of each cell, and of the geometric mean of all cells. NaN where there is none. */
    record Bar(Metric metric, boolean inverse, double bar, double goal, double meanBar, double meanGoal) {
        private static final Bar[] OF_FULL_LOAD = {
            new Bar(RATE, false, 0.92, Double.NaN, 1.0, 1.1),
            new Bar(P99, false, 1.10, Double.NaN, 1.0, 1.0),
            new Bar(CPU, false, 1.08, Double.NaN, 1.0, 1.0)
        };

        Bar(Metric metric, double bar, double goal) {
            this(metric, false, bar, goal, Double.NaN, Double.NaN);
        }

        /** The ratio is how many times less it is than the peer's. */
        Bar timesLess() {
            return new Bar(metric, true, bar, goal, meanBar, meanGoal);
        }

        boolean atLeast() {
            return inverse || metric.higherIsBetter;
        }

        boolean holds(double ratio, double limit) {
            return atLeast() ? ratio >= limit : ratio <= limit;
        }
    }

    final String title;
    final Program program;
    final List<Bar> bars;

    Row(String title, Program program, Bar... bars) {
        this.title = title;
        this.program = program;
        this.bars = List.of(bars);
    }

    String ours() {
        return this == FLAT ? Flat.MANY : Contender.COWORKER;
    }

    String peer() {
        return this == FLAT ? Flat.FEW : Contender.EXECUTOR;
    }
}
