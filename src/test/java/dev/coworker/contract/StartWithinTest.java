package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartWithinTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate gate = new Gate();
    private final AtomicBoolean ran = new AtomicBoolean();

    /** A pool whose only worker stands at the gate. */
    private ThreadPool openStuck(int maxQueued) throws InterruptedException {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1).maxQueued(maxQueued));
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        return pool;
    }

    @Test
    void workThatIsStartedInTimeReturnsItsValue() throws Exception {
        ThreadPool pool = pools.open();
        String value = Callers.onVirtual(() -> pool.submitCo(() -> "in time", Duration.ofMinutes(1)));
        assertThat(value).isEqualTo("in time");
    }

    @Test
    void whatTheWorkThrowsComesThroughAsItself() throws Exception {
        ThreadPool pool = pools.open();
        IOException failure = new IOException("in time");
        Caller<Object> caller = Callers.virtual(() -> {
            pool.submitCo(
                    () -> {
                        throw failure;
                    },
                    Duration.ofMinutes(1));
            return null;
        });
        assertThat(caller.failure()).isSameAs(failure);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 2_000_000})
    void workThatIsNotStartedInTimeIsWithdrawnAndNeverRuns(long nanos) throws Exception {
        ThreadPool pool = openStuck(10);
        Callers.onVirtual(() -> {
            assertThatThrownBy(() -> pool.submitCo(() -> ran.set(true), Duration.ofNanos(nanos)))
                    .isInstanceOf(TimeoutException.class);
            ThreadPoolStats stats = pool.stats();
            assertThat(stats.queued()).isZero();
            assertThat(stats.canceled()).isOne();
            assertThat(stats.timedOut()).isOne();
            return null;
        });
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
        assertThat(pool.stats().completed()).isOne();
    }

    @Test
    void aCallerWithADeadlineParksUntilThen() throws Exception {
        ThreadPool pool = openStuck(10);
        Caller<String> caller = Callers.virtual(() -> pool.submitCo(() -> "late", Duration.ofMinutes(1)));
        Await.parked(caller.thread);
        gate.open();
        assertThat(caller.result()).isEqualTo("late");
    }

    @Test
    void workThatWasStartedInTimeMayTakeLonger() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Duration startWithin = Duration.ofMillis(20);
        Callers.until("a worker starts in time", () -> {
            AtomicBoolean started = new AtomicBoolean();
            long begin = System.nanoTime();
            try {
                return Callers.onVirtual(() -> pool.submitCo(
                        () -> {
                            started.set(true);
                            Callers.until("late", () -> System.nanoTime() - begin > 2 * startWithin.toNanos());
                            return true;
                        },
                        startWithin));
            } catch (TimeoutException e) {
                assertThat(started).isFalse();
                return false;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
    }

    @Test
    void zeroIsEnoughWhereAWorkerIsFree() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        for (int i = 0; i < 200; i++) {
            int n = i;
            int value = Callers.onVirtual(() -> pool.submitCo(() -> n, Duration.ZERO));
            assertThat(value).isEqualTo(i);
        }
    }

    @Test
    void zeroFindsTheWorkerFreeThatHasJustReturned() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        int sum = Callers.onVirtual(() -> {
            int total = 0;
            for (int i = 0; i < 1_000; i++) {
                total += pool.submitCo(() -> 1, Duration.ZERO);
            }
            return total;
        });
        assertThat(sum).isEqualTo(1_000);
    }

    @Test
    void zeroTakesTheLastFreeWorkerButNotOneMore() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<String> last = Callers.virtual(() -> pool.submitCo(
                () -> {
                    gate.pass();
                    return "last";
                },
                Duration.ZERO));
        gate.awaitArrived(1);
        Caller<Boolean> oneMore = Callers.virtual(() -> pool.submitCo(() -> ran.getAndSet(true), Duration.ZERO));
        assertThat(oneMore.failure()).isInstanceOf(TimeoutException.class);
        gate.open();
        assertThat(last.result()).isEqualTo("last");
        assertThat(ran).isFalse();
    }

    @Test
    void zeroDoesNotTakeAWorkerThatIsKeptForASlice() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(2));
        Slice slice = pool.sliceBuilder("kept").reserved(1).build();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Caller<Boolean> caller = Callers.virtual(() -> pool.submitCo(() -> ran.getAndSet(true), Duration.ZERO));
        assertThat(caller.failure()).isInstanceOf(TimeoutException.class).hasMessageContaining("no worker is free");
        assertThat(Callers.<Integer>onVirtual(() -> slice.submitCo(() -> 42, Duration.ZERO)))
                .isEqualTo(42);
        gate.open();
        assertThat(ran).isFalse();
    }

    @Test
    void negativeCountsAsZero() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        List<Duration> past = List.of(Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE));
        for (Duration startWithin : past) {
            assertThat(Callers.onVirtual(() -> pool.submitCo(() -> 42, startWithin)))
                    .isEqualTo(42);
        }
        pool.submit(gate::passUninterruptibly);
        gate.awaitArrived(1);
        for (Duration startWithin : past) {
            Caller<Boolean> caller = Callers.virtual(() -> pool.submitCo(() -> ran.getAndSet(true), startWithin));
            assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
        }
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
        assertThat(pool.stats().timedOut()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE / 1_000_000_000, Long.MAX_VALUE / 1_000_000_000 / 2})
    void hugeValuesSaturate(long seconds) throws Exception {
        ThreadPool pool = openStuck(10);
        Duration huge = Duration.ofSeconds(seconds, 999_999_999);
        Caller<String> caller = Callers.virtual(() -> pool.submitCo(() -> "at last", huge));
        Callers.until("queued", () -> pool.stats().queued() == 1);
        gate.open();
        assertThat(caller.result()).isEqualTo("at last");
    }

    @Test
    void theTimeInLineAtTheBoundCounts() throws Exception {
        ThreadPool pool = openStuck(1);
        pool.submit(() -> {});
        for (Duration startWithin : new Duration[] {Duration.ZERO, Duration.ofMillis(2)}) {
            Caller<Boolean> caller = Callers.virtual(() -> pool.submitCo(() -> ran.getAndSet(true), startWithin));
            assertThat(caller.failure()).isInstanceOf(TimeoutException.class);
            assertThat(pool.stats().waiting()).isZero();
        }
        assertThat(pool.stats().timedOut()).isEqualTo(2);
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
    }

    @Test
    void aPlaceThatComesFreeInTimeIsTaken() throws Exception {
        ThreadPool pool = openStuck(1);
        pool.submit(() -> {});
        Caller<String> caller = Callers.virtual(() -> pool.submitCo(() -> "placed", Duration.ofMinutes(1)));
        Callers.until("in line", () -> pool.stats().waiting() == 1);
        gate.open();
        assertThat(caller.result()).isEqualTo("placed");
    }

    @Test
    void anInterruptWithdrawsBeforeTheTimeIsOver() throws Exception {
        ThreadPool pool = openStuck(10);
        Caller<Boolean> caller =
                Callers.virtual(() -> pool.submitCo(() -> ran.getAndSet(true), Duration.ofMinutes(10)));
        Callers.until("queued", () -> pool.stats().queued() == 1);
        caller.thread.interrupt();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
        assertThat(pool.stats().canceled()).isOne();
        assertThat(pool.stats().timedOut()).isZero();
        gate.open();
        pool.close();
        assertThat(ran).isFalse();
    }

    @Test
    void theDeadlineAndTheStartNeverBothWin() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        for (int i = 0; i < 300; i++) {
            AtomicBoolean ranNow = new AtomicBoolean();
            Duration startWithin = Duration.ofNanos(1 + i % 30 * 1_000L);
            boolean returned = Callers.onVirtual(() -> {
                try {
                    pool.submitCo(() -> ranNow.set(true), startWithin);
                    return true;
                } catch (TimeoutException e) {
                    return false;
                }
            });
            Callers.onVirtual(() -> pool.submitCo(() -> null));
            assertThat(ranNow.get()).isEqualTo(returned);
        }
    }
}
