package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Admission.Entry;
import dev.coworker.Callers.Caller;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What becomes of callers on their way in, and who is told: with the pool's parts in reach, so that none of it is a race. */
class DispatcherTest {
    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

    private final Gate gate = new Gate();
    private final AtomicBoolean done = new AtomicBoolean();
    private ThreadPool pool;
    private Dispatcher dispatcher;

    /** One worker, which stands at the gate, and one place in the queue. */
    @BeforeEach
    void openBusy() throws Exception {
        pool = pools.open(
                ThreadPool.builder().maxThreads(1).maxQueued(1).uncaughtExceptionHandler((thread, interrupted) -> {}));
        dispatcher = pool.dispatcher;
        pool.submit(gate::pass);
        gate.awaitArrived(1);
    }

    @AfterEach
    void openTheGate() {
        gate.open();
    }

    /** As close does, but for something that the test decides on. */
    private Caller<Boolean> waiter() {
        Caller<Boolean> waiter = Callers.platform(() -> dispatcher.waiters.await(null, done::get, Long.MAX_VALUE));
        Await.parked(waiter.thread);
        return waiter;
    }

    private Caller<Integer> callInLine(Duration startWithin) {
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 1, startWithin));
        Callers.until("it is in line", () -> dispatcher.admission.waiting() == 1);
        return caller;
    }

    private Caller<Integer> callIfFree() {
        return Callers.virtual(() -> pool.submitCo(() -> 1, Duration.ZERO));
    }

    @Test
    void whoWaitsLooksAgainWhenACallerInLineIsInterrupted() throws Exception {
        pool.submit(() -> {});
        Caller<Integer> caller = callInLine(Duration.ofMinutes(1));
        Caller<Boolean> waiter = waiter();
        done.set(true);
        caller.thread.interrupt();
        assertThat(waiter.result()).isTrue();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void whoWaitsLooksAgainWhenACallersTimeInLineIsOver() throws Exception {
        pool.submit(() -> {});
        Caller<Boolean> waiter = waiter();
        done.set(true);
        assertThat(callIfFree().failure()).isInstanceOf(TimeoutException.class);
        assertThat(waiter.result()).isTrue();
    }

    @Test
    void whoWaitsLooksAgainWhenACallerFindsNoWorkerFree() throws Exception {
        Caller<Boolean> waiter = waiter();
        done.set(true);
        assertThat(callIfFree().failure()).isInstanceOf(TimeoutException.class);
        assertThat(waiter.result()).isTrue();
        assertThat(dispatcher.admission.isIdle()).isTrue();
    }

    @Test
    void whoWaitsLooksAgainWhenARequestIsWithdrawn() throws Exception {
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 1));
        Callers.until("it is queued", () -> pool.stats().queued() == 1);
        Caller<Boolean> waiter = waiter();
        done.set(true);
        caller.thread.interrupt();
        assertThat(waiter.result()).isTrue();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
    }

    /** Between its place in the queue and the queue itself, close gave up on those who were not there yet. */
    @Test
    void aCallerThatCloseOvertakesOnItsWayGivesItsPlaceBackAndWhoWaitsLooksAgain() throws Exception {
        Caller<Boolean> waiter = waiter();
        assertThat(dispatcher.queue.closeAndCancel()).isEmpty();
        done.set(true);
        assertThat(callIfFree().failure()).isInstanceOf(CancellationException.class);
        assertThat(waiter.result()).isTrue();
        assertThat(dispatcher.admission.isIdle()).isTrue();
    }

    /** Another closer gave up on draining; this one waits for the caller whose place came at that moment. */
    @Test
    void closeReturnsWhenTheLastCallerOnItsWayFindsTheQueueClosed() throws Exception {
        gate.open();
        Callers.until("the worker idles", () -> pool.stats().idleThreads() == 1);
        assertThat(dispatcher.admission.tryEnter()).isEqualTo(Entry.ADMITTED);
        Caller<Integer> caller = callInLine(Duration.ofMinutes(1));
        Caller<Object> closer = Callers.platform(() -> {
            pool.close();
            return null;
        });
        Await.parked(closer.thread);
        assertThat(dispatcher.queue.closeAndCancel()).isEmpty();
        dispatcher.admission.leave();
        assertThat(caller.failure()).isInstanceOf(CancellationException.class);
        closer.result();
    }

    @Test
    void closeWithADurationSendsAwayWhoWaitsBehindOneThatIsSlowToLeave() throws Exception {
        pool.submit(() -> {});
        Admission.Waiter slow = new Admission.Waiter() {
            @Override
            void told() {}
        };
        assertThat(dispatcher.admission.enterAccepted(slow)).isEqualTo(Entry.FULL);
        Caller<Integer> caller = Callers.virtual(() -> pool.submitCo(() -> 1));
        Callers.until("it is in line", () -> dispatcher.admission.waiting() == 2);
        assertThat(pool.close(Duration.ZERO)).isTrue();
        assertThat(caller.failure()).isInstanceOf(CancellationException.class);
        assertThat(slow.verdict).isEqualTo(Entry.CANCELED);
    }
}
