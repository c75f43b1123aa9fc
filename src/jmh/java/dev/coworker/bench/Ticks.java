package dev.coworker.bench;

import java.util.concurrent.locks.LockSupport;
import java.util.stream.DoubleStream;

/** A virtual thread that sleeps for a millisecond, again and again: how much too late does it wake up? */
public final class Ticks {
    private final DoubleStream.Builder lateNanos = DoubleStream.builder();
    private final long started = System.nanoTime();
    private volatile boolean ended;
    private final Thread thread = Thread.startVirtualThread(this::tick);

    /** The first one is late also by how long the thread waits for a carrier. */
    private void tick() {
        long due = started + 1_000_000;
        do {
            LockSupport.parkNanos(due - System.nanoTime());
            long now = System.nanoTime();
            lateNanos.add(now - due);
            due = now + 1_000_000;
        } while (!ended);
    }

    /** Returns the p99. */
    public double endAndGetMillis() throws InterruptedException {
        ended = true;
        thread.join();
        return Results.quantile(lateNanos.build().toArray(), 0.99) / 1e6;
    }
}
