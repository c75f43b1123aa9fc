package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioRequest;
import dev.coworker.AioRequest.State;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Work that never returns, and takes no notice of an interrupt, costs its worker and nothing else. */
class NeverEndingWorkTest {
    private static final int STUCK = 3;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Gate never = new Gate();

    @AfterEach
    void end() {
        never.open();
    }

    /** A pool of which so many workers are stuck, one of them for each layer. */
    private ThreadPool stuck(int maxThreads) throws InterruptedException {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(maxThreads));
        pool.submit(never::passUninterruptibly);
        pool.submitAio(
                () -> {
                    never.passUninterruptibly();
                    return null;
                },
                (value, failure) -> {});
        Callers.virtual(() -> {
            pool.submitCo(never::passUninterruptibly);
            return null;
        });
        never.awaitArrived(STUCK);
        return pool;
    }

    @Test
    void theOtherWorkersServeEveryLayer() throws Exception {
        ThreadPool pool = stuck(STUCK + 1);
        Outcome<String> outcome = new Outcome<>();
        for (int i = 0; i < 100; i++) {
            int number = i;
            pool.submit(() -> {});
            assertThat(Callers.<Integer>onVirtual(() -> pool.submitCo(() -> number)))
                    .isEqualTo(number);
        }
        pool.submitAio(() -> "called back", outcome);
        assertThat(outcome.value()).isEqualTo("called back");
        assertThat(pool.stats().active()).isEqualTo(STUCK);
        assertThat(pool.stats().curThreads()).isEqualTo(STUCK + 1);
    }

    @Test
    void whereItHasEveryWorkerWhatIsQueuedCanBeWithdrawn() throws Exception {
        ThreadPool pool = stuck(STUCK);
        Outcome<String> outcome = new Outcome<>();
        AioRequest<String> queued = pool.submitAio(() -> "never", outcome);
        assertThat(queued.cancel()).isTrue();
        assertThat(outcome.failure()).isInstanceOf(CancellationException.class);
        Caller<String> caller = Callers.virtual(() -> pool.submitCo(() -> "never"));
        Callers.until("queued", () -> pool.stats().queued() == 1);
        caller.thread.interrupt();
        assertThat(caller.failure()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void anotherWorkerServesAgainAfterMaxWasRaised() throws Exception {
        ThreadPool pool = stuck(STUCK);
        Caller<String> caller = Callers.virtual(() -> pool.submitCo(() -> "served"));
        Callers.until("queued", () -> pool.stats().queued() == 1);
        pool.resize(0, STUCK + 1);
        assertThat(caller.result()).isEqualTo("served");
    }

    @Test
    void closeWithinADurationIsFalseWithinItsBoundsAndTheStatsShowWhy() throws Exception {
        ThreadPool pool = stuck(STUCK + 1);
        long begin = System.nanoTime();
        assertThat(pool.close(Duration.ofMillis(10))).isFalse();
        long took = System.nanoTime() - begin;
        assertThat(took).isBetween(TimeUnit.MILLISECONDS.toNanos(1_010), TimeUnit.SECONDS.toNanos(10));
        assertThat(pool.stats().active()).isEqualTo(STUCK);
        assertThat(pool.stats().curThreads()).isEqualTo(STUCK);
        assertThat(pool.toString()).contains("Closing", "active requests = " + STUCK);
    }

    @Test
    void everyCloseWithinADurationIsFalseAsLongAsItLasts() throws Exception {
        ThreadPool pool = stuck(STUCK);
        List<Caller<Boolean>> closers = List.of(
                Callers.platform(() -> pool.close(Duration.ZERO)), Callers.platform(() -> pool.close(Duration.ZERO)));
        for (Caller<Boolean> closer : closers) {
            assertThat(closer.result()).isFalse();
        }
        assertThat(pool.close(Duration.ZERO)).isFalse();
        never.open();
        assertThat(pool.close(Duration.ofSeconds(30))).isTrue();
    }

    @Test
    void itsRequestStaysActiveAndCannotBeWithdrawn() throws Exception {
        ThreadPool pool = pools.open();
        AioRequest<Object> request = pool.submitAio(
                () -> {
                    never.passUninterruptibly();
                    return null;
                },
                new Outcome<>());
        never.awaitArrived(1);
        assertThat(request.interrupt()).isTrue();
        assertThat(request.cancelAsync()).isFalse();
        assertThat(request.state()).isEqualTo(State.ACTIVE);
    }
}
