package demo;

import java.util.Collection;

/**
 * How many carriers the requests of a load hold, on average: now and then each of their virtual threads is asked
 * whether it is mounted on a carrier. One that waits parked is not; one that computes, or blocks where the JDK
 * cannot unmount it, is.
 */
final class HeldCarriers {
    private long samples;
    private long held;

    void sample(Collection<Thread> virtualThreads) {
        samples++;
        held += virtualThreads.stream().filter(HeldCarriers::isMounted).count();
    }

    double mean() {
        return samples == 0 ? 0 : (double) held / samples;
    }

    /** The text of a virtual thread names its carrier after an at sign, while it has one. */
    static boolean isMounted(Thread virtualThread) {
        return virtualThread.toString().indexOf('@') >= 0;
    }

    /** How many carriers the JDK runs virtual threads on, when it does not add some to make up for blocked ones. */
    static int available() {
        return Integer.getInteger(
                "jdk.virtualThreadScheduler.parallelism", Runtime.getRuntime().availableProcessors());
    }
}
