package dev.coworker;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Rings alarms some time after they were set, on a thread that does nothing else. Not the JVM's timer: that runs other people's
 * code, which may hold it up, and needs memory for each task. An alarm needs none, and where the thread cannot be had, it
 * is called off at once.
 *
 * <p>The thread is a daemon, started when first needed. It ends when no alarm was set for a while, so that it pins no class loader;
 * after a failed start, none is tried for as long.
 */
final class AlarmClock {
    static final long RING_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);
    static final AlarmClock OF_THE_JVM =
            new AlarmClock(clock -> Home.newIndependentThread("coworker-alarm-clock", clock), RING_NANOS, IDLE_NANOS);

    private final Function<Runnable, Thread> factory;
    private final long ringNanos;
    private final long idleNanos;
    private final Mutex lock = new Mutex();

    // guarded by lock
    private @Nullable WakeUps first; // linked by `nextAlarm`
    private boolean running; // or about to
    private long nextStartNanos = System.nanoTime();

    private volatile @Nullable Thread thread; // the last that ran

    AlarmClock(Function<Runnable, Thread> factory, long ringNanos, long idleNanos) {
        this.factory = factory;
        this.ringNanos = ringNanos;
        this.idleNanos = idleNanos;
    }

    /** The alarm is not set yet: it will ring once, or be called off by whoever finds that there is no thread. */
    void set(WakeUps alarm) {
        boolean starts;
        boolean wakes = false;
        boolean mayStart;
        lock.lock();
        try {
            starts = !running;
            mayStart = !starts || System.nanoTime() - nextStartNanos >= 0;
            if (mayStart) {
                running = true;
                wakes = first == null;
                alarm.nextAlarm = first;
                first = alarm;
            }
        } finally {
            lock.unlock();
        }
        if (!mayStart) {
            alarm.callOff();
        } else if (starts) {
            start();
        } else if (wakes) {
            LockSupport.unpark(thread); // in vain when that one has ended, and the next has yet to look
        }
    }

    private void start() {
        try {
            factory.apply(this::run).start();
        } catch (Throwable e) {
            giveUp();
        }
    }

    private void run() {
        thread = Thread.currentThread();
        try {
            while (awaitAlarm()) {
                sleep();
                tell(takeAll(), true);
            }
        } catch (Throwable e) {
            giveUp(); // the JVM had no memory to link a call
        }
    }

    /** There is no thread: nobody waits for it, nor tries to start one for a while. */
    private void giveUp() {
        WakeUps all;
        lock.lock();
        try {
            all = first;
            first = null;
            running = false;
            nextStartNanos = System.nanoTime() + idleNanos;
        } finally {
            lock.unlock();
        }
        tell(all, false);
    }

    private static void tell(@Nullable WakeUps alarms, boolean ring) {
        for (WakeUps each = alarms; each != null; ) {
            WakeUps next = each.nextAlarm;
            each.nextAlarm = null; // before it is told: from then on it may be set again
            if (ring) {
                each.ring(System.nanoTime());
            } else {
                each.callOff();
            }
            each = next;
        }
    }

    /** Returns false when the thread is to end, and another will be started on need. */
    private boolean awaitAlarm() {
        long deadline = System.nanoTime() + idleNanos;
        for (; ; ) {
            long left = deadline - System.nanoTime();
            lock.lock();
            try {
                if (first != null) {
                    return true;
                }
                if (left <= 0) {
                    running = false;
                    return false;
                }
            } finally {
                lock.unlock();
            }
            LockSupport.parkNanos(left);
            Thread.interrupted();
        }
    }

    private void sleep() {
        long deadline = System.nanoTime() + ringNanos;
        for (long left; (left = deadline - System.nanoTime()) > 0; ) {
            LockSupport.parkNanos(left);
            Thread.interrupted();
        }
    }

    private @Nullable WakeUps takeAll() {
        lock.lock();
        try {
            WakeUps all = first;
            first = null;
            return all;
        } finally {
            lock.unlock();
        }
    }
}
