package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The sleep of the worker that would spin. */
class NapTest {
    private static final long SHORT_TURN_NANOS = Nap.LONG_TURN_NANOS - TimeUnit.MICROSECONDS.toNanos(1);
    private static final int UNTIL_THE_AVERAGE_IS_THERE = 2_000;

    @RegisterExtension
    final PoolOracle pools = new PoolOracle();

    private final Yielding callers = new Yielding(true);
    private final Nap nap = new Nap(callers);
    private long now = System.nanoTime();

    @Test
    void thereIsNoneBeforeACallerHasYielded() {
        assertThat(nap.isDue(now)).isFalse();
    }

    @Test
    void itIsDueWhileTurnsAreLong() {
        turns(UNTIL_THE_AVERAGE_IS_THERE, Nap.LONG_TURN_NANOS + TimeUnit.MICROSECONDS.toNanos(1));
        assertThat(nap.isDue(now)).isTrue();
        turns(UNTIL_THE_AVERAGE_IS_THERE, SHORT_TURN_NANOS);
        assertThat(nap.isDue(now)).isFalse();
    }

    @Test
    void aFewLongTurnsAmongShortOnesAreACarrierWithoutAProcessor() {
        turns(UNTIL_THE_AVERAGE_IS_THERE, TimeUnit.MICROSECONDS.toNanos(100));
        turns(8, TimeUnit.MILLISECONDS.toNanos(3));
        assertThat(nap.isDue(now)).isFalse();
        turns(64, TimeUnit.MILLISECONDS.toNanos(3));
        assertThat(nap.isDue(now)).isTrue();
    }

    @Test
    void itIsNotDueOnceTheCallersAreGone() {
        turns(UNTIL_THE_AVERAGE_IS_THERE, 2 * Nap.LONG_TURN_NANOS);
        assertThat(nap.isDue(now + Yielding.RECENT_NANOS - 1)).isTrue();
        assertThat(nap.isDue(now + Yielding.RECENT_NANOS)).isFalse();
    }

    @Test
    void whereTimersAreCoarseItIsNotDueForAWhile() {
        turns(UNTIL_THE_AVERAGE_IS_THERE, 2 * Nap.LONG_TURN_NANOS);
        nap.ended(now - Nap.TOO_LONG_NANOS + 1, now);
        assertThat(nap.isDue(now)).isTrue();
        nap.ended(now - Nap.TOO_LONG_NANOS, now);
        now += Nap.REST_NANOS - Yielding.RECENT_NANOS;
        turns(1, 2 * Nap.LONG_TURN_NANOS);
        assertThat(nap.isDue(now + Yielding.RECENT_NANOS - 3)).isFalse();
        now += Yielding.RECENT_NANOS;
        turns(1, 2 * Nap.LONG_TURN_NANOS);
        assertThat(nap.isDue(now)).isTrue();
    }

    @Test
    void aWorkerThatNapsTakesWhatWasSubmittedMeanwhile() throws Exception {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "no worker naps on one processor");
        long[] nanos = new long[51];
        for (int i = 0; i < nanos.length; i++) {
            nanos[i] = Callers.virtual(this::nanosBehindALongTurn).result();
        }
        Arrays.sort(nanos);
        assertThat(nanos[nanos.length / 2]).isGreaterThan(Nap.NANOS / 2);
    }

    /** On a pool of its own: one whose worker once overslept, for want of a processor, takes no nap for a while. */
    private long nanosBehindALongTurn() throws InterruptedException {
        try (ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1))) {
            longTurnEnds(pool.dispatcher.yielding);
            assertThat(pool.submitCo(() -> 1)).isEqualTo(1);
            long since = System.nanoTime();
            assertThat(pool.submitCo(() -> 2)).isEqualTo(2);
            return System.nanoTime() - since;
        }
    }

    private static void longTurnEnds(Yielding callers) {
        long now = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            callers.turnEnded(now - 2 * Nap.LONG_TURN_NANOS, now);
        }
    }

    private void turns(int count, long nanos) {
        for (int i = 0; i < count; i++) {
            now += 1;
            callers.turnEnded(now - nanos, now);
        }
    }
}
