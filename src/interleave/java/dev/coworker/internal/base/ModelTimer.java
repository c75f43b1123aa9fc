package dev.coworker.internal.base;

import java.util.ArrayList;
import java.util.List;

/**
 * A timer for models: in an interleaving, time is a thread like any other. What is due within less than the 10 ms after
 * which the timer takes over a worker's start, such as a retry, happens when {@link #tick} is called. What is due later
 * never happens.
 */
public final class ModelTimer extends Timer {
    private static final long HORIZON_NANOS = 10_000_000;

    private final List<Task> due = new ArrayList<>();

    @Override
    public synchronized boolean schedule(Task task, long delayNanos) {
        if (delayNanos < HORIZON_NANOS && !due.contains(task)) {
            due.add(task);
            notifyAll();
        }
        return true;
    }

    @Override
    public synchronized void cancel(Task task) {
        due.remove(task);
    }

    /** Waits for something that is due, and runs it. */
    public void tick() throws InterruptedException {
        Task first;
        synchronized (this) {
            while (due.isEmpty()) {
                wait();
            }
            first = due.remove(0);
        }
        first.run();
    }
}
