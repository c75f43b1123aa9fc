package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.ThreadPool;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A callback on a foreign executor runs an event loop of its own, as a modal dialog does. The others still run. */
class NestedEventLoopTest {
    /** A toolkit's event thread: it runs events one after the other, and an event may run others while it waits. */
    private static final class EventThread implements Executor {
        private final BlockingQueue<Runnable> events = new LinkedBlockingQueue<>();
        private final AtomicBoolean ended = new AtomicBoolean();
        private final Thread thread = Thread.ofPlatform().daemon().unstarted(() -> runUntil(ended));

        @Override
        public void execute(Runnable event) {
            events.add(event);
        }

        /** Runs events until the flag is set, here at the outermost or within an event. */
        void runUntil(AtomicBoolean done) {
            try {
                while (!done.get()) {
                    Runnable event = events.poll(1, TimeUnit.MILLISECONDS);
                    if (event != null) {
                        event.run();
                    }
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final EventThread events = new EventThread();
    private final Gate dialogOpen = new Gate();
    private final AtomicBoolean dialogClosed = new AtomicBoolean();
    private final List<String> order = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() {
        events.thread.start();
    }

    @AfterEach
    void closeDialog() {
        dialogClosed.set(true);
        dialogOpen.open();
    }

    private AioContext context(boolean knowsItsThread) {
        pools.closeAfterwards(() -> events.ended.set(true)); // after the pool, which is opened later
        return knowsItsThread
                ? AioContext.on(events, () -> Thread.currentThread() == events.thread)
                : AioContext.on(events);
    }

    private void showDialog(Object value, Throwable failure) {
        order.add("dialog opens");
        dialogOpen.passUninterruptibly();
        events.runUntil(dialogClosed);
        order.add("dialog closes");
    }

    private void closeDialog(Object value, Throwable failure) {
        order.add("another callback");
        dialogClosed.set(true);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCallbackThatBecomesDueMeanwhileRunsWithinTheDialog(boolean knowsItsThread) throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().context(context(knowsItsThread)));
        pool.submitAio(() -> 1, this::showDialog);
        dialogOpen.awaitArrived(1);
        dialogOpen.open();
        pool.submitAio(() -> 2, this::closeDialog);
        Callers.until("the dialog has been closed", () -> order.contains("dialog closes"));
        assertThat(order).containsExactly("dialog opens", "another callback", "dialog closes");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aCallbackThatWasDueBeforeRunsWithinTheDialogToo(boolean knowsItsThread) throws Exception {
        ThreadPool pool =
                pools.open(ThreadPool.builder().context(context(knowsItsThread)).maxThreads(1));
        Gate busy = new Gate();
        events.execute(busy::passUninterruptibly);
        busy.awaitArrived(1);
        pool.submitAio(() -> 1, this::showDialog);
        pool.submitAio(() -> 2, this::closeDialog);
        Callers.until("both have ended", () -> pool.stats().undelivered() == 2);
        dialogOpen.open();
        busy.open();
        Callers.until("the dialog has been closed", () -> order.contains("dialog closes"));
        assertThat(order).containsExactly("dialog opens", "another callback", "dialog closes");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aTaskOfTheContextRunsWithinTheDialogToo(boolean knowsItsThread) throws Exception {
        AioContext context = context(knowsItsThread);
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        pool.submitAio(() -> 1, this::showDialog);
        dialogOpen.awaitArrived(1);
        dialogOpen.open();
        context.execute(() -> closeDialog(null, null));
        Callers.until("the dialog has been closed", () -> order.contains("dialog closes"));
    }
}
