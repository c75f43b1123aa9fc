package dev.coworker.internal.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.coworker.contract.Callers;
import dev.coworker.contract.Callers.Caller;
import dev.coworker.contract.Gate;
import dev.coworker.internal.base.Timer;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A worker comes to a request whose deadline for the start has passed before the timer does: here the timer stands. */
class LateStartTest {
    @RegisterExtension
    final TimedPool timed = new TimedPool();

    private static final long MOMENT = TimeUnit.MILLISECONDS.toNanos(1);

    private final Gate gate = new Gate();
    private final AtomicBoolean ran = new AtomicBoolean();

    private Object pass() throws InterruptedException {
        gate.pass();
        return null;
    }

    /** Returns the value, or what was thrown. */
    private static Object call(
            Pool pool, Callable<?> work, long startNanos, long endNanos, BlockingRequest.Canceller canceller) {
        try {
            return pool.call(
                    new BlockingRequest(null, work), new BlockingRequest.Terms(startNanos, endNanos, canceller));
        } catch (Throwable e) {
            return e;
        }
    }

    @Test
    void theWorkerCancelsItAndGivesItsPlaceAndItsPermitBack() throws Exception {
        Pool pool = timed.open(0, 1, 1, null);
        Lane lane = pool.openLane("slice", 0, 1, Pool.UNBOUNDED);
        timed.submit(() -> {
            gate.pass();
            return null;
        });
        timed.loop.poll(false);
        gate.awaitArrived(1);
        long startNanos = TimeUnit.MILLISECONDS.toNanos(1);
        BlockingRequest request = new BlockingRequest(lane, () -> ran.getAndSet(true));
        Caller<Object> caller = Callers.platform(() -> {
            try {
                return pool.call(request, new BlockingRequest.Terms(startNanos, Timer.NO_DEADLINE, null));
            } catch (Throwable e) {
                return e;
            }
        });
        timed.until("it is queued", now -> now.queued() == 1);
        Callers.until("its deadline has passed", request::hasExpired);
        AtomicBoolean next = new AtomicBoolean();
        pool.submit(new Request.FireAndForget(lane, () -> next.getAndSet(true), null)); // waits for the permit
        gate.open();
        assertThat(caller.result()).isInstanceOf(TimeoutException.class);
        Callers.until("the permit went on", next::get);
        timed.until("all have ended", now -> now.active() == 0);
        assertThat(ran).isFalse();
        assertThat(timed.counters().timedOut()).isOne();

        Gate held = new Gate();
        for (int i = 0; i < 2; i++) {
            timed.submit(() -> {
                held.pass();
                return null;
            });
        }
        held.awaitArrived(1);
        assertThatExceptionOfType(RejectedExecutionException.class)
                .as("two places, not one more")
                .isThrownBy(() -> timed.submit(() -> null));
        held.open();
    }

    @Test
    void aCallThatHasEndedLeavesNoDeadlineWithTheTimer() throws Exception {
        Pool pool = timed.open(0, 1, null);
        BlockingRequest request = new BlockingRequest(null, () -> 42);
        long hour = TimeUnit.HOURS.toNanos(1);
        Caller<Object> caller = Callers.platform(() -> {
            try {
                return pool.call(request, new BlockingRequest.Terms(hour, 2 * hour, null));
            } catch (Throwable e) {
                return e;
            }
        });
        timed.until("it is queued", now -> now.queued() == 1);
        Callers.until(
                "its deadline is set", () -> timed.timer.delays().stream().anyMatch(delay -> delay.toMinutes() > 50));
        timed.loop.poll(false);
        assertThat(caller.result()).isEqualTo(42);
        assertThat(timed.timer.delays()).noneMatch(delay -> delay.toMinutes() > 50);
    }

    @Test
    void aCallerKeepsItsDeadlineItselfWhereTheTimerHasNoThread() throws Exception {
        Pool pool = timed.open(0, 1, null);
        timed.submit(this::pass);
        timed.loop.poll(false);
        gate.awaitArrived(1);
        timed.timer.refuse(true);
        assertThat(call(pool, () -> ran.getAndSet(true), MOMENT, Timer.NO_DEADLINE, null))
                .isInstanceOf(TimeoutException.class);
        gate.open();
        timed.until("all have ended", now -> now.active() == 0);
        assertThat(ran).isFalse();
        assertThat(timed.counters().timedOut()).isOne();
    }

    @Test
    void andCallsTheCancellerItself() throws Exception {
        Pool pool = timed.open(1, 1, null);
        timed.loop.poll(false);
        timed.timer.refuse(true);
        AtomicReference<Thread> canceller = new AtomicReference<>();
        AtomicBoolean begun = new AtomicBoolean();
        Callable<?> work = () -> {
            begun.set(true);
            return pass();
        };
        while (!begun.get()) { // the time may be over before
            Object outcome = call(pool, work, Timer.NO_DEADLINE, 20 * MOMENT, worker -> {
                canceller.set(Thread.currentThread());
                gate.open();
            });
            assertThat(outcome).isInstanceOf(TimeoutException.class);
        }
        assertThat(canceller).hasValue(Thread.currentThread());
    }
}
