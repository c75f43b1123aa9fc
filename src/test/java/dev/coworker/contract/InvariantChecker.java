package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Closes the pools of a test after it, and checks their counters and that no thread is left. Uses the public API only.
 */
public final class InvariantChecker implements AfterEachCallback {
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    public ThreadPool open() {
        return open(ThreadPool.builder());
    }

    public ThreadPool open(ThreadPool.Builder builder) {
        return closeAfterwards(builder.build());
    }

    /** Closed after the test, last opened first. */
    public <T extends AutoCloseable> T closeAfterwards(T resource) {
        opened.push(resource);
        return resource;
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        while (!opened.isEmpty()) {
            AutoCloseable resource = opened.pop();
            if (resource instanceof ThreadPool pool) {
                assertThat(pool.close(Duration.ofSeconds(20)))
                        .as("%s ends", pool)
                        .isTrue();
                assertClosed(pool);
            } else {
                resource.close();
            }
        }
    }

    /** What holds of any reading, also while requests move. */
    static void assertPlausible(ThreadPoolStats stats) {
        assertThat(stats.idleThreads()).as("%s", stats).isBetween(0, stats.curThreads());
        assertThat(stats.newThreads()).as("%s", stats).isNotNegative();
        assertThat(stats.pendingThreads()).as("%s", stats).isNotNegative();
        assertThat(stats.newThreads() + stats.pendingThreads() + stats.idleThreads())
                .as("%s", stats)
                .isLessThanOrEqualTo(stats.curThreads());
        assertThat(stats.queued()).as("%s", stats).isNotNegative();
        assertThat(stats.active()).as("%s", stats).isNotNegative();
        assertThat(stats.waiting()).as("%s", stats).isNotNegative();
        assertThat(stats.timedOut()).as("%s", stats).isBetween(0L, stats.canceled());
    }

    /** What holds when no request moves. */
    static void assertBalanced(ThreadPoolStats stats) {
        assertPlausible(stats);
        assertThat(stats.completed() + stats.failed() + stats.canceled() + stats.queued() + stats.active())
                .as("%s", stats)
                .isEqualTo(stats.submitted());
    }

    static void assertClosed(ThreadPool pool) {
        ThreadPoolStats stats = pool.stats();
        assertBalanced(stats);
        assertThat(stats.curThreads()).as("%s", stats).isZero();
        assertThat(stats.idleThreads()).as("%s", stats).isZero();
        assertThat(stats.queued()).as("%s", stats).isZero();
        assertThat(stats.active()).as("%s", stats).isZero();
        assertThat(stats.waiting()).as("%s", stats).isZero();
        String prefix = pool.name() + "-worker-";
        assertThat(Thread.getAllStackTraces().keySet())
                .as("threads left behind by %s", pool)
                .noneMatch(thread -> thread.getName().startsWith(prefix));
    }
}
