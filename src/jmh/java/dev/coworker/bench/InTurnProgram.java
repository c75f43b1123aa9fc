package dev.coworker.bench;

import java.nio.file.Path;
import java.util.Locale;

/**
 * W2 of the pool and of its peer in turn, in one JVM. A fork of JMH's may find the machine's processors next to each other
 * and the next fork far apart, which makes more of a difference than any pool does.
 */
public final class InTurnProgram {
    static final int[] CALLERS = {100, 1_000, 10_000};
    static final String OURS = "coworker";
    static final String PEER = "ThreadPoolExecutor";
    static final String HAND_OVER = "hand-over";

    private static final int CALLS = 600_000;
    private static final int WARM_UPS = 3;
    private static final int ROUNDS = 10;

    private InTurnProgram() {}

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        Samples samples = new Samples(args[0]);
        try (Contender ours = Contender.named(OURS);
                Contender peer = Contender.named(PEER)) {
            for (int round = 0; round < WARM_UPS; round++) {
                for (int callers : CALLERS) {
                    HandOver.nanos();
                    call(ours, callers);
                    call(peer, callers);
                }
            }
            for (int callers : CALLERS) {
                double[] ofOurs = new double[ROUNDS];
                double[] ofPeer = new double[ROUNDS];
                double[] ratios = new double[ROUNDS];
                double[] handOver = new double[ROUNDS];
                for (int round = 0; round < ROUNDS; round++) {
                    double before = HandOver.nanos();
                    if (round % 2 == 0) {
                        ofOurs[round] = call(ours, callers);
                        ofPeer[round] = call(peer, callers);
                    } else {
                        ofPeer[round] = call(peer, callers);
                        ofOurs[round] = call(ours, callers);
                    }
                    ratios[round] = ofPeer[round] / ofOurs[round];
                    handOver[round] = Math.min(before, HandOver.nanos()); // what disturbs it only makes it longer
                }
                samples.add("in turn@" + callers, PEER + " / ours", ratios);
                samples.also(OURS, "ns/op", ofOurs);
                samples.also(PEER, "ns/op", ofPeer);
                samples.also(HAND_OVER, "ns", handOver);
            }
        }
        samples.write(Path.of(args[1]));
    }

    private static double call(Contender pool, int callers) throws Exception {
        long since = System.nanoTime();
        pool.call(callers, CALLS / callers, caller -> () -> null, null);
        return (System.nanoTime() - since) / (double) CALLS;
    }
}
