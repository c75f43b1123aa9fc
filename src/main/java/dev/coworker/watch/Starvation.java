package dev.coworker.watch;

import java.time.Instant;
import java.util.List;

/** A moment at which all carriers were held while virtual threads waited for one. */
public interface Starvation {
    /**
     * Returns when it was seen.
     *
     * @return the time
     */
    Instant at();

    /**
     * Returns how many virtual threads waited for a carrier.
     *
     * @return the length of the scheduler's queue
     */
    long queued();

    /**
     * Returns how many carriers there are.
     *
     * @return the scheduler's parallelism
     */
    int carriers();

    /**
     * Returns the sites of the virtual threads that held the carriers, one for each, most frequent first.
     *
     * @return frames such as {@code com.acme.Blobs.load:42}
     */
    List<String> sites();
}
