package dev.coworker.bench;

/**
 * What it costs two threads to hand a cache line to and fro: the two ways, on average. It tells where a hypervisor has put two
 * virtual processors: on one core, on two that share a cache, or far from each other.
 */
final class HandOver {
    private static final int TIMES = 20_000;

    private volatile boolean mine;
    private double nanos; // written and read by the first

    private HandOver() {}

    static double nanos() throws InterruptedException {
        HandOver ball = new HandOver();
        Thread other = new Thread(() -> ball.pass(false));
        other.start();
        ball.pass(true); // the first ones wait for the other's start
        other.join();
        return ball.nanos;
    }

    private void pass(boolean first) {
        long since = 0;
        for (int i = 0; i < 2 * TIMES; i++) {
            if (i == TIMES) {
                since = System.nanoTime();
            }
            while (mine == first) {
                Thread.onSpinWait();
            }
            mine = first;
        }
        if (first) {
            nanos = (System.nanoTime() - since) / (double) TIMES;
        }
    }
}
