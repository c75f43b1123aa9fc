package dev.coworker;

import java.util.ArrayList;
import java.util.List;

/**
 * The models' timer, in front of the JVM's on their class path: in an interleaving, time is a thread like any other. What is
 * due within less than the 10 ms of a take-over, a retry above all, happens when {@link #tick} is called; what is due
 * later, never.
 */
final class JvmTimer {
    private static final long HORIZON_NANOS = 10_000_000;

    /** As the JVM's; here there is always memory for it. */
    record Alarm(Runnable task) {}

    private static List<Runnable> due = new ArrayList<>();

    private JvmTimer() {}

    static void ready() {}

    static synchronized void after(long nanos, Runnable task) {
        if (nanos < HORIZON_NANOS) {
            due.add(task);
            JvmTimer.class.notifyAll();
        }
    }

    static void after(long nanos, Alarm alarm) {
        after(nanos, alarm.task());
    }

    static void owe(Alarm alarm) {
        after(0, alarm);
    }

    /** Waits for something that is due, and runs it. */
    static void tick() throws InterruptedException {
        Runnable first;
        synchronized (JvmTimer.class) {
            while (due.isEmpty()) {
                JvmTimer.class.wait();
            }
            first = due.remove(0);
        }
        first.run();
    }

    static synchronized void reset() {
        due = new ArrayList<>();
    }
}
