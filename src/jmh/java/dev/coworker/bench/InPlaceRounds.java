package dev.coworker.bench;

import dev.coworker.ThreadPool;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Compares {@code inPlace} with hand-over and a ThreadPoolExecutor, in turn in one JVM, each round with a pool of its
 * own: the carriers that one needs must not be there for the next. Beside the calls run {@link Ticks}. Not part of the
 * published rows.
 *
 * <p>{@code -Drounds=11 -DinPlace=4 -Dcallers=1,4}; {@code -Dblocked=true} for 64 calls that block for 10 s.
 */
public final class InPlaceRounds {
    private static final int IN_PLACE = Integer.getInteger("inPlace", 4);
    private static final List<String> CONTENDERS = List.of("in place", "hand-over", "ThreadPoolExecutor");
    private static final List<String> METRICS =
            List.of("calls/s", "p50, µs", "p99, µs", "CPU a call, µs", "tick p99, ms");

    public static void main(String[] args) throws Exception {
        Locale.setDefault(Locale.ROOT);
        Native.bePunctual();
        if (Boolean.getBoolean("blocked")) {
            measure("native sleep of 10 s", 64, 10_000_000, 0, 9_000);
        } else {
            String cells = System.getProperty("callers", "1,4,8,64,200,1000");
            for (String callers : cells.split(",")) {
                measure("native sleep of 20 µs", Integer.parseInt(callers), 20, 2, 300);
            }
        }
    }

    private static void measure(String work, int callers, int micros, int warmUps, int millis) throws Exception {
        Calls calls = new Calls(callers, i -> CallRows.sleep(micros), Metric.RATE, Metric.P50, Metric.P99, Metric.CPU);
        String cell = work + ", " + callers + " callers";
        Rounds.inTurn(cell, CONTENDERS, METRICS, warmUps, Integer.getInteger("rounds", 11), turn -> {
            try (Contender contender = open(turn)) {
                if (warmUps > 0) {
                    calls.round(contender, millis / 4);
                }
                Ticks ticks = new Ticks();
                double[] figures = Arrays.copyOf(calls.round(contender, millis), METRICS.size());
                figures[METRICS.size() - 1] = ticks.endAndGetMillis();
                return figures;
            }
        });
    }

    private static Contender open(int turn) throws Exception {
        ThreadPool.Builder pool = ThreadPool.builder().maxThreads(Contender.WORKERS);
        return switch (turn) {
            case 0 -> new CoworkerContender(pool.inPlace(IN_PLACE).build());
            case 1 -> new CoworkerContender(pool.build());
            default -> Contender.named(Contender.EXECUTOR);
        };
    }
}
