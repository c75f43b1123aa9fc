package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Whose turn it is among the notifiers of a context that are all set, and stay so. */
class NotifiersTest {
    private final AioContext context = AioContext.manual();
    private final Notifiers notifiers = new Notifiers();
    private final List<String> ran = new ArrayList<>();

    private EventNotifier attached(String name) {
        EventNotifier notifier = new EventNotifier();
        notifier.set();
        notifiers.put(context, notifier, () -> ran.add(name));
        return notifier;
    }

    private void run(int most) {
        AtomicInteger left = new AtomicInteger(most);
        notifiers.run(Runnable::run, () -> left.getAndDecrement() > 0);
    }

    @Test
    void whereABudgetEndsTheNextRunGoesOn() {
        attached("a");
        attached("b");
        attached("c");
        run(2);
        run(2);
        run(1);
        assertThat(ran).containsExactly("a", "b", "c", "a", "b");
    }

    @Test
    void aRunThatReachedAllBeginsWithTheFirstAgain() {
        attached("a");
        attached("b");
        run(2);
        run(1);
        assertThat(ran).containsExactly("a", "b", "a");
    }

    @Test
    void aTurnThatWasDetachedIsTheFirstOnes() {
        attached("a");
        EventNotifier last = attached("b");
        run(1);
        notifiers.put(context, last, null);
        run(1);
        assertThat(ran).containsExactly("a", "a");
    }
}
