package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.BottomHalf;
import dev.coworker.EventNotifier;
import dev.coworker.ThreadPool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a context closes, told of the manual kind. */
class AioContextCloseTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AioContext context = pools.closeAfterwards(AioContext.manual());
    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void closeOfAManualContextRunsWhatIsScheduledInTheCallingThread() {
        List<Thread> ranOn = new ArrayList<>();
        context.execute(() -> ranOn.add(Thread.currentThread()));
        context.execute(() -> ranOn.add(Thread.currentThread()));

        context.close();

        assertThat(ranOn).containsExactly(Thread.currentThread(), Thread.currentThread());
    }

    @Test
    void closeRunsWhatIsScheduledThoughTheThreadIsInterrupted() {
        context.execute(runs::incrementAndGet);
        Thread.currentThread().interrupt();

        context.close();

        assertThat(Thread.interrupted()).isTrue();
        assertThat(runs).hasValue(1);
    }

    @Test
    void aClosedContextRefusesWhatIsScheduled() {
        BottomHalf bottomHalf = context.newBottomHalf(runs::incrementAndGet);
        context.close();

        assertThatThrownBy(bottomHalf::schedule).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> context.execute(runs::incrementAndGet)).isInstanceOf(RejectedExecutionException.class);
        assertThat(context.poll(false)).isFalse();
        assertThat(runs).hasValue(0);
    }

    @Test
    void aHandlerThatReschedulesItselfDoesNotKeepCloseFromReturning() {
        AtomicReference<BottomHalf> self = new AtomicReference<>();
        self.set(context.newBottomHalf(() -> {
            runs.incrementAndGet();
            self.get().schedule();
        }));
        self.get().schedule();

        try (Log log = new Log()) {
            context.close();

            assertThat(log.records())
                    .extracting(LogRecord::getThrown)
                    .anyMatch(RejectedExecutionException.class::isInstance);
        }
        assertThat(runs).hasValue(1);
    }

    @Test
    void aBottomHalfOfAClosedContextMayBeCanceledAndDeleted() {
        BottomHalf bottomHalf = context.newBottomHalf(runs::incrementAndGet);
        context.close();

        bottomHalf.cancel();
        bottomHalf.delete();
        bottomHalf.schedule();

        assertThat(runs).hasValue(0);
    }

    @Test
    void aBlockingPollOfAClosedContextDoesNotWait() {
        context.close();

        assertThat(context.poll(true)).isFalse();
    }

    @Test
    void closeDetachesTheNotifiers() {
        EventNotifier notifier = new EventNotifier();
        context.setEventNotifier(notifier, runs::incrementAndGet);
        notifier.set();

        context.close();

        assertThat(runs).hasValue(0);
        AioContext other = pools.closeAfterwards(AioContext.manual());
        other.setEventNotifier(notifier, () -> runs.addAndGet(notifier.testAndClear() ? 10 : 100));
        assertThat(other.poll(false)).isTrue();
        assertThat(runs).hasValue(10);
    }

    @Test
    void aSecondCloseDoesNothing() {
        context.close();
        context.close();

        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void aHandlerMayCloseItsManualContext() {
        context.execute(context::close);
        context.execute(runs::incrementAndGet);

        context.poll(false);

        assertThat(runs).hasValue(1);
        assertThatThrownBy(() -> context.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
    }

    @Test
    void closeOfAManualContextOffItsLoopThreadIsRefusedAndChangesNothing() throws Exception {
        context.execute(runs::incrementAndGet);

        assertThat(Callers.platform(() -> {
                            context.close();
                            return null;
                        })
                        .failure())
                .isInstanceOf(WrongThreadException.class);

        context.execute(runs::incrementAndGet);
        assertThat(runs).hasValue(0);
        context.poll(false);
        assertThat(runs).hasValue(2);
    }

    @Test
    void closeOfAContextWithAnOpenPoolIsRefusedAndChangesNothing() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().context(context));
        EventNotifier notifier = new EventNotifier();
        context.setEventNotifier(notifier, () -> runs.addAndGet(notifier.testAndClear() ? 10 : 100));

        assertThatThrownBy(context::close).isInstanceOf(IllegalStateException.class);

        notifier.set();
        context.execute(runs::incrementAndGet);
        context.poll(false);
        assertThat(runs).hasValue(11);
        pool.close();
        context.close();
    }

    @Test
    void aPoolThatHasEndedAfterItsCloseGaveUpIsNoLongerOpen() throws Exception {
        ThreadPool pool = ThreadPool.builder().context(context).minThreads(1).build();
        Gate gate = new Gate();
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        assertThat(pool.close(Duration.ZERO)).isFalse();
        assertThatThrownBy(context::close).isInstanceOf(IllegalStateException.class);

        gate.open();
        Callers.until("the worker has ended", () -> pool.stats().curThreads() == 0);

        Callers.until("it has told", () -> {
            try {
                context.close();
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        });
    }

    @Test
    void aClosedContextServesNoNewPool() {
        context.close();

        assertThatThrownBy(() -> ThreadPool.create(context)).isInstanceOf(IllegalStateException.class);
    }
}
