package dev.coworker.watch;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A line of the user's code at which virtual threads stayed on their carriers, with what was seen of it. */
public interface CarrierSite {
    /**
     * Returns the place: the first stack frame outside the JDK and the skipped packages.
     *
     * @return for example {@code com.acme.Blobs.load:42}; without a line if several lines of the method took part
     */
    String frame();

    /**
     * Returns how the holds were seen.
     *
     * @return the kinds; none if there were only brief stays
     */
    Set<HoldKind> kinds();

    /**
     * Returns what the site called.
     *
     * @return for example {@code java.io.FileInputStream.read}, or {@code file read} where the JDK does not tell; the
     *     site's own method if it called nothing
     */
    String operation();

    /**
     * Returns why virtual threads were pinned here.
     *
     * @return the JDK's reason, from JDK 24 on; null if it gave none
     */
    @Nullable
    String reason();

    /**
     * Returns the number of holds.
     *
     * @return the number of holds, without brief stays
     */
    long holds();

    /**
     * Returns how long carriers were held.
     *
     * @return the sum over all holds
     */
    Duration held();

    /**
     * Returns the longest hold.
     *
     * @return its duration; zero if there were only brief stays
     */
    Duration longest();

    /**
     * Returns the estimated sum of the brief stays: those too short for a proof that the carrier was held throughout.
     *
     * @return the sum of the brief stays
     */
    Duration brief();

    /**
     * Returns whether the JDK made up for all of these holds. JDK 21 and 22 do so for file I/O, newer
     * ones for force and name look-ups.
     *
     * @return true if each hold was compensated
     */
    boolean compensated();

    /**
     * Returns the callers of the site, most frequent first, at most three.
     *
     * @return frames with their numbers of holds
     */
    Map<String, Long> callers();

    /**
     * Returns whether the site, or one of its callers, lies in a package, class or method.
     *
     * @param name such as {@code com.acme}, {@code com.acme.Blobs} or {@code com.acme.Blobs.load}
     * @return true if it does
     */
    boolean isAt(String name);

    /**
     * Returns what Coworker would make of the site.
     *
     * @return one sentence: wrap this call, or leave it, and why
     */
    String advice();
}
