package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.BottomHalf;
import dev.coworker.EventNotifier;
import dev.coworker.ThreadPool;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A context that runs in an event loop of other code. */
class ForeignContextTest {
    private static final ThreadFactory DAEMON = Thread.ofPlatform().daemon().factory();

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Steps loop = new Steps();
    private final AioContext context = AioContext.on(loop);
    private final AtomicInteger runs = new AtomicInteger();

    /**
     * An event loop whose tasks run when the test says so. A drain that lasts, as on a busy machine, brings another one
     * each 10 ms, since a handler may run an event loop of its own.
     */
    static final class Steps implements Executor {
        private static final long NESTED_NANOS = 10_000_000;
        final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
        final AtomicInteger submissions = new AtomicInteger();
        private int more; // that may have come by time
        volatile boolean rejecting;

        @Override
        public void execute(Runnable task) {
            if (rejecting) {
                throw new RejectedExecutionException("shut down");
            }
            submissions.incrementAndGet();
            tasks.add(task);
        }

        /** False when there was none. */
        boolean runOne() {
            Runnable task = tasks.poll();
            if (task == null) {
                return false;
            }
            long start = System.nanoTime();
            task.run();
            more += (int) ((System.nanoTime() - start) / NESTED_NANOS);
            return true;
        }

        void runAll() {
            int before;
            do {
                before = more;
                while (runOne()) {
                    assertThat(submissions).as("submissions").hasValueLessThan(10_000);
                }
                if (more > before) {
                    LockSupport.parkNanos(10 * NESTED_NANOS); // until the timer has asked
                }
            } while (more > before);
        }

        void assertSubmissions(int expected) {
            assertThat(submissions.get()).as("submissions").isBetween(expected, expected + more);
        }
    }

    @Test
    void handlersRunInATaskOfTheExecutorAndNowhereElse() {
        context.execute(runs::incrementAndGet);

        assertThat(runs).hasValue(0);
        assertThat(loop.runOne()).isTrue();
        assertThat(runs).hasValue(1);
        assertThat(loop.runOne()).isFalse();
    }

    @Test
    void aContextThatHasNothingToRunLeavesTheExecutorAlone() {
        context.newBottomHalf(runs::incrementAndGet).cancel();
        context.setEventNotifier(new EventNotifier(), runs::incrementAndGet);

        loop.assertSubmissions(0);
    }

    @Test
    void aBurstCostsTheExecutorOneTask() {
        EventNotifier notifier = new EventNotifier();
        context.setEventNotifier(notifier, () -> runs.addAndGet(notifier.testAndClear() ? 1_000 : 1_000_000));
        for (int i = 0; i < 100; i++) {
            context.execute(runs::incrementAndGet);
            notifier.set();
        }

        loop.assertSubmissions(1);
        loop.runAll();
        assertThat(runs).hasValue(1_100);
        loop.assertSubmissions(1);
    }

    @Test
    void theNextBurstCostsTheNextTask() {
        for (int burst = 1; burst <= 3; burst++) {
            context.execute(runs::incrementAndGet);
            context.execute(runs::incrementAndGet);
            loop.runAll();

            loop.assertSubmissions(burst);
            assertThat(runs).hasValue(2 * burst);
        }
    }

    @Test
    void aTaskThatFindsEverythingCanceledDoesNotSpoilTheNextBurst() {
        BottomHalf bottomHalf = context.newBottomHalf(runs::incrementAndGet);
        bottomHalf.schedule();
        bottomHalf.cancel();
        loop.runAll();
        assertThat(runs).hasValue(0);

        bottomHalf.schedule();

        loop.runAll();
        assertThat(runs).hasValue(1);
    }

    @Test
    void theFirstScheduledIsTheFirstToRun() {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < 600; i++) {
            int number = i;
            context.execute(() -> order.add(number));
        }

        loop.runAll();

        assertThat(order).hasSize(600).isSorted();
    }

    @Test
    void atMost256HandlersRunInOneTaskAndTheRestBehindWhatElseTheLoopHasToDo() {
        for (int i = 0; i < 600; i++) {
            context.execute(runs::incrementAndGet);
        }
        List<Integer> seenByOthers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            loop.execute(() -> seenByOthers.add(runs.get()));
        }
        loop.submissions.set(0);

        loop.runOne();
        loop.runOne();
        assertThat(seenByOthers).containsExactly(256);
        loop.runAll();

        assertThat(runs).hasValue(600);
        loop.assertSubmissions(2);
    }

    @Test
    void atMost256HandlersAndCallbacksRunInOneTask() throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().context(context).minThreads(1).maxThreads(1));
        loop.runAll();
        for (int i = 0; i < 200; i++) {
            context.execute(runs::incrementAndGet);
        }
        for (int i = 0; i < 300; i++) {
            pool.submitAio(() -> null, (value, failure) -> runs.incrementAndGet());
        }
        Callers.until("completed", () -> pool.stats().completed() == 300);

        assertThat(largestTask()).isLessThanOrEqualTo(256);
        Callers.until("delivered", () -> {
            loop.runAll();
            return runs.get() == 500;
        });
    }

    @Test
    void atMost256NotifiersAreHandledInOneTask() {
        for (int i = 0; i < 300; i++) {
            EventNotifier notifier = new EventNotifier();
            context.setEventNotifier(notifier, () -> {
                notifier.testAndClear();
                runs.incrementAndGet();
            });
            notifier.set();
        }

        assertThat(largestTask()).isLessThanOrEqualTo(256);
        assertThat(runs).hasValue(300);
    }

    /** Runs all tasks; returns how much the busiest of them ran. */
    private int largestTask() {
        int largest = 0;
        int before = runs.get();
        while (loop.runOne()) {
            largest = Math.max(largest, runs.get() - before);
            before = runs.get();
        }
        return largest;
    }

    @Test
    void aBottomHalfThatReschedulesItselfLetsOtherTasksOfTheLoopRun() {
        AtomicReference<BottomHalf> self = new AtomicReference<>();
        self.set(context.newBottomHalf(() -> {
            runs.incrementAndGet();
            self.get().schedule();
        }));
        self.get().schedule();
        loop.execute(self.get()::delete);

        loop.runAll();

        assertThat(runs).hasValueBetween(1, 256);
    }

    @Test
    void aBottomHalfThatReschedulesItselfDoesNotStarveANotifier() {
        AtomicReference<BottomHalf> self = new AtomicReference<>();
        self.set(context.newBottomHalf(() -> self.get().schedule()));
        self.get().schedule();
        EventNotifier notifier = new EventNotifier();
        context.setEventNotifier(notifier, () -> runs.addAndGet(notifier.testAndClear() ? 1 : 100));
        notifier.set();

        for (int task = 0; task < 5; task++) {
            loop.runOne();
        }

        assertThat(runs).hasValue(1);
        self.get().delete();
    }

    @Test
    void aNotifierThatStaysSetIsHandledInTaskAfterTaskAndLetsOthersRun() {
        EventNotifier notifier = new EventNotifier();
        context.setEventNotifier(notifier, runs::incrementAndGet);
        notifier.set();
        for (int task = 1; task <= 5; task++) {
            loop.runOne();
            assertThat(runs).hasValue(task);
        }
        loop.execute(notifier::testAndClear);

        loop.runAll();

        assertThat(runs).hasValueLessThan(10);
    }

    @Test
    void aNotifierThatWasSetBeforeItWasAttachedIsHandled() {
        EventNotifier notifier = new EventNotifier();
        notifier.set();

        context.setEventNotifier(notifier, () -> runs.addAndGet(notifier.testAndClear() ? 1 : 100));

        loop.runAll();
        assertThat(runs).hasValue(1);
    }

    @Test
    void ofManyNotifiersThatStaySetEachIsHandledInOneTaskOrTheNext() {
        int[] handled = new int[300];
        List<EventNotifier> notifiers = new ArrayList<>();
        for (int i = 0; i < handled.length; i++) {
            int mine = i;
            EventNotifier notifier = new EventNotifier();
            notifiers.add(notifier);
            notifier.set();
            context.setEventNotifier(notifier, () -> handled[mine]++);
        }
        loop.runOne();
        loop.runOne();
        assertThat(Arrays.stream(handled).min()).hasValue(1);
        assertThat(Arrays.stream(handled).max()).hasValue(2);
        notifiers.forEach(EventNotifier::testAndClear);
        loop.runAll();
    }

    @Test
    void handlersRunOneAtATimeOnAnExecutorThatIsNotSerial() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4, DAEMON);
        AioContext onMany = AioContext.on(threads);
        int schedulers = 3;
        int each = 2_000;
        AtomicInteger inside = new AtomicInteger();
        AtomicBoolean overlapped = new AtomicBoolean();
        int[] plain = new int[1];
        CountDownLatch all = new CountDownLatch(schedulers * each);
        List<Callers.Caller<Void>> callers = new ArrayList<>();
        for (int s = 0; s < schedulers; s++) {
            callers.add(Callers.platform(() -> {
                for (int i = 0; i < each; i++) {
                    onMany.execute(() -> {
                        overlapped.compareAndSet(false, inside.incrementAndGet() != 1);
                        plain[0]++;
                        inside.decrementAndGet();
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
        assertThat(overlapped).isFalse();
        assertThat(LoopContextTest.call(onMany, () -> plain[0])).isEqualTo(schedulers * each);
        threads.shutdown();
    }

    @Test
    void handlersRunOneAtATimeThoughTheExecutorRunsATaskTwice() throws Exception {
        Gate gate = new Gate();
        context.execute(gate::passUninterruptibly);
        context.execute(runs::incrementAndGet);
        Runnable task = loop.tasks.remove();
        Callers.Caller<Void> first = Callers.platform(() -> {
            task.run();
            return null;
        });
        gate.awaitArrived(1);

        task.run();
        assertThat(runs).hasValue(0);
        assertThat(loop.tasks).as("more of the same").isEmpty();

        gate.open();
        first.result();
        assertThat(runs).hasValue(1);
    }

    @Test
    void noScheduleIsLostWhileADrainEnds() {
        ExecutorService single = Executors.newSingleThreadExecutor(DAEMON);
        BottomHalf bottomHalf = AioContext.on(single).newBottomHalf(runs::incrementAndGet);
        for (int i = 1; i <= 5_000; i++) {
            int expected = i;
            EventNotifierThreadsTest.pause(i);
            bottomHalf.schedule();
            EventNotifierThreadsTest.soon(() -> runs.get() == expected);
        }
        single.shutdown();
    }

    @Test
    void anExecutorThatRunsItsTasksInTheCallerWorksToo() {
        AioContext direct = AioContext.on(Runnable::run);
        List<String> order = new ArrayList<>();

        direct.execute(() -> {
            for (int i = 0; i < 1_000; i++) {
                direct.execute(runs::incrementAndGet);
            }
            order.add("outer with " + runs.get());
        });

        assertThat(order).containsExactly("outer with 0");
        assertThat(runs).hasValue(1_000);
    }

    @Test
    void theExecutorIsCalledUnderNoLock() {
        AtomicReference<AioContext> its = new AtomicReference<>();
        its.set(AioContext.on(task -> {
            try {
                Callers.platform(() -> {
                            BottomHalf other = its.get().newBottomHalf(() -> {});
                            other.schedule();
                            other.cancel();
                            return null;
                        })
                        .result();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            task.run();
        }));

        its.get().execute(runs::incrementAndGet);

        assertThat(runs).hasValue(1);
    }

    @Test
    void whatAHandlerThrowsIsLoggedAndDoesNotReachTheExecutor() {
        Throwable thrown = new AssertionError("handler");
        context.execute(() -> AioContextTest.sneakyThrow(thrown));
        context.execute(runs::incrementAndGet);

        try (Log log = new Log()) {
            loop.runAll();

            assertThat(log.of(thrown)).hasSize(1);
        }
        assertThat(runs).hasValue(1);
    }

    @Test
    void aContextKeepsNothingOfWhatItRan() {
        WeakReference<BottomHalf> reference = new WeakReference<>(scheduled());

        loop.runAll();

        Await.unreachable("a bottom half that has run", reference);
    }

    private BottomHalf scheduled() {
        BottomHalf bottomHalf = context.newBottomHalf(runs::incrementAndGet);
        bottomHalf.schedule();
        return bottomHalf;
    }
}
