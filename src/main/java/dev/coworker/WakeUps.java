package dev.coworker;

import java.lang.System.Logger.Level;
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
 * <p>Put off only where that is little to the caller: while as many requests as a batch are queued behind it, and while the
 * last batch took less than half a millisecond. It is resumed with its batch; or with the first caller whose outcome comes when fewer
 * are queued, or when a worker finds nothing; or, whatever the workers' next requests are up to, by an alarm after a millisecond.
 *
 * <p>A stack, which anybody may take whole. Who has pushed sees to it that the alarm is set. The alarm unsets itself, then takes
 * the stack: so what was pushed is taken by it, or has another alarm ahead.
 */
final class WakeUps {
    /** How many values make a batch; failures come along, but do not count. */
    static final int BATCH = 128;

    static final long PACE_NANOS = AlarmClock.RING_NANOS / 2; // of a batch

    private static final Level SEVERITY = Level.ERROR; // loaded now, not when there may be no memory

    private final boolean enabled;
    private final Consumer<WakeUps> clock;

    private final AtomicReference<@Nullable Request> newest = new AtomicReference<>(); // linked by `next`
    private final AtomicBoolean alarmSet = new AtomicBoolean();

    @Nullable
    WakeUps nextAlarm; // the clock's

    // hints, read and written by any worker at any time, and by the alarm
    private boolean atPace;
    private long lastBeat = System.nanoTime() - PACE_NANOS; // so that the first one tells nothing

    WakeUps(boolean enabled) {
        this(enabled, AlarmClock.OF_THE_JVM::set);
    }

    WakeUps(boolean enabled, Consumer<WakeUps> clock) {
        this.enabled = enabled;
        this.clock = clock;
        // the JVM links these calls when they are first made, for which it needs memory: now
        newest.compareAndSet(null, newest.getAndSet(null));
        alarmSet.compareAndSet(false, false);
    }

    /** The caller's outcome is published: resumes it now or, while many are queued, in a moment. */
    void settled(CoRequest caller, boolean manyQueued) {
        if (!manyQueued || !atPace) {
            resumeAll();
            caller.settled();
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
            clock.accept(this);
        }
    }

    /** Since the last of these calls, {@link #BATCH} more values were counted: a full batch, which tells how fast they come. */
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

    /** The alarm: nobody is to wait any longer and, where no beat came for as long as a batch may take, nobody for the next one. */
    void ring(long now) {
        alarmSet.set(false);
        if (now - lastBeat >= PACE_NANOS) {
            atPace = false;
        }
        resumeAll();
    }

    /** There is no clock to set an alarm by. */
    void callOff() {
        alarmSet.set(false);
        atPace = false;
        resumeAll();
    }

    boolean isAnyPutOff() {
        return newest.get() != null;
    }

    /** Resumes all who were put off until now, the longest first. */
    void resumeAll() {
        if (isAnyPutOff()) {
            for (Request each = Completions.oldestFirst(newest.getAndSet(null)); each != null; ) {
                Request later = each.next;
                each.next = null;
                resume(each);
                each = later;
            }
        }
    }

    /** What goes wrong with one is not the next one's loss. */
    private static void resume(Request caller) {
        try {
            caller.settled();
        } catch (Throwable e) {
            AioContext.logQuietly(SEVERITY, "could not tell of a request's end: ", caller, "", e);
        }
    }
}
