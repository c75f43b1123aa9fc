package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.BottomHalf;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The context that owns its loop thread. */
class LoopContextTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AtomicInteger runs = new AtomicInteger();

    private AioContext started() {
        return pools.closeAfterwards(AioContext.start("loop"));
    }

    /** Calls on the loop thread. */
    static <T> T call(AioContext context, Callable<T> callable) throws Exception {
        FutureTask<T> task = new FutureTask<>(callable);
        context.execute(task);
        return task.get(30, TimeUnit.SECONDS);
    }

    static Thread threadOf(AioContext context) throws Exception {
        return call(context, Thread::currentThread);
    }

    /** Returns when the loop thread sleeps in poll. */
    static void untilAsleep(AioContext context, Thread home) {
        Callers.until(context + " sleeps", () -> LockSupport.getBlocker(home) == context);
    }

    @Test
    void aStartedContextRunsItsHandlersOnADaemonOfItsName() throws Exception {
        AioContext context = pools.closeAfterwards(AioContext.start("some name"));

        Thread loop = threadOf(context);

        assertThat(loop.getName()).isEqualTo("some name");
        assertThat(loop.isDaemon()).isTrue();
        assertThat(loop.isVirtual()).isFalse();
        assertThat(threadOf(context)).isSameAs(loop);
    }

    @Test
    void twoStartedContextsRunSideBySide() throws Exception {
        AioContext busy = started();
        AioContext other = started();
        Gate gate = new Gate();
        busy.execute(gate::passUninterruptibly);
        gate.awaitArrived(1);

        assertThat(call(other, () -> "ran")).isEqualTo("ran");

        gate.open();
    }

    @Test
    void itsThreadIsInContextAndHasItAsTheCurrentOne() throws Exception {
        AioContext context = started();

        assertThat(call(context, context::inContext)).isTrue();
        assertThat(call(context, AioContext::current)).isSameAs(context);
        assertThat(context.inContext()).isFalse();
    }

    @Test
    void pollFromOutsideIsRefused() {
        AioContext context = started();

        assertThatThrownBy(() -> context.poll(false)).isInstanceOf(WrongThreadException.class);
    }

    @Test
    void aHandlerMayPoll() throws Exception {
        AioContext context = started();

        assertThat(call(context, () -> {
                    context.execute(runs::incrementAndGet);
                    return context.poll(true) && runs.get() == 1;
                }))
                .isTrue();
    }

    @Test
    void aPollThatWaitsInAHandlerIsWoken() throws Exception {
        AioContext context = started();
        Thread loop = threadOf(context);
        FutureTask<Boolean> waiting = new FutureTask<>(() -> context.poll(true) && runs.get() == 1);
        Gate gate = new Gate();
        context.execute(() -> {
            gate.passUninterruptibly();
            waiting.run();
        });
        gate.awaitArrived(1);
        gate.open();
        untilAsleep(context, loop);

        context.execute(runs::incrementAndGet);

        assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aLoopInheritsNoThreadLocals() throws Exception {
        InheritableThreadLocal<String> inherited = new InheritableThreadLocal<>();
        inherited.set("the starter's");
        AioContext context = started();

        assertThat(call(context, inherited::get)).isNull();
        inherited.remove();
    }

    @Test
    void aLoopHasTheSystemClassLoaderAsItsContextClassLoader() throws Exception {
        AioContext context = Callers.platform(() -> {
                    Thread.currentThread().setContextClassLoader(new URLClassLoader(new URL[0]));
                    return started();
                })
                .result();

        assertThat(call(context, () -> Thread.currentThread().getContextClassLoader()))
                .isSameAs(ClassLoader.getSystemClassLoader());
    }

    @Test
    void aLoopDoesNotInheritThePriorityOfItsStarter() throws Exception {
        AioContext context = Callers.platform(() -> {
                    Thread.currentThread().setPriority(Thread.MIN_PRIORITY);
                    return started();
                })
                .result();

        assertThat(threadOf(context).getPriority()).isEqualTo(Thread.NORM_PRIORITY);
    }

    @Test
    void aLoopDoesNotInheritTheGroupOfItsStarter() throws Exception {
        ThreadGroup group = new ThreadGroup("the starter's");
        AtomicReference<AioContext> context = new AtomicReference<>();
        Thread starter = new Thread(group, () -> context.set(started()));
        starter.start();
        starter.join();

        assertThat(threadOf(context.get()).getThreadGroup()).isNotSameAs(group);
    }

    @Test
    void aLoopOutlivesWhateverAHandlerThrows() throws Exception {
        AioContext context = started();
        Thread loop = threadOf(context);
        try (Log log = new Log()) {
            Throwable[] thrown = {new Error("handler"), new InterruptedException("handler"), new StackOverflowError()};
            for (Throwable each : thrown) {
                context.execute(() -> AioContextTest.sneakyThrow(each));
            }

            assertThat(threadOf(context)).isSameAs(loop);
            assertThat(thrown).allSatisfy(each -> assertThat(log.of(each)).hasSize(1));
        }
    }

    @Test
    void anInterruptThatAHandlerLeavesDoesNotMakeTheLoopSpin() throws Exception {
        AioContext context = started();
        Thread loop = threadOf(context);
        untilAsleep(context, loop);

        context.execute(() -> {
            Thread.currentThread().interrupt();
            runs.incrementAndGet();
        });

        Callers.until("it ran", () -> runs.get() == 1);
        Await.parked(loop);
        assertThat(call(context, Thread::interrupted)).isFalse();
    }

    @Test
    void anInterruptFromOutsideDoesNotEndTheLoop() throws Exception {
        AioContext context = started();
        Thread loop = threadOf(context);
        untilAsleep(context, loop);

        loop.interrupt();

        Callers.until("dropped", () -> !loop.isInterrupted());
        assertThat(threadOf(context)).isSameAs(loop);
    }

    @Test
    void anInterruptedPollInAHandlerReturnsFalse() throws Exception {
        AioContext context = started();
        Thread loop = threadOf(context);
        FutureTask<Boolean> waiting = new FutureTask<>(() -> !context.poll(true) && Thread.interrupted());
        context.execute(waiting);
        untilAsleep(context, loop);

        loop.interrupt();

        assertThat(waiting.get(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aLoopThatSleepsKeepsNothingOfWhatItRan() throws Exception {
        AioContext context = started();
        WeakReference<Object> reference = runWithCapture(context);
        untilAsleep(context, threadOf(context));

        Await.unreachable("what was run", reference);
    }

    private static WeakReference<Object> runWithCapture(AioContext context) throws Exception {
        Object captured = new Object();
        call(context, captured::hashCode);
        return new WeakReference<>(captured);
    }

    @Test
    void eachSchedulersOrderIsKeptAndNothingIsLost() throws Exception {
        keepsOrderAndLosesNothing(started());
    }

    static void keepsOrderAndLosesNothing(AioContext context) throws Exception {
        int schedulers = 3;
        int each = 1_000;
        int[] last = new int[schedulers];
        int[] outOfOrder = new int[1];
        CountDownLatch all = new CountDownLatch(schedulers * each);
        List<Callers.Caller<Void>> callers = new ArrayList<>();
        for (int s = 0; s < schedulers; s++) {
            int scheduler = s;
            callers.add(Callers.platform(() -> {
                for (int i = 1; i <= each; i++) {
                    int number = i;
                    context.execute(() -> {
                        outOfOrder[0] += last[scheduler] == number - 1 ? 0 : 1;
                        last[scheduler] = number;
                        all.countDown();
                    });
                }
                return null;
            }));
        }
        for (Callers.Caller<Void> caller : callers) {
            caller.result();
        }

        assertThat(all.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(call(context, () -> outOfOrder[0])).isZero();
        assertThat(last).containsOnly(each);
    }

    @Test
    void noScheduleIsLostWhileTheLoopFallsAsleep() {
        AioContext context = started();
        BottomHalf bottomHalf = context.newBottomHalf(runs::incrementAndGet);
        for (int i = 1; i <= 5_000; i++) {
            int expected = i;
            EventNotifierThreadsTest.pause(i);
            bottomHalf.schedule();
            EventNotifierThreadsTest.soon(() -> runs.get() == expected);
        }
    }

    @Test
    void whatWasDoneBeforeScheduleHappensBeforeTheHandler() throws Exception {
        AioContext context = started();
        int[] data = new int[1];
        int[] wrong = new int[1];
        for (int round = 1; round <= 1_000; round++) {
            int expected = round;
            data[0] = round;
            context.execute(() -> {
                wrong[0] += data[0] == expected ? 0 : 1;
                runs.setRelease(expected);
            });
            EventNotifierThreadsTest.soon(() -> runs.getAcquire() == expected);
        }
        assertThat(wrong[0]).isZero();
    }

    @Test
    void aContextNeedsAName() {
        assertThatThrownBy(() -> AioContext.start(null)).isInstanceOf(NullPointerException.class);
    }
}
