package dev.coworker.watch;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a watch looks at, and whom it tells. Immutable: each method returns a changed copy. */
public final class WatchConfig {
    private static final List<String> JDK =
            List.of("java", "javax", "jdk", "sun", "com.sun", "kotlin", "kotlinx.coroutines", "scala", "groovy.lang");
    private static final WatchConfig DEFAULTS =
            new WatchConfig(Duration.ofMillis(20), Duration.ofMillis(1), List.of(), List.of(), null, null);

    private final Duration period;
    private final Duration min;
    private final List<String> app;
    private final List<String> skip;
    private final @Nullable Consumer<? super Hold> onHold;
    private final @Nullable Consumer<? super Starvation> onStarvation;

    private WatchConfig(
            Duration period,
            Duration min,
            List<String> app,
            List<String> skip,
            @Nullable Consumer<? super Hold> onHold,
            @Nullable Consumer<? super Starvation> onStarvation) {
        this.period = period;
        this.min = min;
        this.app = app;
        this.skip = skip;
        this.onHold = onHold;
        this.onStarvation = onStarvation;
    }

    /**
     * Returns the defaults: a sample each 20 ms, holds from 1 ms on, every package but the JDK's, no listener.
     *
     * @return the defaults
     */
    public static WatchConfig defaults() {
        return DEFAULTS;
    }

    /**
     * Sets how often the flight recorder samples. A shorter period sees shorter holds and costs more.
     *
     * @param period from 1 ms on; the default is 20 ms
     * @return the changed copy
     * @throws IllegalArgumentException if the period is shorter than 1 ms
     */
    public WatchConfig period(Duration period) {
        if (period.toMillis() < 1) {
            throw new IllegalArgumentException(
                    "period is " + period + "; the flight recorder samples each 1 ms at most");
        }
        return new WatchConfig(period, min, app, skip, onHold, onStarvation);
    }

    /**
     * Sets the shortest hold that counts as one. Shorter ones are added to the brief stays.
     *
     * @param min not negative; the default is 1 ms
     * @return the changed copy
     * @throws IllegalArgumentException if it is negative
     */
    public WatchConfig min(Duration min) {
        if (min.isNegative()) {
            throw new IllegalArgumentException("min is " + min + "; it must not be negative");
        }
        return new WatchConfig(period, min, app, skip, onHold, onStarvation);
    }

    /**
     * Names the packages of the application. A site is then the first frame in one of them. A stack without such a
     * frame is shown as without this setting.
     *
     * @param packages prefixes, such as {@code com.acme}
     * @return the changed copy
     */
    public WatchConfig app(String... packages) {
        return new WatchConfig(period, min, List.of(packages), skip, onHold, onStarvation);
    }

    /**
     * Names packages that are passed over like the JDK's, such as those of a driver.
     *
     * @param packages prefixes, such as {@code org.sqlite}
     * @return the changed copy
     */
    public WatchConfig skip(String... packages) {
        return new WatchConfig(period, min, app, List.of(packages), onHold, onStarvation);
    }

    /**
     * Sets a listener that is called for each hold, some seconds after it at the latest, on a thread of the watch.
     *
     * @param listener what to call; what it throws is ignored
     * @return the changed copy
     */
    public WatchConfig onHold(Consumer<? super Hold> listener) {
        return new WatchConfig(period, min, app, skip, listener, onStarvation);
    }

    /**
     * Sets a listener that is called when all carriers are held while virtual threads wait for one, at most once in
     * ten seconds, on a thread of the watch.
     *
     * @param listener what to call; what it throws is ignored
     * @return the changed copy
     */
    public WatchConfig onStarvation(Consumer<? super Starvation> listener) {
        return new WatchConfig(period, min, app, skip, onHold, listener);
    }

    Duration period() {
        return period;
    }

    Duration min() {
        return min;
    }

    @Nullable
    Consumer<? super Hold> holdListener() {
        return onHold;
    }

    @Nullable
    Consumer<? super Starvation> starvationListener() {
        return onStarvation;
    }

    /** Returns whether the configuration says that a class belongs to the application. */
    boolean isNamed(String type) {
        return startsWithAny(type, app);
    }

    /** Returns whether a class is neither the JDK's nor the pool's, nor in a skipped package. */
    boolean isUser(String type) {
        return !startsWithAny(type, JDK) && !startsWithAny(type, skip) && !isPool(type) && !type.contains("$$");
    }

    private static boolean isPool(String type) {
        return covers("dev.coworker.internal", type)
                || (type.startsWith("dev.coworker.") && Character.isUpperCase(type.charAt("dev.coworker.".length())));
    }

    private static boolean startsWithAny(String type, List<String> prefixes) {
        for (String prefix : prefixes) {
            if (covers(prefix, type)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether a name is that of the given package, class or method, or lies in it. */
    static boolean covers(String prefix, String name) {
        return name.startsWith(prefix)
                && (name.length() == prefix.length() || ".$:".indexOf(name.charAt(prefix.length())) >= 0);
    }
}
