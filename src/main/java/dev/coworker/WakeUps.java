package dev.coworker;

import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Callers whose outcome is there, and who are resumed in a moment, many at once: what network cards do with interrupts.
 *
 * <p>A caller is resumed from outside its scheduler, where a carrier has to look for it. Outcomes that come a microsecond apart
 * keep that carrier looking: it has too little to do, and never the time to park, and takes a processor from the workers. A batch
 * gives it something to do, and the workers the rest of the time.
 *
 * <p>Put off only where that is little to the caller: while as many requests as a batch are queued, so that it has waited for
 * as many itself, and while a batch takes less than half a millisecond. It is resumed with its batch; or with the
 * first outcome when fewer are queued; or, whatever the workers' next requests are up to, by the timer after a millisecond.
 *
 * <p>A stack, which anybody may take whole. Who has pushed sees to it that an alarm is set. The alarm unsets itself, then takes
 * the stack: so what was pushed is taken by it, or has another alarm ahead.
 */
final class WakeUps {
    /** How many outcomes make a batch. */
    static final int BATCH = 128;

    static final long LATEST_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    static final long PACE_NANOS = LATEST_NANOS / 2; // of a batch

    private final boolean enabled;
    private final Consumer<JvmTimer.Alarm> timer;
    private final JvmTimer.Alarm alarm = new JvmTimer.Alarm(() -> ring(System.nanoTime()));
    private final AtomicBoolean alarmSet = new AtomicBoolean();

    private final AtomicReference<@Nullable Request> newest = new AtomicReference<>(); // linked by `next`

    // hints, read and written by any worker at any time, and by the alarm
    private boolean atPace;
    private long lastBeat = System.nanoTime() - LATEST_NANOS;

    WakeUps(boolean enabled) {
        this(enabled, alarm -> JvmTimer.after(LATEST_NANOS, alarm));
    }

    WakeUps(boolean enabled, Consumer<JvmTimer.Alarm> timer) {
        this.enabled = enabled;
        this.timer = timer;
    }

    /** The caller's outcome is published: resumes it now or, while many are queued, in a moment. */
    void settled(CoRequest caller, boolean manyQueued) {
        if (!manyQueued || !atPace) {
            caller.settled();
            resumeAll();
        } else if (caller.hasWaiter()) { // who has not come to park yet will see the outcome
            putOff(caller);
        }
    }

    private void putOff(CoRequest caller) {
        Request before;
        do {
            before = newest.get();
            caller.next = before;
        } while (!newest.compareAndSet(before, caller));
        if (!alarmSet.get() && alarmSet.compareAndSet(false, true)) {
            timer.accept(alarm);
        }
    }

    /** The {@link #BATCH}-th outcome since the last of these calls: its batch is full, and tells how fast they come. */
    void beat() {
        if (enabled) {
            beat(System.nanoTime());
        }
    }

    void beat(long now) {
        atPace = now - lastBeat < PACE_NANOS;
        lastBeat = now;
        resumeAll();
    }

    /** The alarm: nobody has waited for longer than a millisecond, and where no beat came meanwhile, nobody is to. */
    void ring(long now) {
        alarmSet.set(false);
        if (now - lastBeat >= PACE_NANOS) {
            atPace = false;
        }
        resumeAll();
    }

    boolean isAnyPutOff() {
        return newest.get() != null;
    }

    /** Resumes all who were put off until now, the longest first. */
    private void resumeAll() {
        if (isAnyPutOff()) {
            for (Request each = reversed(newest.getAndSet(null)); each != null; ) {
                Request later = each.next;
                each.next = null;
                resume(each);
                each = later;
            }
        }
    }

    private static @Nullable Request reversed(@Nullable Request newest) {
        Request reversed = null;
        for (Request each = newest; each != null; ) {
            Request elder = each.next;
            each.next = reversed;
            reversed = each;
            each = elder;
        }
        return reversed;
    }

    /** What goes wrong with one is not the next one's loss. */
    private static void resume(Request caller) {
        try {
            caller.settled();
        } catch (Throwable e) {
            AioContext.logQuietly(Level.ERROR, "could not tell of a request's end: ", caller, "", e);
        }
    }
}
