package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How the context that owns its loop thread closes. */
class LoopContextCloseTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AtomicInteger runs = new AtomicInteger();

    private static boolean refuses(AioContext context) {
        try {
            context.execute(() -> {});
            return false;
        } catch (RejectedExecutionException e) {
            return true;
        }
    }

    /** Tells whether the loop was alive when close returned, and whether it returned with the interrupt status set. */
    private static Callers.Caller<List<Boolean>> closing(AioContext context, Thread loop) {
        return Callers.platform(() -> {
            context.close();
            return List.of(loop.isAlive(), Thread.interrupted());
        });
    }

    private static boolean isWaiting(Callers.Caller<?> caller) {
        return caller.thread.getState() == Thread.State.WAITING;
    }

    @Test
    void closeRunsWhatIsScheduledThenEndsTheThread() throws Exception {
        AioContext context = AioContext.start("loop");
        Thread loop = LoopContextTest.threadOf(context);
        Gate gate = new Gate();
        context.execute(gate::passUninterruptibly);
        gate.awaitArrived(1);
        for (int i = 0; i < 100; i++) {
            context.execute(runs::incrementAndGet);
        }
        Callers.Caller<List<Boolean>> closer = closing(context, loop);
        Callers.until("closed", () -> refuses(context));

        gate.open();

        assertThat(closer.result()).containsExactly(false, false);
        assertThat(runs).hasValue(100);
    }

    @Test
    void aContextClosedAtOnceStillRunsWhatWasScheduled() {
        AioContext context = AioContext.start("loop");
        context.execute(runs::incrementAndGet);

        context.close();

        assertThat(runs).hasValue(1);
    }

    @Test
    void closeAtWhateverMomentWaitsForTheRestAndForTheThread() {
        for (int i = 0; i < 200; i++) {
            AioContext context = AioContext.start("loop");
            AtomicReference<Thread> loop = new AtomicReference<>();
            context.execute(() -> loop.set(Thread.currentThread()));
            if (i % 2 == 0) {
                Callers.until("it ran", () -> loop.get() != null);
            }

            context.close();

            assertThat(loop.get()).isNotNull();
            assertThat(loop.get().isAlive()).isFalse();
        }
    }

    @Test
    void everyCloseWaitsUntilTheThreadHasEnded() throws Exception {
        AioContext context = AioContext.start("loop");
        Thread loop = LoopContextTest.threadOf(context);
        Gate gate = new Gate();
        context.execute(gate::passUninterruptibly);
        gate.awaitArrived(1);
        Callers.Caller<List<Boolean>> first = closing(context, loop);
        Callers.Caller<List<Boolean>> second = closing(context, loop);
        Callers.until("both wait", () -> isWaiting(first) && isWaiting(second));

        gate.open();

        assertThat(first.result()).containsExactly(false, false);
        assertThat(second.result()).containsExactly(false, false);
        context.close();
    }

    @Test
    void closeWaitsThroughAnInterruptAndKeepsTheStatus() throws Exception {
        AioContext context = AioContext.start("loop");
        Thread loop = LoopContextTest.threadOf(context);
        Gate gate = new Gate();
        context.execute(gate::passUninterruptibly);
        gate.awaitArrived(1);
        Callers.Caller<List<Boolean>> closer = closing(context, loop);
        Callers.until("waits", () -> isWaiting(closer));

        closer.thread.interrupt();

        Callers.until("waits again", () -> !closer.thread.isInterrupted() && isWaiting(closer));
        gate.open();
        assertThat(closer.result()).containsExactly(false, true);
    }

    @Test
    void closeOnItsOwnThreadReturnsAndTheRestStillRuns() throws Exception {
        AioContext context = AioContext.start("loop");
        Thread loop = LoopContextTest.threadOf(context);
        Gate gate = new Gate();
        context.execute(() -> {
            gate.passUninterruptibly();
            context.close();
            runs.incrementAndGet();
        });
        context.execute(() -> runs.addAndGet(10));
        gate.open();

        loop.join(30_000);

        assertThat(loop.isAlive()).isFalse();
        assertThat(runs).hasValue(11);
        context.close();
    }

    @Test
    void closeEndsAPollThatWaitsInAHandler() throws Exception {
        AioContext context = AioContext.start("loop");
        Thread loop = LoopContextTest.threadOf(context);
        FutureTask<Boolean> waiting = new FutureTask<>(() -> context.poll(true));
        context.execute(waiting);
        LoopContextTest.untilAsleep(context, loop);

        context.close();

        assertThat(waiting.get(30, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void closeWithAnOpenPoolIsRefusedAndTheLoopLives() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("loop"));
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));

        assertThatThrownBy(context::close).isInstanceOf(IllegalStateException.class);

        assertThat(LoopContextTest.call(context, () -> "ran")).isEqualTo("ran");
        pool.close();
    }
}
