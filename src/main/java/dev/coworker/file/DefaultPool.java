package dev.coworker.file;

import dev.coworker.Submitter;
import dev.coworker.ThreadPool;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The pool of the default file system: created when the first virtual thread needs it, and never closed. */
final class DefaultPool implements Supplier<@Nullable Submitter> {
    private static final String PREFIX = "dev.coworker.file.";

    private final ReentrantLock creation = new ReentrantLock();
    private volatile @Nullable ThreadPool pool;

    /** Returns the pool, or null to a thread that is creating it: class loading and logging may read files. */
    @Override
    public @Nullable Submitter get() {
        ThreadPool created = pool;
        if (created != null || creation.isHeldByCurrentThread()) {
            return created;
        }
        creation.lock();
        try {
            created = pool;
            if (created == null) {
                created = create();
                pool = created;
            }
            return created;
        } finally {
            creation.unlock();
        }
    }

    private static ThreadPool create() {
        int maxThreads = setting("maxThreads", 1, Integer.MAX_VALUE, 64);
        return ThreadPool.builder()
                .name("coworker-files")
                .daemon(true)
                .maxThreads(maxThreads)
                .minThreads(setting("minThreads", 0, maxThreads, 0))
                .idleTimeout(Duration.ofSeconds(setting("idleSeconds", 0, Integer.MAX_VALUE, 10)))
                // That of the first caller may be an application's, which would then never be unloaded.
                .contextClassLoader(ClassLoader.getSystemClassLoader())
                .build();
    }

    private static int setting(String name, int least, int most, int otherwise) {
        String value = System.getProperty(PREFIX + name);
        if (value == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(value.strip());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // reported below
        }
        System.getLogger("dev.coworker")
                .log(
                        Level.WARNING,
                        PREFIX + name + " must be a whole number from " + least + " to " + most + ", not '" + value
                                + "': using " + otherwise);
        return otherwise;
    }
}
