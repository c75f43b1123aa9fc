package dev.coworker;

import static dev.coworker.Interleavings.explore;

import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Callers that are put off are resumed, with others or by the alarm. */
class WakeUpsInterleavingTest {

    @Test
    void aCallerThatIsPutOffIsResumed() throws Exception {
        explore("two callers put off, the alarm", () -> {
            WakeUps wakeUps = Actor.share(new WakeUps(true));
            long now = System.nanoTime(); // which stands still
            wakeUps.beat(now);
            wakeUps.beat(now);
            CoRequest first = running();
            CoRequest second = running();
            Actor firstCaller = Actor.start(() -> await(first));
            Actor secondCaller = Actor.start(() -> await(second));
            Actor worker = Actor.start(() -> settle(wakeUps, second));
            settle(wakeUps, first);
            if (wakeUps.isAnyPutOff()) {
                JvmTimer.tick();
            }
            worker.end();
            while (wakeUps.isAnyPutOff()) {
                JvmTimer.tick();
            }
            Actor.end(firstCaller, secondCaller);
        });
    }

    @Test
    void aBatchAndTheAlarmAtOnceLoseNobody() throws Exception {
        explore("a caller put off, its batch full, the alarm", () -> {
            WakeUps wakeUps = Actor.share(new WakeUps(true));
            long now = System.nanoTime();
            wakeUps.beat(now);
            wakeUps.beat(now);
            CoRequest request = running();
            Actor caller = Actor.start(() -> await(request));
            Actor other = Actor.start(() -> wakeUps.beat(now));
            settle(wakeUps, request);
            wakeUps.ring(now);
            other.end();
            caller.end();
        });
    }

    private static CoRequest running() {
        CoRequest request = Actor.share(new CoRequest((Action<RuntimeException>) () -> {}));
        request.begin(new Worker(null, null));
        return request;
    }

    private static void settle(WakeUps wakeUps, CoRequest request) {
        request.publish(1, false);
        wakeUps.settled(request, true);
    }

    private static void await(CoRequest request) {
        request.announceWaiter();
        while (!request.isReached()) {
            LockSupport.park();
        }
    }
}
