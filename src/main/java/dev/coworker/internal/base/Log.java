package dev.coworker.internal.base;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ResourceBundle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The library's logger, and the limit on how often it says the same thing. */
public final class Log {
    /** Call it directly, or in a lambda, so that a record names the class that has something to say as its source. */
    public static final Logger LOGGER = find();

    private static final String NAME = "dev.coworker"; // a constant, so it is there before LOGGER

    private Log() {}

    /**
     * The JDK loads its loggers when one is wanted first, and fails for want of memory or of a file descriptor. That
     * must not make this class unusable, nor {@link #quietly} throw.
     */
    private static Logger find() {
        try {
            return System.getLogger(NAME);
        } catch (Throwable e) {
            return new Later();
        }
    }

    /** Asks the JDK again each time, and throws as it does. */
    private static final class Later implements Logger {
        @Override
        public String getName() {
            return NAME;
        }

        @Override
        public boolean isLoggable(Level level) {
            return System.getLogger(NAME).isLoggable(level);
        }

        @Override
        public void log(Level level, @Nullable ResourceBundle bundle, String message, @Nullable Throwable thrown) {
            System.getLogger(NAME).log(level, bundle, message, thrown);
        }

        @Override
        public void log(Level level, @Nullable ResourceBundle bundle, String format, @Nullable Object... parameters) {
            System.getLogger(NAME).log(level, bundle, format, parameters);
        }
    }

    /** Warnings of one kind: the first of a burst is logged at once, the others are summed up when it is over. */
    public static final class Burst {
        private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(1);

        private final String kind;
        private final AtomicLong suppressed = new AtomicLong(-1); // -1: no burst is under way
        private final Timer.Task end = new Timer.Task(this::end);

        /** Creates the limit for one kind of warning, which {@code kind} says in short, for the summary. */
        public Burst(String kind) {
            this.kind = kind;
        }

        /** Returns true if the caller is to log the warning: it is the first of a burst. */
        public boolean isFirst() {
            if (suppressed.getAndIncrement() >= 0) {
                return false;
            }
            if (!Timer.jvm().schedule(end, BURST_NANOS)) {
                suppressed.set(-1); // there is no timer to end the burst
            }
            return true;
        }

        private void end() {
            long more = suppressed.getAndSet(-1);
            if (more > 0) {
                quietly(() -> LOGGER.log(Level.WARNING, kind + ": " + more + " more within a second"));
            }
        }
    }

    /** Logs, and survives a logger that throws: no thread of the library may end for that. */
    public static void quietly(Runnable call) {
        try {
            call.run();
        } catch (Throwable e) {
            // a logger that fails has no place to report it
        }
    }
}
