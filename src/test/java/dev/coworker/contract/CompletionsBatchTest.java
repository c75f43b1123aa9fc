package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How many callbacks one drain delivers, and what it leaves to the next. */
class CompletionsBatchTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final List<Object> seen = new ArrayList<>();
    private final AioContext manual = pools.closeAfterwards(AioContext.manual());
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final AioContext foreign = AioContext.on(tasks::add);

    private void runAll() {
        for (Runnable task; (task = tasks.poll()) != null; ) {
            task.run();
        }
    }

    /** A pool whose worker idles, and all of whose callbacks are due once it idles again. */
    private ThreadPool openIdle(AioContext context, Runnable poll) {
        ThreadPool pool =
                pools.open(ThreadPool.builder().context(context).minThreads(1).maxThreads(1));
        Callers.until("the worker is idle", () -> {
            poll.run();
            return pool.stats().idleThreads() == 1;
        });
        return pool;
    }

    private void submitUntilDue(ThreadPool pool, int requests) {
        for (int i = 0; i < requests; i++) {
            int n = i;
            pool.submitAio(() -> n, (value, failure) -> seen.add(value));
        }
        Callers.until(
                "all have ended, and the worker idles",
                () -> pool.stats().completed() == requests && pool.stats().idleThreads() == 1);
    }

    @Test
    void aCallbackIsDueUntilItIsDeliveredAndThenNothingIsLeftToPoll() {
        ThreadPool pool = openIdle(manual, () -> manual.poll(false));
        assertThat(manual.poll(false)).isFalse();
        submitUntilDue(pool, 1);
        assertThat(manual.poll(false)).isTrue();
        assertThat(seen).containsExactly(0);
        assertThat(manual.poll(false)).isFalse();
    }

    @Test
    void afterABatchTheOtherHandlersGetTheirTurn() {
        ThreadPool pool = openIdle(manual, () -> manual.poll(false));
        submitUntilDue(pool, 257);
        manual.execute(() -> seen.add("other"));
        manual.poll(false);
        assertThat(seen).hasSize(257).endsWith(255, "other");
        manual.poll(false);
        assertThat(seen).endsWith("other", 256);
    }

    @Test
    void aTaskOfTheExecutorRunsAsManyCallbacksAsHandlersAtMost() {
        ThreadPool pool = openIdle(foreign, this::runAll);
        submitUntilDue(pool, 300);
        tasks.remove().run();
        assertThat(seen).hasSizeBetween(1, 256);
        runAll();
        assertThat(seen).hasSize(300);
    }

    /** The next task has run 255 others when it comes to them. */
    @Test
    void whatATaskOfTheExecutorLeavesIsDeliveredThoughTheNextHasNoTimeForItEither() {
        ThreadPool pool = openIdle(foreign, this::runAll);
        executeOthers(254);
        submitUntilDue(pool, 3);
        executeOthers(255);
        tasks.remove().run();
        assertThat(seen).containsExactly(0);
        tasks.remove().run();
        assertThat(seen).containsExactly(0);
        runAll();
        assertThat(seen).containsExactly(0, 1, 2);
    }

    private void executeOthers(int count) {
        for (int i = 0; i < count; i++) {
            foreign.execute(() -> {});
        }
    }

    /** Not even the run that each callback but the last has scheduled, in case that it polls. */
    @Test
    void aClosedPoolLeavesNothingToPoll() {
        ThreadPool pool =
                pools.open(ThreadPool.builder().context(manual).maxThreads(1).idleTimeout(Duration.ZERO));
        pool.submitAio(() -> 1, (value, failure) -> seen.add(value));
        pool.submitAio(() -> 2, (value, failure) -> seen.add(value));
        Callers.until("both have ended", () -> pool.stats().completed() == 2);
        Callers.until("no worker is left", () -> pool.stats().curThreads() == 0);
        manual.poll(false);
        assertThat(seen).containsExactly(1, 2);
        pool.close();
        assertThat(manual.poll(false)).isFalse();
    }
}
