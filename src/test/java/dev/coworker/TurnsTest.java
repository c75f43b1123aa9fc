package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Turns.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A slice's turns by themselves, without the pool that they are brought to. */
class TurnsTest {
    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

    private final SliceDispatcher slice = new SliceDispatcher(pools.open().dispatcher, "dns", 2);
    private final Turns turns = new Turns(2);
    private final Worker worker = new Worker(null, null);

    private Turn newTurn() {
        return new Turn(slice, new PlainRequest(() -> {}, null));
    }

    private Turn entered(Entry expected) {
        Turn turn = newTurn();
        assertThat(turns.enter(turn, true)).isEqualTo(expected);
        return turn;
    }

    private Turn begun() {
        Turn turn = entered(Entry.GIVEN);
        assertThat(turns.begin(turn, worker)).isNotNull();
        return turn;
    }

    private void assertGivenPendingActiveQueued(int given, int pending, int active, int queued) {
        ThreadPoolStats stats = turns.stats(0);
        assertThat(stats.curThreads()).as("given").isEqualTo(given);
        assertThat(stats.pendingThreads()).as("pending").isEqualTo(pending);
        assertThat(stats.active()).as("active").isEqualTo(active);
        assertThat(stats.queued()).as("queued").isEqualTo(queued);
        PoolOracle.assertBalanced(stats);
    }

    @Test
    void asManyTurnsAreGivenAsTheBoundAndTheOthersWait() {
        assertGivenPendingActiveQueued(0, 0, 0, 0);
        begun();
        entered(Entry.GIVEN);
        Turn waiting = entered(Entry.WAITING);
        assertThat(waiting.wasGiven).isFalse();
        assertGivenPendingActiveQueued(2, 1, 1, 2);
        assertThat(turns.max()).isEqualTo(2);
    }

    @Test
    void whoeverMayNotWaitHasTimedOutWhereNoTurnIsFree() {
        entered(Entry.GIVEN);
        Turn last = newTurn();
        assertThat(turns.enter(last, false)).isEqualTo(Entry.GIVEN);
        Turn late = newTurn();
        assertThat(turns.enter(late, false)).isEqualTo(Entry.NONE_FREE);
        assertThat(turns.remove(late.request, true)).isFalse();
        assertGivenPendingActiveQueued(2, 2, 0, 2);
        assertThat(turns.stats(0).submitted()).isEqualTo(3);
        assertThat(turns.stats(0).canceled()).isEqualTo(1);
        assertThat(turns.stats(0).timedOut()).isEqualTo(1);
    }

    @Test
    void aTurnThatEndsGoesToTheOldestThatWaits() {
        Turn completed = begun();
        Turn failed = begun();
        Turn third = entered(Entry.WAITING);
        Turn fourth = entered(Entry.WAITING);
        assertThat(turns.finished(completed, false)).isSameAs(third);
        assertThat(third.wasGiven).isTrue();
        assertThat(turns.finished(failed, true)).isSameAs(fourth);
        assertGivenPendingActiveQueued(2, 2, 0, 2);
        assertThat(turns.stats(0).completed()).isEqualTo(1);
        assertThat(turns.stats(0).failed()).isEqualTo(1);
        assertThat(turns.begin(third, worker)).isNotNull();
        assertThat(turns.finished(third, false)).isNull();
        assertGivenPendingActiveQueued(1, 1, 0, 1);
    }

    @Test
    void aRequestThatHasBegunIsNotWithdrawn() {
        Turn turn = begun();
        assertThat(turn.request.next).isNull();
        assertThat(turns.remove(turn.request, false)).isFalse();
        assertThat(turn.request.internalState()).isEqualTo(Request.ACTIVE);
        assertGivenPendingActiveQueued(1, 0, 1, 0);
    }

    @Test
    void aRequestThatWasWithdrawnDoesNotBeginAndItsTurnIsGivenUntilItIsEnded() {
        Turn turn = entered(Entry.GIVEN);
        begun();
        Turn next = entered(Entry.WAITING);
        assertThat(turns.remove(turn.request, false)).isTrue();
        assertThat(turn.late).isFalse();
        assertThat(turns.remove(turn.request, false)).isFalse();
        assertThat(turns.begin(turn, worker)).isNull();
        assertGivenPendingActiveQueued(2, 0, 1, 1);
        assertThat(turns.end(turn)).isSameAs(next);
        assertGivenPendingActiveQueued(2, 1, 1, 1);
    }

    @Test
    void aRequestThatWaitsLeavesTheOthersInOrder() {
        Turn ending = begun();
        Turn endingToo = begun();
        Turn first = entered(Entry.WAITING);
        Turn second = entered(Entry.WAITING);
        Turn third = entered(Entry.WAITING);
        Turn fourth = entered(Entry.WAITING);
        assertThat(turns.remove(second.request, true)).isTrue();
        assertThat(second.late).isTrue();
        assertThat(turns.remove(fourth.request, false)).isTrue();
        assertThat(turns.remove(first.request, false)).isTrue();
        Turn fifth = entered(Entry.WAITING);
        assertGivenPendingActiveQueued(2, 0, 2, 2);
        assertThat(turns.stats(0).timedOut()).isEqualTo(1);
        assertThat(turns.finished(endingToo, false)).isSameAs(third);
        assertThat(turns.finished(ending, false)).isSameAs(fifth);
    }

    @Test
    void whatIsCanceledByCloseIsWhatNoWorkerHasBegunOldestFirst() {
        Turn running = begun();
        Turn pending = entered(Entry.GIVEN);
        Turn first = entered(Entry.WAITING);
        Turn second = entered(Entry.WAITING);
        assertThat(turns.given()).containsExactly(running.request, pending.request);
        assertThat(turns.closeAndCancel()).containsExactly(pending.request, first.request, second.request);
        assertThat(turns.closeAndCancel()).isEmpty();
        assertGivenPendingActiveQueued(2, 0, 1, 0);
        entered(Entry.CLOSED);
        assertThat(turns.end(pending)).isNull();
        assertThat(turns.isDrained(0)).as("one still runs").isFalse();
        assertThat(turns.finished(running, false)).isNull();
        assertThat(turns.isDrained(0)).isTrue();
    }

    @Test
    void closeTakesNobodyMoreAndServesWhoeverWaits() {
        begun();
        Turn ending = begun();
        Turn waiting = entered(Entry.WAITING);
        assertThat(turns.isClosed()).isFalse();
        turns.close();
        assertThat(turns.isClosed()).isTrue();
        entered(Entry.CLOSED);
        assertThat(turns.stats(0).submitted()).isEqualTo(3);
        assertThat(turns.finished(ending, false)).isSameAs(waiting);
    }

    @Test
    void itIsDrainedWhenItIsClosedAndEveryCallbackWasDelivered() {
        Turn turn = new Turn(slice, new AioCall(slice, () -> 1, (value, failure) -> {}));
        assertThat(turns.enter(turn, true)).isEqualTo(Entry.GIVEN);
        assertThat(turns.begin(turn, worker)).isNotNull();
        assertThat(turns.finished(turn, false)).isNull();
        assertThat(turns.isDrained(1)).as("open").isFalse();
        turns.close();
        assertThat(turns.isDrained(0)).as("a callback is due").isFalse();
        assertThat(turns.isDrained(1)).isTrue();
    }

    @Test
    void whatTheSliceRejectedIsInItsStats() {
        assertThat(turns.stats(7).rejected()).isEqualTo(7);
    }
}
