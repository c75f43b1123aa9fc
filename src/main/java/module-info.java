/**
 * An elastic pool of platform threads for work that would block, pin or hog the carrier of a virtual thread.
 * {@link dev.coworker.file} is a file system over it.
 *
 * <p>Optional are {@code micrometer.core}, for {@link dev.coworker.ThreadPoolMetrics}, and {@code jdk.jfr}, for the
 * events. {@link dev.coworker.watch} needs {@code jdk.jfr} and {@code java.management}, and {@code jdk.attach} to
 * record another JVM; {@link dev.coworker.junit} needs {@code org.junit.jupiter.api} too, {@link dev.coworker.jdbc}
 * needs {@code java.sql}.
 */
@SuppressWarnings("requires-automatic") // Micrometer has no module descriptor
module dev.coworker {
    requires static java.management;
    requires static java.sql;
    requires static jdk.attach;
    requires static jdk.jfr;
    requires static micrometer.core;
    requires static transitive org.jspecify;
    requires static org.junit.jupiter.api;

    exports dev.coworker;
    exports dev.coworker.file;
    exports dev.coworker.jdbc;
    exports dev.coworker.junit;
    exports dev.coworker.watch;

    opens dev.coworker.junit to
            org.junit.platform.commons;
}
