package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioRequest;
import dev.coworker.Slice;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Slices of one pool under callers of every layer that cancel, time out and are interrupted: each request has one
 * outcome.
 */
class SliceRandomTest {
    private static final int SLICES = 3;
    private static final int CALLERS = 24;
    private static final int CALLS = 150;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final long seed = Long.getLong("test.seed", System.nanoTime());
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong ran = new AtomicLong();
    private final AtomicLong withdrawn = new AtomicLong();
    private final AtomicLong callbacks = new AtomicLong();
    private final AtomicIntegerArray running = new AtomicIntegerArray(SLICES);
    private final AtomicLong tooMany = new AtomicLong();

    @RepeatedTest(8)
    void everyRequestOfEverySliceHasOneOutcome() throws Exception {
        Random random = new Random(seed);
        ThreadPool.Builder builder = ThreadPool.builder().maxThreads(1 + random.nextInt(4));
        if (random.nextBoolean()) {
            builder.maxQueued(1 + random.nextInt(3));
        }
        ThreadPool pool = pools.open(builder);
        List<Slice> slices = new ArrayList<>();
        for (int i = 0; i < SLICES; i++) {
            slices.add(pool.slice("slice-" + i, 1 + random.nextInt(3)));
        }
        List<Caller<Void>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            Random own = new Random(seed + i);
            callers.add(Callers.virtual(() -> {
                for (int n = 0; n < CALLS; n++) {
                    int at = own.nextInt(SLICES);
                    call(slices.get(at), at, own);
                }
                return null;
            }));
        }
        for (Caller<Void> caller : callers) {
            caller.result();
        }
        boolean poolFirst = random.nextBoolean();
        if (poolFirst) {
            pool.close();
        }
        long submitted = 0;
        long canceled = 0;
        for (Slice slice : slices) {
            slice.close();
            ThreadPoolStats stats = slice.stats();
            InvariantChecker.assertBalanced(stats);
            assertThat(stats.curThreads()).as("seed %d: %s", seed, slice).isZero();
            assertThat(stats.queued() + stats.active())
                    .as("seed %d: %s", seed, slice)
                    .isZero();
            submitted += stats.submitted();
            canceled += stats.canceled();
        }
        assertThat(submitted).as("seed %d", seed).isEqualTo(accepted.get());
        assertThat(ran.get() + withdrawn.get()).as("seed %d", seed).isEqualTo(accepted.get());
        assertThat(canceled).as("seed %d", seed).isEqualTo(withdrawn.get());
        assertThat(tooMany.get()).as("seed %d", seed).isZero();
        InvariantChecker.assertBalanced(pool.stats());
        assertThat(pool.stats().waiting()).as("seed %d", seed).isZero();
        assertThat(pool.stats().completed()).as("seed %d", seed).isEqualTo(ran.get());
    }

    private int work(Slice slice, int at) {
        if (running.incrementAndGet(at) > slice.stats().maxThreads()) {
            tooMany.incrementAndGet();
        }
        Thread.yield();
        running.decrementAndGet(at);
        ran.incrementAndGet();
        return at;
    }

    private void call(Slice slice, int at, Random random) throws Exception {
        accepted.incrementAndGet();
        switch (random.nextInt(6)) {
            case 0 -> slice.submit(() -> work(slice, at));
            case 1 -> slice.submitAio(() -> work(slice, at), (value, failure) -> count(failure));
            case 2 -> {
                AioRequest<Integer> request =
                        slice.submitAio(() -> work(slice, at), (value, failure) -> count(failure));
                if (random.nextBoolean()) {
                    request.cancelAsync();
                } else {
                    request.cancel();
                }
            }
            case 3 -> {
                try {
                    slice.submitCo(() -> work(slice, at), Duration.ofNanos(random.nextInt(200_000)));
                } catch (TimeoutException e) {
                    withdrawn.incrementAndGet();
                }
            }
            case 4 -> {
                Thread caller = Thread.currentThread();
                Thread interrupter = Thread.startVirtualThread(caller::interrupt);
                try {
                    slice.submitCo(() -> work(slice, at));
                } catch (InterruptedException e) {
                    if (e.getMessage() == null) {
                        accepted.decrementAndGet(); // interrupted before the call, which submitted nothing
                    } else {
                        withdrawn.incrementAndGet();
                    }
                }
                Callers.joinAndForget(interrupter);
            }
            default -> slice.submitCo(() -> work(slice, at));
        }
    }

    private void count(Throwable failure) {
        callbacks.incrementAndGet();
        if (failure instanceof CancellationException) {
            withdrawn.incrementAndGet();
        } else if (failure instanceof RejectedExecutionException) {
            throw new AssertionError(failure);
        }
    }
}
