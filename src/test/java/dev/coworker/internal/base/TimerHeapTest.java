package dev.coworker.internal.base;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TimerHeapTest {
    private static final Comparator<Timer.Task> IN_ORDER =
            Comparator.<Timer.Task>comparingLong(task -> task.dueNanos).thenComparingLong(task -> task.sequence);

    private final Timer.Heap heap = new Timer.Heap();
    private final TreeSet<Timer.Task> model = new TreeSet<>(IN_ORDER);
    private long lastSequence;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void theFirstIsAlwaysTheOneThatIsDueFirst(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 20_000; i++) {
            boolean grows = i / 1_000 % 2 == 0;
            if (model.isEmpty() || random.nextInt(3) < (grows ? 2 : 1)) {
                add(random.nextInt(1_000));
            } else {
                remove(random.nextBoolean() ? model.first() : any(random));
            }
            assertThat(heap.first()).isSameAs(model.isEmpty() ? null : model.first());
        }
    }

    @Test
    void thoseOfTheSameTimeKeepTheirOrder() {
        List<Timer.Task> added = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            added.add(add(7));
        }
        assertThat(drained()).isEqualTo(added);
    }

    @Test
    void aTimeBeyondTheOverflowIsLater() {
        Timer.Task beyond = add(Long.MIN_VALUE + 10);
        Timer.Task before = add(Long.MAX_VALUE - 10);
        assertThat(drained()).containsExactly(before, beyond);
    }

    private List<Timer.Task> drained() {
        List<Timer.Task> drained = new ArrayList<>();
        for (Timer.Task first; (first = heap.first()) != null; drained.add(first)) {
            heap.remove(first);
        }
        return drained;
    }

    private Timer.Task add(long dueNanos) {
        Timer.Task task = new Timer.Task(() -> {});
        task.dueNanos = dueNanos;
        task.sequence = ++lastSequence;
        heap.add(task);
        model.add(task);
        return task;
    }

    private void remove(Timer.Task task) {
        heap.remove(task);
        model.remove(task);
    }

    private Timer.Task any(Random random) {
        Timer.Task from = new Timer.Task(() -> {});
        from.dueNanos = random.nextInt(1_000);
        Timer.Task any = model.ceiling(from);
        return any != null ? any : model.last();
    }
}
