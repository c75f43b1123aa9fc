package dev.coworker.internal.base;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A timer whose time passes only when the test says so. Its tasks run on the test's thread, earliest first. */
public final class ManualTimer extends Timer {
    private final Map<Task, Long> due = new LinkedHashMap<>(); // guarded by this
    private long now; // guarded by this
    private boolean refuses; // guarded by this

    /** As if no thread could be had for it. */
    public synchronized void refuse(boolean refuse) {
        refuses = refuse;
    }

    @Override
    public synchronized boolean schedule(Task task, long delayNanos) {
        if (!refuses) {
            due.merge(task, now + delayNanos, Math::min);
        }
        return !refuses;
    }

    @Override
    public synchronized void cancel(Task task) {
        due.remove(task);
    }

    /** Lets so much time pass, and runs what comes due meanwhile. */
    public void advance(Duration time) {
        long end;
        synchronized (this) {
            end = now + time.toNanos();
        }
        for (Task next; (next = takeDue(end)) != null; ) {
            next.run();
        }
        synchronized (this) {
            now = end;
        }
    }

    private synchronized Task takeDue(long end) {
        Map.Entry<Task, Long> first = due.entrySet().stream()
                .filter(entry -> entry.getValue() <= end)
                .min(Comparator.comparing(Map.Entry::getValue))
                .orElse(null);
        if (first == null) {
            return null;
        }
        now = first.getValue();
        due.remove(first.getKey());
        return first.getKey();
    }

    /** Returns in how long each scheduled task is due. */
    public synchronized List<Duration> delays() {
        List<Duration> delays = new ArrayList<>();
        due.values().forEach(at -> delays.add(Duration.ofNanos(at - now)));
        return delays;
    }
}
