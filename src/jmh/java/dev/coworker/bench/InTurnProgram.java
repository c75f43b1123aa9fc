package dev.coworker.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * The same benchmarks, but of the pool and of its peers in turn, in one JVM for each workload. A fork of JMH's may find the machine's
 * processors next to each other and the next fork far apart, which makes more of a difference than any pool does.
 */
public final class InTurnProgram {
    static final String HAND_OVER = "hand-over";
    static final String WORKLOAD = "workload"; // the property that names it

    private static final int WARM_UPS = 6;
    private static final int ROUNDS = 15;
    private static final long LEAST_NANOS = 100_000_000;
    private static final int RAMPS = 10;

    private static final List<Workload> WORKLOADS = List.of(
            new Workload(List.of(Peers.OURS, Peers.PEER, Peers.KOTLIN), InTurnProgram::w1, "w1"),
            new Workload(List.of(Peers.OURS, Peers.PEER), contender -> w2(contender, 100), "w2@100"),
            new Workload(List.of(Peers.OURS, Peers.PEER), contender -> w2(contender, 1_000), "w2@1000"),
            new Workload(List.of(Peers.OURS, Peers.PEER), contender -> w2(contender, 10_000), "w2@10000"),
            new Workload(List.of(Peers.OURS, Peers.PEER), InTurnProgram::w3, "w3"),
            new Workload(List.of(Peers.OURS, Peers.PEER), InTurnProgram::w4, "w4"),
            new Workload(List.of(Peers.OURS, Peers.PEER, Peers.INLINE), InTurnProgram::w5, "w5"),
            new Workload(
                    List.of(Peers.OURS, Peers.PEER), InTurnProgram::ramp, "ramp cold", "ramp submitted", "ramp warm"));

    /** What is measured at once: in each round, of each contender, a value of each figure. */
    private record Workload(List<String> contenders, Opener opener, String... figures) {
        String name() {
            return figures[0];
        }
    }

    private interface Opener {
        Benchmark open(String contender) throws Exception;
    }

    /** Of one contender, which it closes. */
    private interface Benchmark {
        /** Nanoseconds an operation, of each figure. */
        double[] measure() throws Exception;

        default void close() throws Exception {}
    }

    private interface Step {
        void run() throws Exception;
    }

    private InTurnProgram() {}

    /** How the samples of a figure are named. */
    static String workload(String figure) {
        return figure + ", in turn";
    }

    static List<String> workloads() {
        return WORKLOADS.stream().map(Workload::name).toList();
    }

    static List<String> figures() {
        return WORKLOADS.stream()
                .flatMap(workload -> Stream.of(workload.figures))
                .toList();
    }

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        Samples samples = new Samples(args[0]);
        for (Workload workload : WORKLOADS) {
            if (workload.name().equals(System.getProperty(WORKLOAD))) {
                measure(workload, samples);
            }
        }
        samples.write(Path.of(args[1]));
    }

    private static void measure(Workload workload, Samples samples) throws Exception {
        int contenders = workload.contenders.size();
        Benchmark[] benchmarks = new Benchmark[contenders];
        double[][][] values = new double[workload.figures.length][contenders][ROUNDS];
        double[] handOver = new double[ROUNDS];
        for (int i = 0; i < contenders; i++) {
            benchmarks[i] = workload.opener.open(workload.contenders.get(i));
        }
        for (int round = -WARM_UPS; round < ROUNDS; round++) {
            double before = HandOver.nanos();
            for (int i = 0; i < contenders; i++) {
                int turn = round % 2 == 0 ? i : contenders - 1 - i;
                double[] measured = benchmarks[turn].measure();
                for (int figure = 0; round >= 0 && figure < measured.length; figure++) {
                    values[figure][turn][round] = measured[figure];
                }
            }
            double after = HandOver.nanos();
            if (round >= 0) {
                handOver[round] = Math.min(before, after); // what disturbs it only makes it longer
            }
        }
        for (Benchmark benchmark : benchmarks) {
            benchmark.close();
        }
        for (int figure = 0; figure < workload.figures.length; figure++) {
            samples.add(workload(workload.figures[figure]), "ns/op", values[figure][0]);
            samples.also(HAND_OVER, "ns", handOver);
            for (int i = 0; i < contenders; i++) {
                samples.also(workload.contenders.get(i), "ns/op", values[figure][i]);
            }
        }
    }

    private static Benchmark w1(String contender) {
        RoundTrip benchmark = new RoundTrip();
        benchmark.contender = contender;
        benchmark.open();
        return repeated(
                RoundTrip.CALLS,
                () -> {
                    benchmark.clear();
                    benchmark.w1(null);
                },
                benchmark::close);
    }

    private static Benchmark w2(String contender, int callers) {
        Callers benchmark = new Callers();
        benchmark.contender = contender;
        benchmark.callers = callers;
        benchmark.open();
        return repeated(Callers.CALLS, benchmark::w2, benchmark::close);
    }

    private static Benchmark w3(String contender) {
        Burst benchmark = burst(contender);
        return repeated(Burst.REQUESTS, benchmark::w3, benchmark::close);
    }

    private static Benchmark w4(String contender) {
        Burst benchmark = burst(contender);
        return repeated(Burst.REQUESTS, benchmark::w4, benchmark::close);
    }

    private static Burst burst(String contender) {
        Burst benchmark = new Burst();
        benchmark.contender = contender;
        benchmark.open();
        return benchmark;
    }

    private static Benchmark w5(String contender) throws Exception {
        Reads benchmark = new Reads();
        benchmark.contender = contender;
        benchmark.open();
        return repeated(Reads.CALLS, benchmark::w5, benchmark::close);
    }

    private static Benchmark ramp(String contender) {
        Ramp benchmark = new Ramp();
        benchmark.contender = contender;
        Ramp.Micros micros = new Ramp.Micros();
        return () -> {
            micros.clear();
            for (int i = 0; i < RAMPS; i++) {
                benchmark.ramp(micros);
            }
            micros.read();
            return new double[] {micros.cold * 1e3, micros.submitted * 1e3, micros.warm * 1e3};
        };
    }

    /** A benchmark of so many operations, as often as makes it long enough. */
    private static Benchmark repeated(int operations, Step invocation, Step close) {
        return new Benchmark() {
            @Override
            public double[] measure() throws Exception {
                long since = System.nanoTime();
                long elapsed;
                int times = 0;
                do {
                    invocation.run();
                    times++;
                    elapsed = System.nanoTime() - since;
                } while (elapsed < LEAST_NANOS);
                return new double[] {(double) elapsed / times / operations};
            }

            @Override
            public void close() throws Exception {
                close.run();
            }
        };
    }
}
