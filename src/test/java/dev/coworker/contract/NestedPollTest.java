package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.BottomHalf;
import dev.coworker.EventNotifier;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A handler that polls: what the nested poll runs, and what it leaves. */
class NestedPollTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final AioContext context = pools.closeAfterwards(AioContext.manual());
    private final List<String> ran = new ArrayList<>();

    private void scheduled(String name) {
        context.execute(() -> ran.add(name));
    }

    @Test
    void aNestedPollRunsWhatTheOuterOneHasNotReached() {
        context.execute(() -> {
            assertThat(context.poll(false)).isTrue();
            ran.add("outer");
        });
        scheduled("b");
        scheduled("c");

        assertThat(context.poll(false)).isTrue();
        assertThat(ran).containsExactly("b", "c", "outer");
        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void aNestedPollRunsWhatWasScheduledMeanwhile() {
        context.execute(() -> {
            scheduled("new");
            assertThat(context.poll(true)).isTrue();
            ran.add("outer");
        });
        scheduled("old");

        context.poll(false);

        assertThat(ran).containsExactly("old", "new", "outer");
    }

    @Test
    void aNestedPollDoesNotRunTheHandlerItIsNestedIn() {
        context.execute(() -> ran.add("nested " + context.poll(false)));

        context.poll(false);

        assertThat(ran).containsExactly("nested false");
    }

    @Test
    void oneThatReschedulesItselfRunsInAPollNestedInItsOwnHandler() {
        AtomicInteger depth = new AtomicInteger();
        AtomicReference<BottomHalf> self = new AtomicReference<>();
        self.set(context.newBottomHalf(() -> {
            if (depth.incrementAndGet() < 5) {
                self.get().schedule();
                assertThat(context.poll(true)).isTrue();
            }
            ran.add("depth " + depth.getAndDecrement());
        }));
        self.get().schedule();

        context.poll(false);

        assertThat(ran).containsExactly("depth 5", "depth 4", "depth 3", "depth 2", "depth 1");
        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void aNestedPollRunsTheNotifiersThatAreSet() {
        EventNotifier first = new EventNotifier();
        EventNotifier second = new EventNotifier();
        context.setEventNotifier(first, () -> {
            first.testAndClear();
            second.set();
            assertThat(context.poll(true)).isTrue();
            ran.add("first");
        });
        context.setEventNotifier(second, () -> {
            second.testAndClear();
            ran.add("second");
        });
        first.set();

        context.poll(false);

        assertThat(ran).containsExactly("second", "first");
        assertThat(context.poll(false)).isFalse();
    }

    @Test
    void whatANestedPollThrewInDoesNotReachTheOuterHandler() {
        IllegalStateException thrown = new IllegalStateException("nested");
        context.execute(() -> {
            assertThat(context.poll(false)).isTrue();
            ran.add("outer");
        });
        context.execute(() -> {
            throw thrown;
        });

        try (Log log = new Log()) {
            context.poll(false);

            assertThat(log.of(thrown)).hasSize(1);
        }
        assertThat(ran).containsExactly("outer");
    }
}
