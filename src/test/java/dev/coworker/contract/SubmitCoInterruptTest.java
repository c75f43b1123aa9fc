package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class SubmitCoInterruptTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final AtomicBoolean ran = new AtomicBoolean();

    /** A pool whose only worker stands at the gate. */
    private ThreadPool openStuck() throws InterruptedException {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        return pool;
    }

    @Test
    void interruptedBeforeTheCallItNeverSubmits() throws Exception {
        ThreadPool pool = pools.open();
        Caller<Object> caller = Callers.virtual(() -> {
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> pool.submitCo(() -> ran.set(true))).isInstanceOf(InterruptedException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            return null;
        });
        caller.result();
        pool.close();
        assertThat(ran).isFalse();
        assertThat(pool.stats().submitted()).isZero();
    }

    @Test
    void interruptedWhileQueuedItIsWithdrawnAtOnceAndNeverRuns() throws Exception {
        ThreadPool pool = openStuck();
        Caller<Object> caller = Callers.virtual(() -> {
            assertThatThrownBy(() -> pool.submitCo(() -> ran.set(true))).isInstanceOf(InterruptedException.class);
            assertThat(Thread.currentThread().isInterrupted()).isFalse();
            assertThat(pool.stats().queued()).isZero();
            assertThat(pool.stats().canceled()).isOne();
            return null;
        });
        Callers.until("queued", () -> pool.stats().queued() == 1);
        caller.thread.interrupt();
        caller.result();
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
        assertThat(pool.stats().timedOut()).isZero();
    }

    @Test
    void interruptedAfterTheStartItWaitsAndReturnsTheResultWithTheStatusSet() throws Exception {
        ThreadPool pool = pools.open();
        Caller<String> caller = Callers.virtual(() -> {
            String value = pool.submitCo(() -> {
                gate.pass();
                return "result";
            });
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            return value;
        });
        gate.awaitArrived(1);
        caller.thread.interrupt();
        Await.parked(caller.thread);
        assertThat(caller.isDone()).isFalse();
        gate.open();
        assertThat(caller.result()).isEqualTo("result");
    }

    @Test
    void interruptedAfterTheStartItThrowsTheFailureWithTheStatusSet() throws Exception {
        ThreadPool pool = pools.open();
        IOException failure = new IOException("late");
        Caller<Object> caller = Callers.virtual(() -> {
            assertThatThrownBy(() -> pool.submitCo(() -> {
                        gate.pass();
                        throw failure;
                    }))
                    .isSameAs(failure);
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
            return null;
        });
        gate.awaitArrived(1);
        caller.thread.interrupt();
        Await.parked(caller.thread);
        gate.open();
        caller.result();
    }

    @Test
    void everyFurtherInterruptIsWaitedOutToo() throws Exception {
        ThreadPool pool = pools.open();
        Caller<Boolean> caller = Callers.virtual(() -> {
            pool.submitCo(gate::pass);
            return Thread.interrupted();
        });
        gate.awaitArrived(1);
        for (int i = 0; i < 3; i++) {
            caller.thread.interrupt();
            Await.parked(caller.thread);
        }
        gate.open();
        assertThat(caller.result()).isTrue();
    }

    @Test
    void anInterruptOfTheCallerDoesNotReachTheWorker() throws Exception {
        ThreadPool pool = pools.open();
        Caller<Boolean> caller = Callers.virtual(() -> pool.submitCo(() -> {
            gate.pass();
            return Thread.currentThread().isInterrupted();
        }));
        gate.awaitArrived(1);
        caller.thread.interrupt();
        Await.parked(caller.thread);
        gate.open();
        assertThat(caller.result()).isFalse();
    }

    @Test
    void withoutAnInterruptTheStatusStaysClear() throws Exception {
        ThreadPool pool = pools.open();
        boolean interrupted = Callers.onVirtual(() -> {
            pool.submitCo(() -> Thread.currentThread().interrupt());
            return Thread.currentThread().isInterrupted();
        });
        assertThat(interrupted).isFalse();
    }

    @Test
    void interruptedInLineAtTheBoundItLeavesTheLine() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).maxQueued(1));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        pool.submit(() -> {});
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(() -> ran.set(true));
            return null;
        });
        Callers.until("in line", () -> pool.stats().waiting() == 1);
        caller.thread.interrupt();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        assertThat(pool.stats().waiting()).isZero();
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
    }

    /** The interrupt meets the submit, the start and the end of the work, as chance has it. */
    @Test
    void whereverTheInterruptComesTheWorkEitherRanOrWasWithdrawn() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        int withdrawn = 0;
        for (int i = 0; i < 500; i++) {
            AtomicBoolean ranNow = new AtomicBoolean();
            Caller<Boolean> caller = Callers.virtual(() -> {
                try {
                    pool.submitCo(() -> ranNow.set(true));
                    assertThat(ranNow).isTrue();
                    return true;
                } catch (InterruptedException e) {
                    assertThat(Thread.currentThread().isInterrupted()).isFalse();
                    return false;
                }
            });
            for (int spin = i % 50 * 20; spin > 0; spin--) {
                Thread.onSpinWait();
            }
            caller.thread.interrupt();
            boolean returned = caller.result();
            Callers.onVirtual(() -> pool.submitCo(() -> null));
            assertThat(ranNow.get()).isEqualTo(returned);
            withdrawn += returned ? 0 : 1;
        }
        ThreadPoolStats stats = pool.stats();
        assertThat(stats.completed()).isEqualTo(500L + 500 - withdrawn);
        assertThat(stats.canceled()).isLessThanOrEqualTo(withdrawn);
    }
}
