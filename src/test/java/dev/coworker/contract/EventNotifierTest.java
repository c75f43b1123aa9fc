package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.AioContext;
import dev.coworker.EventNotifier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The flag, and how a context watches it. */
class EventNotifierTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AioContext context = pools.closeAfterwards(AioContext.manual());
    private final EventNotifier notifier = new EventNotifier();
    private final AtomicInteger runs = new AtomicInteger();

    private void attach() {
        context.setEventNotifier(notifier, this::handle);
    }

    private void handle() {
        assertThat(notifier.testAndClear()).isTrue();
        runs.incrementAndGet();
    }

    @Test
    void aNewNotifierIsNotSet() {
        assertThat(notifier.testAndClear()).isFalse();
    }

    @Test
    void aClosedContextRefusesAHandlerAndAttachesNothing() throws Exception {
        AioContext closed = AioContext.start("closed");
        closed.close();
        assertThatThrownBy(() -> closed.setEventNotifier(notifier, this::handle))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContainingAll(closed.toString(), "closed");
        closed.setEventNotifier(notifier, null); // what a clean-up may do
        attach();
        notifier.set();
        assertThat(context.poll(false)).isTrue();
        assertThat(runs).hasValue(1);
    }

    @Test
    void aBurstOfSetsIsClearedByOneTestAndClear() {
        notifier.set();
        notifier.set();

        assertThat(notifier.testAndClear()).isTrue();
        assertThat(notifier.testAndClear()).isFalse();
    }

    @Test
    void attachingOneThatIsNotSetRunsNothing() {
        attach();

        assertThat(context.poll(false)).isFalse();
        assertThat(runs).hasValue(0);
    }

    @Test
    void aPollRunsTheHandlerOfOneThatIsSet() {
        attach();
        notifier.set();
        notifier.set();

        assertThat(runs).hasValue(0);
        assertThat(context.poll(true)).isTrue();
        assertThat(context.poll(false)).isFalse();
        assertThat(runs).hasValue(1);
    }

    @Test
    void oneThatWasClearedBeforeThePollIsNotHandled() {
        attach();
        notifier.set();
        notifier.testAndClear();

        assertThat(context.poll(false)).isFalse();
        assertThat(runs).hasValue(0);
    }

    @Test
    void oneThatIsNotClearedIsHandledOnceInEachPoll() {
        context.setEventNotifier(notifier, runs::incrementAndGet);
        notifier.set();

        for (int poll = 1; poll <= 5; poll++) {
            assertThat(context.poll(poll % 2 == 0)).isTrue();
            assertThat(runs).hasValue(poll);
        }
        notifier.testAndClear();
        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void oneThatItsHandlerSetsAgainIsHandledInTheNextPoll() {
        context.setEventNotifier(notifier, () -> {
            handle();
            if (runs.get() < 10) {
                notifier.set();
            }
        });
        notifier.set();

        for (int poll = 1; poll <= 10; poll++) {
            assertThat(context.poll(true)).isTrue();
            assertThat(runs).hasValue(poll);
        }
        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void oneThatWasSetBeforeItWasAttachedIsHandled() {
        notifier.set();
        attach();

        assertThat(context.poll(true)).isTrue();
        assertThat(runs).hasValue(1);
    }

    @Test
    void anotherNotifierThatStaysSetDoesNotHoldUpOneThatIsWaitedFor() {
        EventNotifier neverCleared = new EventNotifier();
        AtomicInteger others = new AtomicInteger();
        context.setEventNotifier(neverCleared, others::incrementAndGet);
        attach();
        neverCleared.set();
        context.poll(true);
        assertThat(runs).hasValue(0);

        notifier.set();

        context.poll(true);
        assertThat(runs).hasValue(1);
        assertThat(others).hasValue(2);
    }

    @Test
    void aDetachedOneIsNotHandledAndStaysSet() {
        attach();
        notifier.set();

        context.setEventNotifier(notifier, null);

        assertThat(context.poll(false)).isFalse();
        assertThat(notifier.testAndClear()).isTrue();
        assertThat(runs).hasValue(0);
    }

    @Test
    void oneThatWasSetWhileDetachedIsHandledOnceItIsAttachedAgain() {
        attach();
        context.setEventNotifier(notifier, null);
        notifier.set();

        attach();

        assertThat(context.poll(false)).isTrue();
        assertThat(runs).hasValue(1);
    }

    @Test
    void detachingOneThatIsNotAttachedChangesNothing() {
        context.setEventNotifier(notifier, null);
        attach();
        context.setEventNotifier(new EventNotifier(), null);
        notifier.set();

        assertThat(context.poll(false)).isTrue();
        assertThat(runs).hasValue(1);
    }

    @Test
    void anotherHandlerReplacesTheFirst() {
        context.setEventNotifier(notifier, () -> {
            throw new AssertionError("replaced");
        });
        attach();
        notifier.set();

        assertThat(context.poll(false)).isTrue();
        assertThat(context.poll(false)).isFalse();
        assertThat(runs).hasValue(1);
    }

    @Test
    void attachingToASecondContextIsRefusedAndChangesNothing() {
        AioContext second = pools.closeAfterwards(AioContext.manual());
        attach();

        assertThatThrownBy(() -> second.setEventNotifier(notifier, runs::decrementAndGet))
                .isInstanceOf(IllegalStateException.class);

        notifier.set();
        assertThat(second.poll(false)).isFalse();
        assertThat(context.poll(false)).isTrue();
        assertThat(runs).hasValue(1);
    }

    @Test
    void detachingFromAContextItIsNotAttachedToChangesNothing() {
        AioContext second = pools.closeAfterwards(AioContext.manual());
        attach();

        second.setEventNotifier(notifier, null);

        assertThatThrownBy(() -> second.setEventNotifier(notifier, this::handle))
                .isInstanceOf(IllegalStateException.class);
        notifier.set();
        assertThat(context.poll(true)).isTrue();
        assertThat(runs).hasValue(1);
    }

    @Test
    void aDetachedOneMayBeAttachedToASecondContext() {
        AioContext second = pools.closeAfterwards(AioContext.manual());
        attach();
        context.setEventNotifier(notifier, null);

        second.setEventNotifier(notifier, this::handle);

        notifier.set();
        assertThat(context.poll(false)).isFalse();
        assertThat(second.poll(true)).isTrue();
    }

    @Test
    void ofManyThoseThatAreSetAreHandledAlsoWhenSomeWereDetached() {
        List<String> handled = new ArrayList<>();
        List<EventNotifier> notifiers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            String name = Integer.toString(i);
            EventNotifier each = new EventNotifier();
            notifiers.add(each);
            context.setEventNotifier(each, () -> handled.add(name + each.testAndClear()));
        }
        for (int detached : new int[] {0, 3, 5}) {
            context.setEventNotifier(notifiers.get(detached), null);
        }
        IntStream.of(0, 2, 3, 4).forEach(i -> notifiers.get(i).set());

        context.poll(false);

        assertThat(handled).containsExactlyInAnyOrder("2true", "4true");
        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void bottomHalvesRunBeforeNotifiers() {
        List<String> order = new ArrayList<>();
        context.setEventNotifier(notifier, () -> order.add("notifier " + notifier.testAndClear()));
        notifier.set();
        context.execute(() -> order.add("bottom half"));

        context.poll(false);

        assertThat(order).containsExactly("bottom half", "notifier true");
    }

    @Test
    void oneThatABottomHalfDetachesIsNotHandledInTheSamePoll() {
        attach();
        notifier.set();
        context.execute(() -> context.setEventNotifier(notifier, null));

        context.poll(false);

        assertThat(context.poll(false)).isFalse();
        assertThat(runs).hasValue(0);
    }

    @Test
    void oneThatTheHandlerOfAnotherDetachesIsNotHandledInTheSamePoll() {
        EventNotifier other = new EventNotifier();
        AtomicInteger handled = new AtomicInteger();
        context.setEventNotifier(notifier, () -> {
            handled.incrementAndGet();
            context.setEventNotifier(other, null);
        });
        context.setEventNotifier(other, () -> {
            handled.incrementAndGet();
            context.setEventNotifier(notifier, null);
        });
        notifier.set();
        other.set();

        context.poll(false);

        assertThat(handled).hasValue(1);
    }

    @Test
    void oneThatDetachesItselfIsHandledOnce() {
        context.setEventNotifier(notifier, () -> {
            runs.incrementAndGet();
            context.setEventNotifier(notifier, null);
        });
        notifier.set();

        assertThat(context.poll(false)).isTrue();
        assertThat(context.poll(false)).isFalse();
        assertThat(runs).hasValue(1);
    }

    @Test
    void theNotifierIsNotNull() {
        assertThatThrownBy(() -> context.setEventNotifier(null, runs::incrementAndGet))
                .isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> context.setEventNotifier(null, null)).isInstanceOf(NullPointerException.class);
    }
}
