package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** The moments in which a home thread goes to sleep, moves on or ends, and something is scheduled just before. */
class ScheduleLawsTest {
    private final AtomicBoolean urgent = new AtomicBoolean();
    private final Schedule schedule = new Schedule(AioContext.manual(), urgent::get, false);
    private final BottomHalf bottomHalf = AioContext.manual().newBottomHalf(() -> {});

    /** A deadline that only a defect reaches. */
    private static long soon() {
        return AioContext.deadlineAfter(TimeUnit.SECONDS.toNanos(1));
    }

    @Test
    void aHomeThreadDoesNotSleepOverWhatIsScheduled() {
        schedule.add(bottomHalf);

        assertThat(schedule.sleep(soon())).isTrue();
    }

    @Test
    void aHomeThreadDoesNotSleepOverANotifierThatIsSet() {
        urgent.set(true);

        assertThat(schedule.sleep(soon())).isTrue();
    }

    @Test
    void aHomeThreadDoesNotSleepOnceEverythingIsClosed() {
        schedule.close();

        assertThat(schedule.sleep(Long.MAX_VALUE)).isFalse();
    }

    @Test
    void aSleepEndsAtItsDeadline() {
        assertThat(schedule.sleep(System.nanoTime())).isFalse();
        assertThat(schedule.sleep(System.nanoTime() + 1_000)).isFalse();
    }

    @Test
    void aHomeThreadDoesNotMoveOnFromWhatIsScheduled() {
        schedule.add(bottomHalf);
        assertThat(schedule.becomeDormant()).isFalse();

        schedule.remove(bottomHalf, false);

        assertThat(schedule.becomeDormant()).isTrue();
    }

    @Test
    void aHomeThreadDoesNotMoveOnFromANotifierThatIsSet() {
        urgent.set(true);

        assertThat(schedule.becomeDormant()).isFalse();
    }

    @Test
    void aLoopEndsOnlyOnceItIsClosedAndNothingIsLeft() {
        assertThat(schedule.becomeDormantIfClosed()).isFalse();
        schedule.add(bottomHalf);
        schedule.close();
        assertThat(schedule.becomeDormantIfClosed()).isFalse();

        schedule.takeFirst(Long.MAX_VALUE);

        assertThat(schedule.becomeDormantIfClosed()).isTrue();
    }

    @Test
    void theOneWhoEndsDormancyActivatesTheHome() {
        assertThat(schedule.becomeDormant()).isTrue();

        assertThat(schedule.add(bottomHalf)).isTrue();
        assertThat(schedule.add(AioContext.manual().newBottomHalf(() -> {}))).isFalse();
        assertThat(schedule.rouse()).isFalse();
    }

    @Test
    void aNotifierThatIsSetEndsDormancyToo() {
        assertThat(schedule.becomeDormant()).isTrue();

        assertThat(schedule.rouse()).isTrue();
        assertThat(schedule.add(bottomHalf)).isFalse();
    }

    @Test
    void aHomeThatIsAwakeNeedsNoActivation() {
        assertThat(schedule.add(bottomHalf)).isFalse();
        assertThat(schedule.rouse()).isFalse();
    }

    @Test
    void whatAHomeThreadThatLooksByItselfLeavesBehindActivatesTheHome() {
        assertThat(schedule.becomeDormant()).isTrue();
        assertThat(schedule.beginPoll(1)).isTrue();
        assertThat(schedule.add(bottomHalf)).isFalse();

        assertThat(schedule.endPoll()).isTrue();
        assertThat(schedule.rouse()).as("it is active now").isFalse();
    }

    @Test
    void aLookWithinAnotherLeavesTheRestToThatOne() {
        assertThat(schedule.becomeDormant()).isTrue();
        schedule.beginPoll(2);
        schedule.beginPoll(2);
        schedule.add(bottomHalf);

        assertThat(schedule.endPoll()).as("the inner one's").isFalse();
        assertThat(schedule.endPoll()).as("the outer one's").isTrue();
    }

    @Test
    void aHomeThreadThatLeavesNothingBehindStaysDormant() {
        assertThat(schedule.becomeDormant()).isTrue();
        schedule.beginPoll(1);

        assertThat(schedule.endPoll()).isFalse();
        assertThat(schedule.add(bottomHalf)).isTrue();
    }

    @Test
    void aHomeThreadThatGoesOnNeedsNoActivationForWhatItsOwnLookLeaves() {
        schedule.beginPoll(1);
        schedule.add(bottomHalf);

        assertThat(schedule.endPoll()).isFalse();
    }

    @Test
    void looksNestAsDeepAsToldAndNoDeeper() {
        assertThat(schedule.isPolled()).isFalse();
        assertThat(schedule.beginPoll(1)).isTrue();
        assertThat(schedule.beginPoll(1)).isFalse();
        assertThat(schedule.isPolled()).isTrue();

        schedule.endPoll();

        assertThat(schedule.isPolled()).isFalse();
    }

    @Test
    void aClosedScheduleWithNothingLeftIsNotActivated() {
        assertThat(schedule.becomeDormant()).isTrue();
        schedule.close();

        assertThat(schedule.rouse()).isFalse();
    }

    @Test
    void aClosedScheduleTakesNothing() {
        schedule.close();

        assertThatThrownBy(() -> schedule.add(bottomHalf)).isInstanceOf(RejectedExecutionException.class);
        assertThat(schedule.takeFirst(Long.MAX_VALUE)).isNull();
    }
}
