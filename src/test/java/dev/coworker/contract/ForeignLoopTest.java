package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.BottomHalf;
import dev.coworker.EventNotifier;
import dev.coworker.ThreadPool;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Which thread of a foreign executor is in context, what a rejection causes, and how such a context closes. */
class ForeignLoopTest {
    private static final ThreadFactory DAEMON = Thread.ofPlatform().daemon().factory();

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final ForeignContextTest.Steps loop = new ForeignContextTest.Steps();
    private final AioContext context = AioContext.on(loop);
    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void itsThreadIsKnownInsideAHandlerOnly() throws Exception {
        List<Boolean> seen = new ArrayList<>();
        context.execute(() -> {
            seen.add(context.inContext());
            try {
                seen.add(Callers.platform(context::inContext).result());
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        loop.execute(() -> seen.add(context.inContext()));

        loop.runAll();

        assertThat(seen).containsExactly(true, false, false);
    }

    @Test
    void aLoopThatKnowsItsThreadIsInContextOutsideHandlersToo() throws Exception {
        AtomicReference<Thread> home = new AtomicReference<>();
        AioContext knowing = AioContext.on(loop, () -> Thread.currentThread() == home.get());
        assertThat(knowing.inContext()).isFalse();

        home.set(Thread.currentThread());

        assertThat(knowing.inContext()).isTrue();
        assertThat(Callers.platform(knowing::inContext).result()).isFalse();
    }

    @Test
    void insideAHandlerTheCurrentContextIsTheHandlersAndAfterwardsWhatItWas() throws Exception {
        Callers.platform(() -> {
                    List<AioContext> seen = new ArrayList<>();
                    context.execute(() -> seen.add(AioContext.current()));
                    loop.runAll();
                    seen.add(AioContext.current());
                    AioContext manual = AioContext.manual();
                    context.execute(() -> seen.add(AioContext.current()));
                    loop.runAll();
                    seen.add(AioContext.current());
                    assertThat(seen).containsExactly(context, null, context, manual);
                    return null;
                })
                .result();
    }

    @Test
    void pollOutsideAHandlerIsRefusedAndRunsNothing() {
        context.execute(runs::incrementAndGet);

        assertThatThrownBy(() -> context.poll(false)).isInstanceOf(WrongThreadException.class);

        assertThat(runs).hasValue(0);
        loop.runAll();
        assertThat(runs).hasValue(1);
    }

    @Test
    void aHandlerMayPollAndGoesOnWithTheRest() {
        List<String> order = new ArrayList<>();
        context.execute(() -> {
            context.execute(() -> order.add("new"));
            assertThat(context.poll(false)).isTrue();
            order.add("outer");
        });
        context.execute(() -> order.add("old"));

        loop.runAll();

        assertThat(order).containsExactly("old", "new", "outer");
        loop.assertSubmissions(1);
    }

    @Test
    void aPollThatWaitsInAHandlerIsWoken() throws Exception {
        ExecutorService single = Executors.newSingleThreadExecutor(DAEMON);
        AioContext onSingle = AioContext.on(single);
        Thread home = LoopContextTest.threadOf(onSingle);
        FutureTask<Boolean> waiting = new FutureTask<>(() -> onSingle.poll(true) && runs.get() == 1);
        onSingle.execute(waiting);
        LoopContextTest.untilAsleep(onSingle, home);

        onSingle.execute(runs::incrementAndGet);

        assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
        single.shutdown();
    }

    @Test
    void aLoopThatKnowsItsThreadMayPollThereOutsideHandlers() throws Exception {
        Thread home = Thread.currentThread();
        AioContext knowing = AioContext.on(loop, () -> Thread.currentThread() == home);
        knowing.execute(runs::incrementAndGet);

        assertThat(knowing.poll(true)).isTrue();
        assertThat(knowing.poll(false)).isFalse();
        assertThat(Callers.platform(() -> knowing.poll(false)).failure()).isInstanceOf(WrongThreadException.class);
        assertThat(runs).hasValue(1);

        loop.runAll();
        knowing.execute(runs::incrementAndGet);
        loop.runAll();
        assertThat(runs).hasValue(2);
    }

    @Test
    void aPollThatWaitsOutsideHandlersIsWoken() throws Exception {
        AtomicReference<AioContext> its = new AtomicReference<>();
        Callers.Caller<Boolean> home = Callers.platform(() -> {
            Thread mine = Thread.currentThread();
            its.set(AioContext.on(loop, () -> Thread.currentThread() == mine));
            return its.get().poll(true) && runs.get() == 1;
        });
        Callers.until("created", () -> its.get() != null);
        LoopContextTest.untilAsleep(its.get(), home.thread);

        its.get().execute(runs::incrementAndGet);

        assertThat(home.result()).isTrue();
    }

    @Test
    void aSecondThreadOfTheExecutorMayNotPollWhileAHandlerRuns() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2, DAEMON);
        AioContext everywhere = AioContext.on(threads, () -> true);
        Gate gate = new Gate();
        everywhere.execute(gate::passUninterruptibly);
        gate.awaitArrived(1);
        everywhere.execute(runs::incrementAndGet);

        assertThatThrownBy(() -> everywhere.poll(false)).isInstanceOf(WrongThreadException.class);

        assertThat(runs).hasValue(0);
        gate.open();
        assertThat(LoopContextTest.call(everywhere, runs::get)).isEqualTo(1);
        threads.shutdown();
    }

    @Test
    void theSchedulerHearsOfTheRejectionAndTheTaskWillNotRun() {
        BottomHalf bottomHalf = context.newBottomHalf(runs::incrementAndGet);
        loop.rejecting = true;

        assertThatThrownBy(() -> context.execute(runs::incrementAndGet))
                .isInstanceOf(RejectedExecutionException.class)
                .hasMessage("shut down");
        assertThatThrownBy(bottomHalf::schedule).isInstanceOf(RejectedExecutionException.class);

        loop.rejecting = false;
        context.execute(() -> runs.addAndGet(10));
        loop.runAll();
        assertThat(runs).hasValue(10);
    }

    @Test
    void aBottomHalfThatWasRejectedMayBeScheduledAgain() {
        BottomHalf bottomHalf = context.newBottomHalf(runs::incrementAndGet);
        loop.rejecting = true;
        assertThatThrownBy(bottomHalf::schedule).isInstanceOf(RejectedExecutionException.class);
        loop.rejecting = false;

        bottomHalf.schedule();

        loop.runAll();
        assertThat(runs).hasValue(1);
    }

    @Test
    void whateverElseTheExecutorThrowsIsARejectionToo() {
        Throwable thrown = new StackOverflowError();
        AioContext broken = AioContext.on(task -> AioContextTest.sneakyThrow(thrown));

        assertThatThrownBy(() -> broken.execute(runs::incrementAndGet))
                .isInstanceOf(RejectedExecutionException.class)
                .hasCause(thrown);
    }

    @Test
    void setOfANotifierSurvivesARejectionAndTheNextTaskHandlesIt() {
        EventNotifier notifier = new EventNotifier();
        context.setEventNotifier(notifier, () -> runs.addAndGet(notifier.testAndClear() ? 10 : 100));
        loop.rejecting = true;
        try (Log log = new Log()) {
            notifier.set();

            assertThat(rejections(log)).isNotEmpty();
        }
        loop.rejecting = false;
        context.execute(runs::incrementAndGet);

        loop.runAll();
        assertThat(runs).hasValue(11);
    }

    @Test
    void whatIsLeftWhenTheNextTaskIsRejectedIsLoggedOnceWithItsCountAndDoesNotRunLater() {
        for (int i = 0; i < 266; i++) {
            context.execute(runs::incrementAndGet);
        }
        loop.rejecting = true;
        try (Log log = new Log()) {
            loop.runAll();

            Callers.until("the rejection is logged", () -> !rejections(log).isEmpty());
            assertThat(rejections(log)).hasSize(1);
            Callers.until(
                    "the other nine are counted",
                    () -> log.records().stream()
                            .anyMatch(record -> record.getMessage().contains("9 more within a second")));
        }
        assertThat(runs).hasValue(256);
        loop.rejecting = false;
        context.execute(() -> runs.addAndGet(1_000));

        loop.runAll();
        assertThat(runs).hasValue(1_256);
    }

    private static List<LogRecord> rejections(Log log) {
        return log.records().stream()
                .filter(entry ->
                        entry.getThrown() instanceof RejectedExecutionException e && "shut down".equals(e.getMessage()))
                .toList();
    }

    @Test
    void whatAPollOutsideHandlersLeavesIsLoggedWhereItIsRejected() throws Exception {
        try (Log log = new Log()) {
            Callers.platform(() -> {
                        Thread mine = Thread.currentThread();
                        AioContext its = AioContext.on(loop, () -> Thread.currentThread() == mine);
                        Callers.platform(() -> {
                            LoopContextTest.untilAsleep(its, mine);
                            loop.rejecting = true;
                            its.execute(() -> its.execute(runs::incrementAndGet));
                            return null;
                        });
                        return its.poll(true);
                    })
                    .result();

            assertThat(rejections(log)).hasSize(1);
        }
        loop.rejecting = false;
        loop.runAll();
        assertThat(runs).hasValue(0);
    }

    @Test
    void closeRefusesWhatIsNewAndWhatIsScheduledStillRunsOnTheExecutor() {
        context.execute(runs::incrementAndGet);

        context.close();
        context.close();

        assertThatThrownBy(() -> context.execute(runs::incrementAndGet)).isInstanceOf(RejectedExecutionException.class);
        assertThat(runs).hasValue(0);
        loop.runAll();
        assertThat(runs).hasValue(1);
        assertThat(loop.submissions).hasValue(1);
    }

    @Test
    void closeWithNothingScheduledLeavesTheExecutorAlone() {
        EventNotifier notifier = new EventNotifier();
        context.setEventNotifier(notifier, runs::incrementAndGet);

        context.close();
        notifier.set();
        context.close();

        assertThat(loop.submissions).hasValue(0);
    }

    @Test
    void closeRunsMoreThanOneTaskCanHold() {
        for (int i = 0; i < 600; i++) {
            context.execute(runs::incrementAndGet);
        }

        context.close();

        loop.runAll();
        assertThat(runs).hasValue(600);
    }

    @Test
    void closeDetachesTheNotifiers() {
        EventNotifier notifier = new EventNotifier();
        context.setEventNotifier(notifier, runs::incrementAndGet);
        notifier.set();

        context.close();
        notifier.set();

        loop.runAll();
        assertThat(runs).hasValue(0);
    }

    @Test
    void closeEndsAPollThatWaitsInAHandler() throws Exception {
        ExecutorService single = Executors.newSingleThreadExecutor(DAEMON);
        AioContext onSingle = AioContext.on(single);
        Thread home = LoopContextTest.threadOf(onSingle);
        FutureTask<Boolean> waiting = new FutureTask<>(() -> onSingle.poll(true));
        onSingle.execute(waiting);
        LoopContextTest.untilAsleep(onSingle, home);

        onSingle.close();

        assertThat(waiting.get(5, TimeUnit.SECONDS)).isFalse();
        single.shutdown();
    }

    @Test
    void closeWithAnOpenPoolIsRefusedAndChangesNothing() {
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));

        assertThatThrownBy(context::close).isInstanceOf(IllegalStateException.class);

        context.execute(runs::incrementAndGet);
        loop.runAll();
        assertThat(runs).hasValue(1);
        pool.close();
        context.close();
        assertThatThrownBy(() -> context.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void executorAndInThreadAreNotNull() {
        assertThatThrownBy(() -> AioContext.on(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> AioContext.on(null, () -> true)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> AioContext.on(loop, null)).isInstanceOf(NullPointerException.class);
    }
}
