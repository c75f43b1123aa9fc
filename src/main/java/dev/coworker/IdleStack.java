package dev.coworker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The idle workers, a stack that a worker can also leave from the middle. Guarded by {@link Workers}' lock. */
final class IdleStack {
    private @Nullable Worker top;
    private int size;

    void push(Worker worker) {
        worker.order = Worker.Order.SLEEP;
        worker.below = top;
        if (top != null) {
            top.above = worker;
        }
        top = worker;
        size++;
    }

    /** The one that went idle last: its caches are warm, and the time of those below can run out. */
    @Nullable
    Worker pop(Worker.Order order) {
        Worker worker = top;
        if (worker != null) {
            remove(worker, order);
        }
        return worker;
    }

    void remove(Worker worker, Worker.Order order) {
        if (worker.above == null) {
            top = worker.below;
        } else {
            worker.above.below = worker.below;
        }
        if (worker.below != null) {
            worker.below.above = worker.above;
        }
        worker.above = null;
        worker.below = null;
        size--;
        worker.order = order;
    }

    void addTo(List<Worker> list) {
        for (Worker worker = top; worker != null; worker = worker.below) {
            list.add(worker);
        }
    }

    boolean isEmpty() {
        return top == null;
    }

    int size() {
        return size;
    }
}
