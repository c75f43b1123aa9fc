package dev.coworker.bench;

import static dev.coworker.bench.Contender.*;

import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** The rows W3 and W4: one thread submits 100,000 requests of no work at once. */
public final class Bursts {
    private static final int REQUESTS = 100_000;

    private Bursts() {}

    static void submit(Rounds rounds) throws Exception {
        measure(rounds, "100,000 without an outcome", contender -> {
            LongAdder ran = new LongAdder();
            contender.submit(REQUESTS, ran);
            return ran::sum;
        });
    }

    static void submitWithCallback(Rounds rounds) throws Exception {
        measure(rounds, "100,000 with a callback on one loop", contender -> {
            AtomicLong calledBack = new AtomicLong();
            contender.submitWithCallback(REQUESTS, calledBack);
            return calledBack::getAcquire;
        });
    }

    /** Counts a callback. There is one loop, so that there is one writer. */
    public static void count(AtomicLong calledBack) {
        calledBack.setRelease(calledBack.getPlain() + 1);
    }

    /** As many bursts as fill a round. The function submits one and returns how many of its requests are through. */
    private static void measure(Rounds rounds, String cell, Function<Contender, LongSupplier> submit) throws Exception {
        rounds.measure(cell, List.of(COWORKER, EXECUTOR, VERTX), List.of(Metric.REQUESTS), (name, contender) -> {
            long since = System.nanoTime();
            long elapsed;
            double requests = 0;
            do {
                LongSupplier through = submit.apply(contender);
                while (through.getAsLong() < REQUESTS) {
                    LockSupport.parkNanos(10_000);
                }
                requests += REQUESTS;
                elapsed = System.nanoTime() - since;
            } while (elapsed < Rounds.MILLIS * 1_000_000L);
            return new double[] {requests / elapsed * 1e9};
        });
    }
}
