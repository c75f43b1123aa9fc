package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The thread that rings for {@link WakeUps}. */
class AlarmClockTest {
    private static final long FOREVER = TimeUnit.DAYS.toNanos(1);

    private final AtomicInteger threads = new AtomicInteger();

    @Test
    void anAlarmRingsOnceItsTimeHasPassed() {
        long ringNanos = TimeUnit.MILLISECONDS.toNanos(20);
        AlarmClock clock = new AlarmClock(this::thread, ringNanos, FOREVER);
        long since = System.nanoTime();
        callerPutOff(new WakeUps(true, clock::set)).isResumed();
        assertThat(System.nanoTime() - since).isGreaterThanOrEqualTo(ringNanos);
    }

    @Test
    void oneThreadRingsForAllPoolsAgainAndAgain() throws Exception {
        AlarmClock clock = new AlarmClock(this::thread, 0, FOREVER);
        Callable<Void> pool = () -> {
            WakeUps wakeUps = new WakeUps(true, clock::set);
            for (int i = 0; i < 2_000; i++) {
                callerPutOff(wakeUps).isResumed();
            }
            return null;
        };
        Callers.Caller<Void> one = Callers.platform(pool);
        Callers.Caller<Void> other = Callers.platform(pool);
        one.result();
        other.result();
        assertThat(threads).hasValue(1);
    }

    @Test
    void aThreadThatEndsUnusedIsReplaced() {
        AlarmClock clock = new AlarmClock(this::thread, 0, 0);
        WakeUps wakeUps = new WakeUps(true, clock::set);
        for (int i = 0; i < 500; i++) {
            callerPutOff(wakeUps).isResumed();
        }
        assertThat(threads.get()).isGreaterThan(1);
    }

    @Test
    void anInterruptNeitherEndsItNorMakesItSpin() {
        Thread[] thread = new Thread[1];
        AlarmClock clock = new AlarmClock(task -> thread[0] = thread(task), 0, FOREVER);
        WakeUps wakeUps = new WakeUps(true, clock::set);
        callerPutOff(wakeUps).isResumed();
        Await.parked(thread[0]);
        thread[0].interrupt();
        Await.parked(thread[0]);
        callerPutOff(wakeUps).isResumed();
    }

    @Test
    void whereItCannotStartCallersAreResumedAtOnceAndItIsNotTriedAgainForAWhile() {
        AlarmClock clock = new AlarmClock(this::noThread, 0, FOREVER);
        WakeUps wakeUps = new WakeUps(true, clock::set);
        for (int i = 0; i < 3; i++) {
            callerPutOff(wakeUps).isResumed();
        }
        assertThat(wakeUps.isAnyPutOff()).isFalse();
        Parked next = new Parked();
        wakeUps.settled(next.request, true);
        next.isResumed();
        assertThat(threads).hasValue(1);
    }

    @Test
    void aStartThatFailedIsTriedAgainLater() {
        AlarmClock clock = new AlarmClock(task -> threads.get() < 3 ? noThread(task) : thread(task), 0, 0);
        WakeUps wakeUps = new WakeUps(true, clock::set);
        for (int i = 0; i < 3; i++) {
            callerPutOff(wakeUps).isResumed();
            assertThat(threads).hasValue(i + 1);
        }
        callerPutOff(wakeUps).isResumed();
        assertThat(threads).hasValue(4);
    }

    @Test
    void theClockOfTheJvmRingsWithinMillisecondsOnADaemonThatInheritsNothing() {
        assertThat(AlarmClock.RING_NANOS).isEqualTo(TimeUnit.MILLISECONDS.toNanos(1));
        WakeUps wakeUps = new WakeUps(true);
        long best = Long.MAX_VALUE;
        for (int i = 0; i < 50; i++) { // of which one finds the machine idle
            long since = System.nanoTime();
            callerPutOff(wakeUps).isResumed();
            best = Math.min(best, System.nanoTime() - since);
        }
        assertThat(best).isLessThan(5 * AlarmClock.RING_NANOS);
        Thread thread = Thread.getAllStackTraces().keySet().stream()
                .filter(each -> each.getName().equals("coworker-alarm-clock"))
                .findAny()
                .orElseThrow();
        assertThat(thread.isDaemon()).isTrue();
        assertThat(thread.getContextClassLoader()).isSameAs(ClassLoader.getSystemClassLoader());
        assertThat(thread.getThreadGroup().getParent()).isNull();
    }

    private Thread noThread(Runnable task) {
        threads.incrementAndGet();
        throw new OutOfMemoryError("a test's");
    }

    private Thread thread(Runnable task) {
        threads.incrementAndGet();
        return Thread.ofPlatform().daemon().unstarted(task);
    }

    private static Parked callerPutOff(WakeUps wakeUps) {
        long now = System.nanoTime();
        wakeUps.beat(now);
        wakeUps.beat(now);
        Parked caller = new Parked();
        wakeUps.settled(caller.request, true);
        return caller;
    }
}
