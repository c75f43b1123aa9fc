package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.BottomHalf;
import dev.coworker.EventNotifier;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Filter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Home threads, poll, failures and close, on the kind of context that a test can step through. */
class AioContextTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AioContext context = pools.closeAfterwards(AioContext.manual());
    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void aContextTellsItsNameAndItsThread() {
        assertThat(context)
                .asString()
                .contains("manual-", Thread.currentThread().getName());
        assertThat(AioContext.main()).hasToString("AioContext[main]");
    }

    @Test
    void aPollThatIsNotBlockingReturnsFalseWhenThereIsNothingToRun() {
        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void aBlockingPollWaitsUntilSomethingIsScheduled() throws Exception {
        CompletableFuture<AioContext> created = new CompletableFuture<>();
        Callers.Caller<Boolean> home = Callers.platform(() -> {
            AioContext mine = AioContext.manual();
            created.complete(mine);
            return mine.poll(true) && runs.get() == 1;
        });
        AioContext its = created.get(30, TimeUnit.SECONDS);
        LoopContextTest.untilAsleep(its, home.thread);

        its.execute(runs::incrementAndGet);

        assertThat(home.result()).isTrue();
    }

    @Test
    void aBlockingPollIsNotEndedByAnUnparkThatMeansNothing() throws Exception {
        CompletableFuture<AioContext> created = new CompletableFuture<>();
        Callers.Caller<Boolean> home = Callers.platform(() -> {
            AioContext mine = AioContext.manual();
            LockSupport.unpark(Thread.currentThread());
            created.complete(mine);
            return mine.poll(true) && runs.get() == 1;
        });
        AioContext its = created.get(30, TimeUnit.SECONDS);
        LoopContextTest.untilAsleep(its, home.thread);

        its.execute(runs::incrementAndGet);

        assertThat(home.result()).isTrue();
    }

    @Test
    void aVirtualThreadMayPoll() throws Exception {
        CompletableFuture<AioContext> created = new CompletableFuture<>();
        Callers.Caller<Thread> home = Callers.virtual(() -> {
            AioContext mine = AioContext.manual();
            AtomicReference<Thread> ranOn = new AtomicReference<>();
            mine.newBottomHalf(() -> {}).schedule();
            assertThat(mine.poll(true)).isTrue();
            mine.setEventNotifier(new EventNotifier(), () -> {});
            created.complete(mine);
            assertThat(mine.poll(true)).isTrue();
            mine.execute(() -> ranOn.set(Thread.currentThread()));
            mine.close();
            return ranOn.get();
        });
        AioContext its = created.get(30, TimeUnit.SECONDS);
        LoopContextTest.untilAsleep(its, home.thread);

        its.execute(() -> {});

        assertThat(home.result()).isSameAs(home.thread);
    }

    @Test
    void pollOffTheLoopThreadIsRefusedAndRunsNothing() throws Exception {
        context.execute(runs::incrementAndGet);

        assertThat(Callers.platform(() -> context.poll(false)).failure()).isInstanceOf(WrongThreadException.class);
        assertThat(Callers.virtual(() -> context.poll(true)).failure()).isInstanceOf(WrongThreadException.class);

        assertThat(runs).hasValue(0);
        assertThat(context.poll(false)).isTrue();
    }

    @Test
    void aPollThatIsInterruptedWhileItWaitsReturnsFalseWithTheStatusKept() throws Exception {
        CompletableFuture<AioContext> created = new CompletableFuture<>();
        Callers.Caller<Boolean> home = Callers.platform(() -> {
            AioContext mine = AioContext.manual();
            created.complete(mine);
            return !mine.poll(true) && Thread.interrupted();
        });
        LoopContextTest.untilAsleep(created.get(30, TimeUnit.SECONDS), home.thread);

        home.thread.interrupt();

        assertThat(home.result()).isTrue();
    }

    @Test
    void aPollThatWouldWaitWhileInterruptedReturnsFalseWithTheStatusKept() {
        Thread.currentThread().interrupt();

        boolean progress = context.poll(true);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(progress).isFalse();
    }

    @Test
    void aPollRunsWhatIsScheduledThoughTheThreadIsInterrupted() {
        context.execute(runs::incrementAndGet);
        Thread.currentThread().interrupt();

        boolean progress = context.poll(true);

        assertThat(Thread.interrupted()).isTrue();
        assertThat(progress).isTrue();
        assertThat(runs).hasValue(1);
    }

    @Test
    void anInterruptedPollDoesNotSpoilTheNext() throws Exception {
        CompletableFuture<AioContext> created = new CompletableFuture<>();
        Callers.Caller<Boolean> home = Callers.platform(() -> {
            AioContext mine = AioContext.manual();
            Thread.currentThread().interrupt();
            assertThat(mine.poll(true)).isFalse();
            Thread.interrupted();
            created.complete(mine);
            return mine.poll(true);
        });
        AioContext its = created.get(30, TimeUnit.SECONDS);
        LoopContextTest.untilAsleep(its, home.thread);

        its.execute(() -> {});

        assertThat(home.result()).isTrue();
    }

    @Test
    void anyNumberOfBottomHalvesRunInOnePoll() {
        for (int i = 0; i < 20_000; i++) {
            context.execute(runs::incrementAndGet);
        }

        context.poll(false);

        assertThat(runs).hasValue(20_000);
    }

    @Test
    void aHandlerRunsUnderNoLock() {
        context.execute(() -> {
            try {
                Callers.platform(() -> {
                            BottomHalf other = context.newBottomHalf(() -> {});
                            other.schedule();
                            other.cancel();
                            context.execute(runs::incrementAndGet);
                            return null;
                        })
                        .result();
                runs.addAndGet(10);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });

        context.poll(false);

        assertThat(runs).hasValue(10);
        context.poll(false);
        assertThat(runs).hasValue(11);
    }

    @Test
    void whatAHandlerThrowsIsLoggedAndTheOthersStillRun() {
        EventNotifier notifier = new EventNotifier();
        Throwable ofBottomHalf = new IllegalStateException("bottom half");
        Throwable ofNotifier = new AssertionError("notifier");
        context.execute(() -> sneakyThrow(ofBottomHalf));
        context.execute(runs::incrementAndGet);
        context.setEventNotifier(notifier, () -> {
            notifier.testAndClear();
            sneakyThrow(ofNotifier);
        });
        EventNotifier other = new EventNotifier();
        context.setEventNotifier(other, () -> runs.addAndGet(other.testAndClear() ? 10 : 100));
        notifier.set();
        other.set();

        try (Log log = new Log()) {
            assertThat(context.poll(false)).isTrue();

            assertThat(log.of(ofBottomHalf)).singleElement().returns(Level.WARNING, LogRecord::getLevel);
            assertThat(log.of(ofNotifier)).singleElement().returns(Level.WARNING, LogRecord::getLevel);
        }
        assertThat(runs).hasValue(11);
    }

    @Test
    void aHandlerThatThrewIsProgressAndMayRunAgain() {
        IllegalStateException thrown = new IllegalStateException("handler");
        BottomHalf throwing = context.newBottomHalf(() -> {
            throw thrown;
        });
        try (Log log = new Log()) {
            throwing.schedule();
            assertThat(context.poll(true)).isTrue();
            throwing.schedule();
            assertThat(context.poll(true)).isTrue();

            assertThat(log.of(thrown)).hasSize(2);
        }
    }

    @Test
    void aLoggerThatThrowsDoesNotEndThePoll() {
        Logger logger = Logger.getLogger("dev.coworker");
        Filter throwing = entry -> {
            runs.addAndGet(10);
            throw new IllegalStateException("logger");
        };
        context.execute(() -> sneakyThrow(new IllegalStateException("handler")));
        context.execute(runs::incrementAndGet);

        logger.setFilter(throwing);
        try {
            assertThat(context.poll(false)).isTrue();
        } finally {
            logger.setFilter(null);
        }
        assertThat(runs).hasValue(11);
    }

    @SuppressWarnings("unchecked")
    static <X extends Throwable> void sneakyThrow(Throwable e) throws X {
        throw (X) e;
    }

    @Test
    void onlyTheLoopThreadIsInContext() throws Exception {
        assertThat(context.inContext()).isTrue();
        assertThat(Callers.platform(context::inContext).result()).isFalse();
        assertThat(Callers.onVirtual(context::inContext)).isFalse();
    }

    @Test
    void aThreadWithoutAContextHasNoCurrentOne() throws Exception {
        assertThat(Callers.platform(AioContext::current).result()).isNull();
        assertThat(Callers.onVirtual(AioContext::current)).isNull();
    }

    @Test
    void theThreadThatCreatedAManualContextHasItAsItsCurrentOneUntilItIsClosed() throws Exception {
        Callers.platform(() -> {
                    AioContext first = AioContext.manual();
                    assertThat(AioContext.current()).isSameAs(first);
                    AioContext last = AioContext.manual();
                    assertThat(AioContext.current()).isSameAs(last);
                    first.close();
                    assertThat(AioContext.current()).isSameAs(last);
                    last.close();
                    assertThat(AioContext.current()).isNull();
                    return null;
                })
                .result();
    }

    @Test
    void insideAHandlerTheCurrentContextIsTheHandlers() throws Exception {
        Callers.platform(() -> {
                    AioContext outer = AioContext.manual();
                    AioContext inner = AioContext.manual();
                    AioContext last = AioContext.manual();
                    List<AioContext> seen = new ArrayList<>();
                    inner.execute(() -> seen.add(AioContext.current()));
                    outer.execute(() -> {
                        seen.add(AioContext.current());
                        inner.poll(false);
                        seen.add(AioContext.current());
                    });
                    outer.poll(false);
                    assertThat(seen).containsExactly(outer, inner, outer);
                    assertThat(AioContext.current()).isSameAs(last);
                    return null;
                })
                .result();
    }

    @Test
    void aThreadDoesNotKeepAManualContextThatIsNotUsedElsewhere() {
        Await.unreachable("a manual context", new WeakReference<>(AioContext.manual()));
    }
}
