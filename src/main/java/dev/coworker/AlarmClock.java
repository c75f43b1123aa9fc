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
 * <p>The thread is a daemon, started when first needed. It ends when no alarm was set for a while, so that it pins no class loader.
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
    private boolean running;

    private volatile @Nullable Thread thread; // once it runs

    AlarmClock(Function<Runnable, Thread> factory, long ringNanos, long idleNanos) {
        this.factory = factory;
        this.ringNanos = ringNanos;
        this.idleNanos = idleNanos;
    }

    /** The alarm is not set yet: it will ring once, or be called off before this returns. */
    void set(WakeUps alarm) {
        boolean starts;
        boolean wakes;
        lock.lock();
        try {
            starts = !running;
            running = true;
            wakes = first == null;
            alarm.nextAlarm = first;
            first = alarm;
        } finally {
            lock.unlock();
        }
        if (starts) {
            start();
        } else if (wakes) {
            LockSupport.unpark(thread); // null: it has yet to look
        }
    }

    private void start() {
        try {
            factory.apply(this::run).start();
        } catch (Throwable e) {
            for (WakeUps each = takeAll(true); each != null; ) {
                WakeUps next = each.nextAlarm;
                each.nextAlarm = null;
                each.callOff();
                each = next;
            }
        }
    }

    private void run() {
        thread = Thread.currentThread();
        while (awaitAlarm()) {
            sleep();
            for (WakeUps each = takeAll(false); each != null; ) {
                WakeUps next = each.nextAlarm;
                each.nextAlarm = null; // before it rings: from then on it may be set again
                each.ring(System.nanoTime());
                each = next;
            }
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

    private @Nullable WakeUps takeAll(boolean failed) {
        lock.lock();
        try {
            WakeUps all = first;
            first = null;
            if (failed) {
                running = false;
            }
            return all;
        } finally {
            lock.unlock();
        }
    }
}
