package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Admission.Entry;
import dev.coworker.Callers.Caller;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
    /** Notes who is told of a verdict, as whoever brings a slice's turn is. */
    private static final class Standing extends Admission.Waiter {
        private final String name;
        private final List<String> told;

        Standing(String name, List<String> told) {
            this.name = name;
            this.told = told;
        }

        @Override
        void told() {
            told.add(name + " " + verdict);
        }
    }

    private static final long NO_DEADLINE = Long.MAX_VALUE;

    private final List<String> told = new ArrayList<>();

    private static Caller<Entry> enterInLine(Admission admission, long deadlineNanos) {
        int before = admission.waiting();
        Caller<Entry> caller = Callers.virtual(() -> admission.enter(deadlineNanos));
        Callers.until("it waits", () -> admission.waiting() == before + 1);
        return caller;
    }

    @Test
    void thereAreAsManyPlacesAsTheBound() {
        Admission admission = new Admission(2);
        assertThat(admission.places()).isEqualTo(2);
        assertThat(admission.tryEnter()).isEqualTo(Entry.ADMITTED);
        assertThat(admission.tryEnter()).isEqualTo(Entry.ADMITTED);
        assertThat(admission.tryEnter()).isEqualTo(Entry.FULL);
        admission.leave();
        assertThat(admission.tryEnter()).isEqualTo(Entry.ADMITTED);
    }

    @Test
    void aPlaceThatComesFreeWhileSomebodyWaitsIsNeverSeenFree() throws Exception {
        Admission admission = new Admission(1);
        admission.tryEnter();
        List<Caller<Entry>> line = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            line.add(enterInLine(admission, NO_DEADLINE));
        }
        for (Caller<Entry> oldest : line) {
            admission.leave();
            assertThat(admission.tryEnter()).isEqualTo(Entry.FULL);
            assertThat(oldest.result()).isEqualTo(Entry.ADMITTED);
            assertThat(admission.tryEnter()).isEqualTo(Entry.FULL);
        }
        admission.leave();
        assertThat(admission.isIdle()).isTrue();
    }

    @Test
    void placesAreGivenInTheOrderOfArrival() throws Exception {
        Admission admission = new Admission(3);
        for (int i = 0; i < 3; i++) {
            admission.tryEnter();
        }
        List<Caller<Entry>> line = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            line.add(enterInLine(admission, NO_DEADLINE));
        }
        for (int served = 0; served < 6; served++) {
            admission.leave();
            assertThat(line.get(served).result()).isEqualTo(Entry.ADMITTED);
            for (Caller<Entry> later : line.subList(served + 1, 6)) {
                assertThat(later.isDone()).isFalse();
            }
        }
    }

    @Test
    void aDeadlineThatIsOverStillTakesAPlaceThatIsFree() throws Exception {
        Admission admission = new Admission(1);
        assertThat(admission.enter(System.nanoTime() - 1)).isEqualTo(Entry.ADMITTED);
        assertThat(admission.enter(System.nanoTime() - 1)).isEqualTo(Entry.TIMED_OUT);
        assertThat(admission.waiting()).isZero();
    }

    @Test
    void whoWaitsIsAdmittedAfterCloseAndNobodyElse() throws Exception {
        Admission admission = new Admission(1);
        admission.tryEnter();
        Caller<Entry> waiting = enterInLine(admission, NO_DEADLINE);
        admission.close();
        assertThat(admission.tryEnter()).isEqualTo(Entry.CLOSED);
        assertThat(admission.enter(NO_DEADLINE)).isEqualTo(Entry.CLOSED);
        admission.leave();
        assertThat(waiting.result()).isEqualTo(Entry.ADMITTED);
    }

    @Test
    void whoeverWaitsCanBeSentAway() throws Exception {
        Admission admission = new Admission(1);
        admission.tryEnter();
        List<Caller<Entry>> line = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            line.add(enterInLine(admission, NO_DEADLINE));
        }
        admission.close();
        admission.cancelWaiting();
        for (Caller<Entry> caller : line) {
            assertThat(caller.result()).isEqualTo(Entry.CANCELED);
        }
        assertThat(admission.waiting()).isZero();
        assertThat(admission.isIdle()).isFalse();
        admission.leave();
        assertThat(admission.isIdle()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPlaceGivenToOneWhoIsInterruptedIsPassedOn(boolean interruptFirst) throws Exception {
        for (int round = 0; round < 300; round++) {
            Admission admission = new Admission(1);
            admission.tryEnter();
            Caller<Entry> first = enterInLine(admission, NO_DEADLINE);
            Caller<Entry> second = enterInLine(admission, NO_DEADLINE);
            CyclicBarrier both = new CyclicBarrier(2);
            Caller<Void> other = Callers.platform(() -> {
                both.await();
                if (interruptFirst) {
                    admission.leave();
                } else {
                    first.thread.interrupt();
                }
                return null;
            });
            both.await();
            if (interruptFirst) {
                first.thread.interrupt();
            } else {
                admission.leave();
            }
            other.result();
            boolean admitted;
            try {
                admitted = first.result() == Entry.ADMITTED;
            } catch (InterruptedException e) {
                admitted = false;
            }
            if (admitted) {
                assertThat(second.isDone()).isFalse();
                admission.leave();
            }
            assertThat(second.result()).as("round %s", round).isEqualTo(Entry.ADMITTED);
            admission.leave();
            assertThat(admission.isIdle()).as("round %s", round).isTrue();
        }
    }

    @Test
    void aPlaceGivenToOneWhoseTimeIsOverIsTakenOrPassedOn() throws Exception {
        for (int round = 0; round < 100; round++) {
            Admission admission = new Admission(1);
            admission.tryEnter();
            long deadline = System.nanoTime() + 300_000;
            Caller<Entry> first = Callers.virtual(() -> admission.enter(deadline));
            Callers.until("its time is nearly over", () -> System.nanoTime() - deadline > -50_000);
            admission.leave();
            if (first.result() == Entry.ADMITTED) {
                assertThat(admission.tryEnter()).isEqualTo(Entry.FULL);
                admission.leave();
            }
            assertThat(admission.isIdle()).as("round %s", round).isTrue();
            assertThat(admission.waiting()).isZero();
        }
    }

    private Standing inLine(Admission admission, String name) {
        Standing turn = new Standing(name, told);
        assertThat(admission.enterAccepted(turn)).isEqualTo(Entry.FULL);
        return turn;
    }

    @Test
    void whatWasAcceptedBeforeTakesAPlaceAlsoAfterClose() {
        Admission admission = new Admission(1);
        admission.close();
        assertThat(admission.enterAccepted(new Standing("first", told))).isEqualTo(Entry.ADMITTED);
        inLine(admission, "second");
        assertThat(admission.waiting()).isEqualTo(1);
        assertThat(told).isEmpty();
        admission.leave();
        assertThat(told).containsExactly("second ADMITTED");
        assertThat(admission.waiting()).isZero();
        assertThat(admission.isIdle()).isFalse();
        admission.leave();
        assertThat(admission.isIdle()).isTrue();
    }

    @Test
    void whoeverDoesNotStandInLineIsNotCounted() {
        Admission admission = new Admission(1);
        assertThat(admission.enterAccepted(null)).isEqualTo(Entry.ADMITTED);
        assertThat(admission.enterAccepted(null)).isEqualTo(Entry.FULL);
        assertThat(admission.waiting()).isZero();
        assertThat(admission.leaveLine(new Standing("elsewhere", told))).isFalse();
        admission.leave();
        assertThat(admission.isIdle()).isTrue();
    }

    @Test
    void whoeverLeavesTheLineIsToldNothingAndTheOthersStayInOrder() {
        Admission admission = new Admission(1);
        admission.tryEnter();
        Standing first = inLine(admission, "first");
        Standing second = inLine(admission, "second");
        inLine(admission, "third");
        Standing fourth = inLine(admission, "fourth");
        assertThat(admission.leaveLine(second)).isTrue();
        assertThat(admission.leaveLine(second)).isFalse();
        assertThat(admission.leaveLine(fourth)).isTrue();
        assertThat(admission.leaveLine(first)).isTrue();
        inLine(admission, "fifth");
        assertThat(admission.waiting()).isEqualTo(2);
        for (int i = 0; i < 3; i++) {
            admission.leave();
        }
        assertThat(told).containsExactly("third ADMITTED", "fifth ADMITTED");
        assertThat(admission.isIdle()).isTrue();
    }

    @Test
    void whoeverHasAPlaceCannotLeaveTheLine() {
        Admission admission = new Admission(1);
        admission.tryEnter();
        Standing turn = inLine(admission, "turn");
        admission.leave();
        assertThat(admission.leaveLine(turn)).isFalse();
        assertThat(admission.tryEnter()).isEqualTo(Entry.FULL);
    }

    @Test
    void whoeverIsSentAwayIsToldSoAndCannotLeaveTheLine() {
        Admission admission = new Admission(1);
        admission.tryEnter();
        Standing first = inLine(admission, "first");
        inLine(admission, "second");
        admission.cancelWaiting();
        assertThat(told).containsExactly("first CANCELED", "second CANCELED");
        assertThat(admission.leaveLine(first)).isFalse();
        assertThat(admission.waiting()).isZero();
    }

    @Test
    void withoutABoundThereIsAlwaysAPlaceAndNoLine() throws Exception {
        Admission admission = new Admission(Admission.UNBOUNDED);
        assertThat(admission.isBounded()).isFalse();
        for (int i = 0; i < 3; i++) {
            assertThat(admission.tryEnter()).isEqualTo(Entry.ADMITTED);
            assertThat(admission.enter(NO_DEADLINE)).isEqualTo(Entry.ADMITTED);
            assertThat(admission.enterAccepted(null)).isEqualTo(Entry.ADMITTED);
        }
        assertThat(admission.isIdle()).isTrue();
        admission.leave();
        assertThat(admission.isIdle()).isTrue();
    }
}
