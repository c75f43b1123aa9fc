package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.BottomHalf;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When a bottom half runs, how often, in which order, and who keeps it alive. */
class BottomHalfTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AioContext context = pools.closeAfterwards(AioContext.manual());
    private final List<String> ran = new ArrayList<>();

    private BottomHalf named(String name) {
        return context.newBottomHalf(() -> ran.add(name));
    }

    private BottomHalf scheduled(String name) {
        BottomHalf bottomHalf = named(name);
        bottomHalf.schedule();
        return bottomHalf;
    }

    @Test
    void aNewBottomHalfIsNotScheduled() {
        named("a");

        assertThat(context.poll(false)).isFalse();
        assertThat(ran).isEmpty();
    }

    @Test
    void aScheduledOneRunsOnceInTheNextPoll() {
        scheduled("a");

        assertThat(ran).isEmpty();
        assertThat(context.poll(false)).isTrue();
        assertThat(context.poll(false)).isFalse();
        assertThat(ran).containsExactly("a");
    }

    @Test
    void aBurstOfSchedulesCostsOneRun() {
        BottomHalf bottomHalf = named("a");
        for (int i = 0; i < 10; i++) {
            bottomHalf.schedule();
        }

        context.poll(false);

        assertThat(context.poll(false)).isFalse();
        assertThat(ran).containsExactly("a");
    }

    @Test
    void oneThatHasRunMayBeScheduledAgain() {
        BottomHalf bottomHalf = scheduled("a");
        context.poll(false);

        bottomHalf.schedule();

        assertThat(context.poll(false)).isTrue();
        assertThat(ran).containsExactly("a", "a");
    }

    @Test
    void oneThatReschedulesItselfRunsOnceInEachPoll() {
        AtomicInteger runs = new AtomicInteger();
        AtomicReference<BottomHalf> self = new AtomicReference<>();
        self.set(context.newBottomHalf(() -> {
            if (runs.incrementAndGet() < 10) {
                self.get().schedule();
            }
        }));
        self.get().schedule();

        for (int poll = 1; poll <= 10; poll++) {
            assertThat(context.poll(poll % 2 == 0)).isTrue();
            assertThat(runs).hasValue(poll);
        }
        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void oneScheduledByAHandlerRunsInTheNextPoll() {
        BottomHalf second = named("second");
        context.execute(second::schedule);

        context.poll(false);
        assertThat(ran).isEmpty();
        context.poll(false);
        assertThat(ran).containsExactly("second");
    }

    @Test
    void oneThatIsScheduledAlreadyIsNotPutOffByAHandlerThatSchedulesItAgain() {
        BottomHalf second = named("second");
        context.execute(second::schedule);
        second.schedule();

        context.poll(false);

        assertThat(ran).containsExactly("second");
        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void aBlockingPollRunsWhatIsScheduledAndReturns() {
        scheduled("a");

        assertThat(context.poll(true)).isTrue();
        assertThat(ran).containsExactly("a");
    }

    @Test
    void theFirstScheduledIsTheFirstToRun() {
        BottomHalf b = named("b");
        BottomHalf a = named("a");
        a.schedule();
        context.execute(() -> ran.add("one-shot"));
        b.schedule();
        a.schedule();

        context.poll(false);

        assertThat(ran).containsExactly("a", "one-shot", "b");
    }

    @Test
    void aOneShotRunsOnce() {
        context.execute(() -> ran.add("a"));

        context.poll(false);
        context.poll(false);

        assertThat(ran).containsExactly("a");
    }

    @Test
    void theSameOneShotExecutedTwiceRunsTwice() {
        Runnable task = () -> ran.add("a");
        context.execute(task);
        context.execute(task);

        context.poll(false);

        assertThat(ran).containsExactly("a", "a");
    }

    @Test
    void aCanceledOneDoesNotRun() {
        scheduled("a").cancel();

        assertThat(context.poll(false)).isFalse();
        assertThat(ran).isEmpty();
    }

    @Test
    void cancelTakesBackAnyNumberOfSchedules() {
        BottomHalf bottomHalf = scheduled("a");
        bottomHalf.schedule();

        bottomHalf.cancel();

        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void cancelOfOneThatIsNotScheduledChangesNothing() {
        BottomHalf a = named("a");
        a.cancel();
        a.schedule();
        scheduled("b");
        named("c").cancel();

        context.poll(false);

        assertThat(ran).containsExactly("a", "b");
    }

    @Test
    void aCanceledOneMayBeScheduledAgainAndIsThenTheLast() {
        BottomHalf a = scheduled("a");
        scheduled("b");
        a.cancel();
        a.schedule();

        context.poll(false);

        assertThat(ran).containsExactly("b", "a");
    }

    @Test
    void cancelLeavesTheOrderOfTheOthers() {
        List<BottomHalf> all = IntStream.range(0, 6)
                .mapToObj(i -> scheduled(Integer.toString(i)))
                .toList();
        all.get(0).cancel();
        all.get(3).cancel();
        all.get(5).cancel();
        scheduled("6");

        context.poll(false);

        assertThat(ran).containsExactly("1", "2", "4", "6");
    }

    @Test
    void aDeletedOneDoesNotRun() {
        scheduled("a").delete();

        assertThat(context.poll(false)).isFalse();
        assertThat(ran).isEmpty();
    }

    @Test
    void scheduleAfterDeleteDoesNothing() {
        BottomHalf bottomHalf = named("a");
        bottomHalf.delete();

        bottomHalf.schedule();

        assertThat(context.poll(false)).isFalse();
        assertThat(ran).isEmpty();
    }

    @Test
    void deleteMayBeRepeatedAndFollowedByCancel() {
        BottomHalf bottomHalf = scheduled("a");
        bottomHalf.delete();
        bottomHalf.delete();
        bottomHalf.cancel();

        bottomHalf.schedule();

        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void oneThatDeletesItselfRunsToItsEndAndNeverAgain() {
        AtomicReference<BottomHalf> self = new AtomicReference<>();
        self.set(context.newBottomHalf(() -> {
            self.get().schedule();
            self.get().delete();
            self.get().schedule();
            ran.add("end");
        }));
        self.get().schedule();

        context.poll(false);

        assertThat(context.poll(false)).isFalse();
        assertThat(ran).containsExactly("end");
    }

    @Test
    void oneThatCancelsItselfTakesBackItsOwnRescheduleOnly() {
        AtomicReference<BottomHalf> self = new AtomicReference<>();
        self.set(context.newBottomHalf(() -> {
            self.get().schedule();
            self.get().cancel();
            ran.add("end");
        }));
        self.get().schedule();
        context.poll(false);
        assertThat(context.poll(false)).isFalse();

        self.get().schedule();

        assertThat(context.poll(false)).isTrue();
        assertThat(ran).containsExactly("end", "end");
    }

    @Test
    void whatAnEarlierHandlerOfTheSamePollCancelsDoesNotRun() {
        BottomHalf later = named("later");
        context.execute(later::cancel);
        later.schedule();
        scheduled("last");

        context.poll(false);

        assertThat(ran).containsExactly("last");
    }

    @Test
    void ofManyThatDeleteEachOtherOnlyTheFirstRuns() {
        List<BottomHalf> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            String name = Integer.toString(i);
            all.add(context.newBottomHalf(() -> {
                ran.add(name);
                all.forEach(BottomHalf::delete);
            }));
        }
        all.forEach(BottomHalf::schedule);

        context.poll(false);
        all.forEach(BottomHalf::schedule);

        assertThat(context.poll(false)).isFalse();
        assertThat(ran).containsExactly("0");
    }

    @Test
    void deleteDoesNotWaitForAHandlerThatHasBegun() throws Exception {
        AioContext loop = pools.closeAfterwards(AioContext.start("loop"));
        Gate gate = new Gate();
        CountDownLatch ended = new CountDownLatch(1);
        BottomHalf bottomHalf = loop.newBottomHalf(() -> {
            gate.passUninterruptibly();
            ended.countDown();
        });
        bottomHalf.schedule();
        gate.awaitArrived(1);

        bottomHalf.cancel();
        bottomHalf.delete();

        assertThat(ended.getCount()).isOne();
        gate.open();
        assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aScheduledOneIsKeptAlive() {
        WeakReference<BottomHalf> reference = new WeakReference<>(scheduled("a"));

        System.gc();

        assertThat(reference.get()).isNotNull();
        context.poll(false);
        assertThat(ran).containsExactly("a");
    }

    @Test
    void oneThatHasRunIsNotKept() {
        WeakReference<BottomHalf> reference = new WeakReference<>(scheduled("a"));

        context.poll(false);

        Await.unreachable("a bottom half that has run", reference);
    }

    @Test
    void oneCanceledAmongOthersThatStayScheduledIsNotKept() {
        Await.unreachable("a canceled bottom half", scheduledBetweenOthersThen(BottomHalf::cancel));
    }

    @Test
    void oneDeletedAmongOthersThatStayScheduledIsNotKept() {
        Await.unreachable("a deleted bottom half", scheduledBetweenOthersThen(BottomHalf::delete));
    }

    private WeakReference<BottomHalf> scheduledBetweenOthersThen(Consumer<BottomHalf> unscheduled) {
        scheduled("before");
        BottomHalf bottomHalf = scheduled("a");
        scheduled("after");
        unscheduled.accept(bottomHalf);
        return new WeakReference<>(bottomHalf);
    }

    @Test
    void theHandlerIsNotNull() {
        assertThatThrownBy(() -> context.newBottomHalf(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> context.execute(null)).isInstanceOf(NullPointerException.class);
        assertThat(context.poll(false)).isFalse();
    }
}
