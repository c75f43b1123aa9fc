package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolStats;
import dev.coworker.contract.Callers.Caller;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Many threads use all three layers at random. Each request has one outcome, and the counters agree. */
class RandomLayersTest {
    private static final int ACTORS = 6;
    private static final int STEPS = 250;

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    /** One seed, when it is given by -Dseed; else random ones. */
    static LongStream seeds() {
        Long given = Long.getLong("seed");
        return given != null
                ? LongStream.of(given)
                : new Random().longs(3).peek(seed -> System.out.println("RandomLayersTest: -Dseed=" + seed));
    }

    /** What the actors saw, to be compared with what the pool counted. */
    private static final class Tally {
        final AtomicLong values = new AtomicLong();
        final AtomicLong failures = new AtomicLong();
        final AtomicLong stolen = new AtomicLong();
        final AtomicLong interrupted = new AtomicLong();
        final AtomicLong canceledByClose = new AtomicLong();
        final AtomicLong timedOut = new AtomicLong();
        final AtomicLong rejected = new AtomicLong();
        final AtomicLong plain = new AtomicLong();
        final AtomicLong handled = new AtomicLong();
    }

    /** A request of the callback layer, as the actor that submitted it knows it. */
    private static final class Tracked {
        final AtomicInteger runs = new AtomicInteger();
        final AtomicInteger thefts = new AtomicInteger();
        final Outcome<Object> outcome = new Outcome<>();
        volatile AioRequest<Object> request;
    }

    private static final class Failure extends IOException {
        private static final long serialVersionUID = 1;
    }

    private final Tally tally = new Tally();
    private final Queue<Tracked> tracked = new ConcurrentLinkedQueue<>();

    @ParameterizedTest(name = "-Dseed={0}")
    @MethodSource("seeds")
    void eachRequestHasOneOutcomeAndTheBooksAgree(long seed) throws Exception {
        Random random = new Random(seed);
        AioContext context = pools.closeAfterwards(AioContext.start("random"));
        ThreadPool.Builder builder = ThreadPool.builder()
                .context(context)
                .maxThreads(1 + random.nextInt(4))
                .idleTimeout(Duration.ofMillis(random.nextInt(3)))
                .uncaughtExceptionHandler((thread, e) -> tally.handled.incrementAndGet());
        if (random.nextBoolean()) {
            builder.maxQueued(1 + random.nextInt(8));
        }
        ThreadPool pool = pools.open(builder);
        boolean givesUp = random.nextBoolean();

        List<Caller<Object>> actors = new ArrayList<>();
        for (int i = 0; i < ACTORS; i++) {
            Random own = new Random(random.nextLong());
            boolean virtual = i % 3 != 0;
            Callable<Object> actor = () -> {
                act(pool, own, virtual);
                return null;
            };
            actors.add(virtual ? Callers.virtual(actor) : Callers.platform(actor));
        }
        if (givesUp) {
            Callers.until(
                    "a quarter is over",
                    () -> pool.stats().submitted() > ACTORS * STEPS / 4
                            || actors.stream().anyMatch(Caller::isDone));
            pool.close(Duration.ofNanos(random.nextInt(100_000)));
        }
        for (Caller<Object> actor : actors) {
            actor.result();
        }
        pool.close();
        compare(pool.stats());
    }

    private void act(ThreadPool pool, Random random, boolean virtual) throws Exception {
        List<Tracked> own = new ArrayList<>();
        for (int step = 0; step < STEPS; step++) {
            try {
                switch (random.nextInt(virtual ? 8 : 5)) {
                    case 0, 1 -> {
                        Tracked each = new Tracked();
                        Callable<Object> work = work(random, each.runs);
                        boolean nested = random.nextInt(10) == 0;
                        each.request = pool.submitAio(work, (value, failure) -> {
                            each.outcome.accept(value, failure);
                            if (nested) {
                                pool.context().poll(false);
                            }
                        });
                        own.add(each);
                        tracked.add(each);
                    }
                    case 2 -> {
                        Callable<Object> work = work(random, new AtomicInteger());
                        pool.submit(() -> work.call());
                        tally.plain.incrementAndGet();
                    }
                    case 3, 4 -> {
                        if (!own.isEmpty()) {
                            Tracked any = own.get(random.nextInt(own.size()));
                            switch (random.nextInt(3)) {
                                case 0 -> any.thefts.addAndGet(any.request.cancel() ? 1 : 0);
                                case 1 -> any.thefts.addAndGet(any.request.cancelAsync() ? 1 : 0);
                                default -> any.request.interrupt();
                            }
                        }
                    }
                    default -> call(pool, random);
                }
            } catch (RejectedExecutionException e) {
                tally.rejected.incrementAndGet();
            }
        }
    }

    private void call(ThreadPool pool, Random random) throws Exception {
        AtomicInteger runs = new AtomicInteger();
        Callable<Object> work = work(random, runs);
        int ran = 0;
        Thread me = Thread.currentThread();
        Thread interrupter = random.nextInt(4) == 0 ? Thread.startVirtualThread(me::interrupt) : null;
        try {
            if (random.nextBoolean()) {
                pool.submitCo(() -> work.call());
            } else {
                pool.submitCo(() -> work.call(), Duration.ofNanos(random.nextInt(200_000)));
            }
            tally.values.incrementAndGet();
            ran = 1;
        } catch (Failure e) {
            tally.failures.incrementAndGet();
            ran = 1;
        } catch (TimeoutException e) {
            tally.timedOut.incrementAndGet();
        } catch (InterruptedException e) {
            tally.interrupted.incrementAndGet();
        } catch (CancellationException e) {
            tally.canceledByClose.incrementAndGet();
        } finally {
            if (interrupter != null) {
                Callers.joinAndForget(interrupter);
            }
            Thread.interrupted();
        }
        assertThat(runs).hasValue(ran);
    }

    private static Callable<Object> work(Random random, AtomicInteger runs) {
        int length = random.nextInt(5) == 0 ? random.nextInt(2_000) : 0;
        boolean fails = random.nextInt(6) == 0;
        return () -> {
            runs.incrementAndGet();
            for (int i = 0; i < length; i++) {
                Thread.onSpinWait();
            }
            if (fails) {
                throw new Failure();
            }
            return runs;
        };
    }

    private void compare(ThreadPoolStats stats) throws InterruptedException {
        long canceledAio = 0;
        long aioValues = 0;
        long aioFailures = 0;
        for (Tracked each : tracked) {
            assertThat(each.outcome.calls()).isOne();
            Throwable failure = each.outcome.failure();
            if (failure instanceof CancellationException) {
                canceledAio++;
                assertThat(each.runs).hasValue(0);
                assertThat(each.thefts.get()).isLessThanOrEqualTo(1);
            } else {
                assertThat(each.runs).hasValue(1);
                assertThat(each.thefts).hasValue(0);
                aioFailures += failure != null ? 1 : 0;
                aioValues += failure == null ? 1 : 0;
            }
        }
        long completed = tally.values.get() + aioValues;
        long failed = tally.failures.get() + aioFailures + tally.handled.get();
        assertThat(stats.failed()).as("%s", stats).isEqualTo(failed);
        assertThat(stats.timedOut()).as("%s", stats).isEqualTo(tally.timedOut.get());
        assertThat(stats.rejected()).as("%s", stats).isEqualTo(tally.rejected.get());
        assertThat(stats.completed())
                .as("%s", stats)
                .isBetween(completed, completed + tally.plain.get() - tally.handled.get());
        assertThat(stats.canceled())
                .as("%s", stats)
                .isBetween(
                        canceledAio + tally.timedOut.get(),
                        canceledAio
                                + tally.timedOut.get()
                                + tally.interrupted.get()
                                + tally.canceledByClose.get()
                                + tally.plain.get());
    }
}
