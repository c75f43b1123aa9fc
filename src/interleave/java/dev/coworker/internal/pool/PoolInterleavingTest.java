package dev.coworker.internal.pool;

import static dev.coworker.interleave.Interleavings.explore;

import dev.coworker.interleave.Actor;
import dev.coworker.interleave.Check;
import dev.coworker.interleave.Interleavings;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Whole pools with two or three workers: no deadlock, no request lost, none ended twice, the invariants at rest. */
class PoolInterleavingTest {

    @Test
    void everyLayersRequestEndsOnce() throws Exception {
        explore("a pool, one request a layer", 20, () -> {
            ModelPool pool = new ModelPool(0, 2);
            AtomicIntegerArray runs = new AtomicIntegerArray(3);
            int[] callbacks = new int[1];
            Actor co = Actor.start(
                    () -> Check.that(pool.call(() -> runs.incrementAndGet(0)).equals(1), "the value"));
            Actor plain = Actor.start(() -> pool.submit(() -> runs.incrementAndGet(1)));
            pool.submitAio(() -> runs.incrementAndGet(2), (value, failure) -> callbacks[0]++);
            pool.await(() -> callbacks[0] == 1 && pool.pool.counters(null).completed() == 3);
            Actor.end(co, plain);
            pool.quiescent();
            pool.close();
            Check.that(runs.get(0) == 1 && runs.get(1) == 1 && runs.get(2) == 1 && callbacks[0] == 1, runs);
        });
    }

    @Test
    void aCanceledRequestHasOneOutcomeAndOneCallback() throws Exception {
        explore("a pool, cancel against everything", 20, () -> {
            ModelPool pool = new ModelPool(0, 2);
            AtomicInteger runs = new AtomicInteger();
            int[] callbacks = new int[2]; // with a value, with a cancellation
            boolean[] stolen = new boolean[2];
            CallbackRequest request = pool.submitAio(runs::incrementAndGet, (value, failure) -> {
                callbacks[failure instanceof CancellationException ? 1 : 0]++;
            });
            Actor other = Actor.start(() -> pool.submit(() -> null));
            Actor canceler = Actor.start(() -> {
                stolen[0] = request.cancel();
                Check.that(callbacks[0] + callbacks[1] == 1, "cancel returned before the callback");
            });
            stolen[1] = request.cancel();
            Check.that(callbacks[0] + callbacks[1] == 1, "cancel returned before the callback");
            Actor.end(canceler, other);
            pool.close();
            int thieves = (stolen[0] ? 1 : 0) + (stolen[1] ? 1 : 0);
            Check.that(callbacks[1] == thieves && callbacks[0] + thieves == 1, Arrays.toString(callbacks));
            Check.that(runs.get() == callbacks[0], runs);
        });
    }

    @Test
    void callersAtTheBoundAreServedInterruptedOrNot() throws Exception {
        explore("a pool, three callers at a bound of one", 20, () -> {
            ModelPool pool = new ModelPool(0, 1, ModelPool.FOREVER, 0, Thread::new);
            AtomicInteger runs = new AtomicInteger();
            AtomicInteger withdrawn = new AtomicInteger();
            Interleavings.Model caller = () -> {
                try {
                    pool.call(runs::incrementAndGet);
                } catch (InterruptedException e) {
                    withdrawn.incrementAndGet();
                }
                pool.pool.waiters.signal();
            };
            Actor first = Actor.start(caller);
            Actor second = Actor.start(caller);
            Actor third = Actor.start(caller);
            second.interrupt();
            pool.await(() -> runs.get() + withdrawn.get() == 3);
            Actor.end(first, second, third);
            Check.that(pool.pool.queue.isQuiescent(), "a place was lost");
            Check.that(withdrawn.get() <= 1, withdrawn);
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void aSliceOfOnePermitRunsOneRequestAtATime() throws Exception {
        explore("a slice of one permit, three submitters", 20, () -> {
            ModelPool pool = new ModelPool(0, 2);
            Lane lane = Actor.share(pool.pool.openLane("slice", 0, 1, Pool.UNBOUNDED));
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger runs = new AtomicInteger();
            Callable<?> work = () -> {
                Check.that(inside.incrementAndGet() == 1, "the one permit was given twice");
                inside.decrementAndGet();
                return runs.incrementAndGet();
            };
            Actor first = Actor.start(() -> pool.submit(lane, work));
            Actor second = Actor.start(() -> pool.submit(lane, work));
            pool.submit(lane, work);
            pool.await(() -> runs.get() == 3 && pool.pool.queue.isQuiescent());
            Actor.end(first, second);
            pool.pool.close(lane);
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void aPermitThatComesFreeFindsAWorkerForTheNext() throws Exception {
        explore("a slice of one permit, cancel against the end of the request before", 20, () -> {
            ModelPool pool = new ModelPool(0, 1);
            Lane lane = Actor.share(pool.pool.openLane("slice", 0, 1, Pool.UNBOUNDED));
            AtomicInteger runs = new AtomicInteger();
            pool.submit(lane, runs::incrementAndGet);
            Request canceled = pool.submit(lane, runs::incrementAndGet);
            boolean[] withdrawn = new boolean[1];
            Actor canceler =
                    Actor.start(() -> withdrawn[0] = pool.pool.withdraw(canceled, RequestQueue.Reason.WITHDRAWN));
            pool.submit(lane, runs::incrementAndGet);
            pool.pool.close(lane);
            canceler.end();
            Check.that(runs.get() == (withdrawn[0] ? 2 : 3), runs);
            pool.close();
        });
    }

    @Test
    void closeOfThePoolFinishesWhatASliceAccepted() throws Exception {
        explore("a slice at the bound, submit against the pool's close", 20, () -> {
            ModelPool pool = new ModelPool(0, 1, ModelPool.FOREVER, 0, Thread::new);
            Lane lane = Actor.share(pool.pool.openLane("slice", 0, 1, Pool.UNBOUNDED));
            AtomicInteger runs = new AtomicInteger();
            AtomicInteger refused = new AtomicInteger();
            pool.submit(lane, runs::incrementAndGet);
            Actor submitter = Actor.start(() -> {
                try {
                    pool.submit(lane, runs::incrementAndGet);
                } catch (RejectedExecutionException e) {
                    refused.incrementAndGet();
                }
            });
            pool.pool.close(null);
            submitter.end();
            Check.that(runs.get() + refused.get() == 2, runs);
            pool.ended();
        });
    }

    /** Each repetition has a shape of its own, drawn from {@code -Dtest.seed}. */
    @RepeatedTest(4)
    void aPoolOfAnyShapeLosesNothing(RepetitionInfo repetition) throws Exception {
        Shape shape = Shape.of(new Random(Long.getLong("test.seed") + repetition.getCurrentRepetition()));
        explore("a pool, " + shape, 40, shape::run);
    }

    /** A pool, and what its submitters do. */
    private record Shape(int min, int max, boolean exits, int bound, int[][] submitters, boolean closesAtOnce) {
        private static final String[] OPERATIONS = {"call", "aio", "submit", "fail", "cancel", "interrupt", "no-wait"};

        static Shape of(Random random) {
            int max = 2 + random.nextInt(2);
            int[][] submitters = new int[2][];
            for (int i = 0; i < submitters.length; i++) {
                submitters[i] =
                        random.ints(1 + random.nextInt(2), 0, OPERATIONS.length).toArray();
            }
            return new Shape(
                    random.nextInt(2),
                    max,
                    random.nextBoolean(),
                    random.nextInt(3) == 0 ? random.nextInt(2) : Pool.UNBOUNDED,
                    submitters,
                    random.nextInt(3) == 0);
        }

        void run() throws Throwable {
            ModelPool pool = new ModelPool(min, max, exits ? 0 : ModelPool.FOREVER, bound, Thread::new);
            AtomicInteger asked = new AtomicInteger();
            AtomicInteger ended = new AtomicInteger(); // by a value, a failure, a callback, a refusal
            AtomicInteger runs = new AtomicInteger();
            AtomicInteger refused = new AtomicInteger();
            Actor[] actors = new Actor[submitters.length];
            for (int i = 0; i < actors.length; i++) {
                int[] operations = submitters[i];
                actors[i] = Actor.start(() -> {
                    for (int operation : operations) {
                        asked.incrementAndGet();
                        try {
                            perform(pool, operation, runs, ended);
                        } catch (RejectedExecutionException
                                | InterruptedException
                                | java.util.concurrent.TimeoutException e) {
                            refused.incrementAndGet();
                            ended.incrementAndGet();
                        }
                        pool.pool.waiters.signal();
                    }
                });
            }
            int total = Arrays.stream(submitters).mapToInt(each -> each.length).sum();
            if (closesAtOnce) {
                pool.pool.close(null);
            } else {
                pool.await(() -> ended.get() == total && pool.pool.queue.isQuiescent());
                pool.quiescent();
                pool.pool.close(null);
            }
            Actor.end(actors);
            pool.ended();
            Check.that(ended.get() == total && asked.get() == total, ended + " of " + total);
            Check.that(runs.get() <= total && runs.get() + refused.get() <= total + refused.get(), runs);
        }

        private static void perform(ModelPool pool, int operation, AtomicInteger runs, AtomicInteger ended)
                throws Throwable {
            switch (OPERATIONS[operation]) {
                case "call" -> {
                    pool.call(runs::incrementAndGet);
                    ended.incrementAndGet();
                }
                case "aio" -> pool.submitAio(runs::incrementAndGet, (value, failure) -> ended.incrementAndGet());
                case "submit" ->
                    pool.submit(() -> {
                        runs.incrementAndGet();
                        return ended.incrementAndGet();
                    });
                case "fail" -> {
                    IllegalArgumentException failure = new IllegalArgumentException();
                    try {
                        pool.call(() -> {
                            runs.incrementAndGet();
                            throw failure;
                        });
                        throw new AssertionError("the failure was lost");
                    } catch (IllegalArgumentException e) {
                        Check.that(e == failure, "the same instance");
                        ended.incrementAndGet();
                    }
                }
                case "cancel" ->
                    pool.submitAio(runs::incrementAndGet, (value, failure) -> ended.incrementAndGet())
                            .cancel();
                case "interrupt" -> {
                    Thread.currentThread().interrupt();
                    pool.call(runs::incrementAndGet);
                    throw new AssertionError("an interrupted caller submitted");
                }
                default -> {
                    pool.call(null, runs::incrementAndGet, 0);
                    ended.incrementAndGet();
                }
            }
        }

        @Override
        public String toString() {
            StringBuilder text =
                    new StringBuilder(min + " to " + max + " workers" + (exits ? " that do not idle" : ""));
            if (bound != Pool.UNBOUNDED) {
                text.append(", bound ").append(bound);
            }
            for (int[] submitter : submitters) {
                text.append(',');
                for (int operation : submitter) {
                    text.append(' ').append(OPERATIONS[operation]);
                }
            }
            return text + (closesAtOnce ? ", closed at once" : "");
        }
    }
}
