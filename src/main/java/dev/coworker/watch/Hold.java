package dev.coworker.watch;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One stay of a virtual thread on its carrier that kept the carrier from other virtual threads. */
public interface Hold {
    /**
     * Returns the call site in the user's code.
     *
     * @return for example {@code com.acme.Blobs.load:42}; without a line if several lines of the method took part
     */
    String site();

    /**
     * Returns how the hold was seen.
     *
     * @return the kind
     */
    HoldKind kind();

    /**
     * Returns what the site called.
     *
     * @return for example {@code java.io.FileInputStream.read}, or {@code file read} where the JDK does not tell; the
     *     site's own method if it called nothing
     */
    String operation();

    /**
     * Returns why the virtual thread was pinned.
     *
     * @return the JDK's reason, from JDK 24 on; null if it gave none
     */
    @Nullable
    String reason();

    /**
     * Returns when the hold began.
     *
     * @return the start; of a sampled hold the time of its first sample
     */
    Instant start();

    /**
     * Returns how long the carrier was held.
     *
     * @return the duration; estimated if {@link #kind()} is not {@linkplain HoldKind#exact() exact}
     */
    Duration duration();

    /**
     * Returns the name of the virtual thread.
     *
     * @return its name, or {@code #} and its identifier if it has none
     */
    String thread();

    /**
     * Returns whether the JDK made up for the held carrier with a further one. JDK 21 and 22 do so for file I/O, newer
     * ones for force and name look-ups.
     *
     * @return true if the carrier was replaced
     */
    boolean compensated();
}
