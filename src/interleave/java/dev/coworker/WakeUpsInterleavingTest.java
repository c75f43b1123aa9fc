package dev.coworker;

import static dev.coworker.Interleavings.explore;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Callers that are put off are resumed, with others or by the alarm. */
class WakeUpsInterleavingTest {

    @Test
    void aCallerThatIsPutOffIsResumed() throws Exception {
        explore("two callers put off, the alarm", () -> {
            WakeUps wakeUps = atPace(set -> JvmTimer.after(0, () -> set.ring(System.nanoTime())));
            Caller first = new Caller();
            Caller second = new Caller();
            Actor worker = Actor.start(() -> second.settle(wakeUps));
            first.settle(wakeUps);
            if (wakeUps.isAnyPutOff()) {
                JvmTimer.tick();
            }
            worker.end();
            while (wakeUps.isAnyPutOff()) {
                JvmTimer.tick();
            }
            Actor.end(first.actor, second.actor);
        });
    }

    @Test
    void aBatchAndTheAlarmAtOnceLoseNobody() throws Exception {
        explore("two callers put off, their batch full, the alarm", () -> {
            WakeUps wakeUps = atPace(set -> {});
            Caller first = new Caller();
            Caller second = new Caller();
            first.settle(wakeUps);
            second.settle(wakeUps);
            Actor other = Actor.start(() -> wakeUps.beat(System.nanoTime()));
            wakeUps.ring(System.nanoTime());
            Actor.end(other, first.actor, second.actor);
        });
    }

    /** The clock's thread ends whenever there is nothing to ring. */
    @Test
    void theAlarmsOfTwoPoolsRing() throws Exception {
        explore("two pools, one clock that ends and starts again", 4, () -> {
            AlarmClock clock = Actor.share(new AlarmClock(Thread::new, 0, 0));
            WakeUps firstPool = atPace(clock::set);
            WakeUps secondPool = atPace(clock::set);
            Caller first = new Caller();
            Caller second = new Caller();
            Caller third = new Caller();
            Actor worker = Actor.start(() -> second.settle(secondPool));
            first.settle(firstPool);
            third.settle(firstPool);
            Actor.end(worker, first.actor, second.actor, third.actor);
        });
    }

    @Test
    void aClockThatCannotStartLeavesNobodyPutOff() throws Exception {
        explore("two pools, a clock without a thread", 4, () -> {
            AlarmClock clock = Actor.share(new AlarmClock(
                    task -> {
                        throw new OutOfMemoryError("a model's");
                    },
                    0,
                    0));
            WakeUps firstPool = atPace(clock::set);
            WakeUps secondPool = atPace(clock::set);
            Caller first = new Caller();
            Caller second = new Caller();
            Caller third = new Caller();
            Actor worker = Actor.start(() -> {
                second.settle(secondPool);
                third.settle(firstPool);
            });
            first.settle(firstPool);
            Actor.end(worker, first.actor, second.actor, third.actor);
        });
    }

    private static WakeUps atPace(Consumer<WakeUps> clock) {
        WakeUps wakeUps = Actor.share(new WakeUps(true, clock));
        wakeUps.beat(System.nanoTime()); // which stands still
        wakeUps.beat(System.nanoTime());
        return wakeUps;
    }

    /** It is about to park, or has. */
    private static final class Caller {
        final CoRequest request = Actor.share(new CoRequest((Action<RuntimeException>) () -> {}));
        final Actor actor;

        Caller() throws InterruptedException {
            request.begin(new Worker(null, null));
            CountDownLatch announced = new CountDownLatch(1);
            actor = Actor.start(() -> {
                request.announceWaiter();
                announced.countDown();
                while (!request.isReached()) {
                    LockSupport.park();
                }
            });
            announced.await();
        }

        void settle(WakeUps wakeUps) {
            request.publish(1, false);
            wakeUps.settled(request, true);
        }
    }
}
