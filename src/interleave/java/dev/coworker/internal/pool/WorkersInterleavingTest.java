package dev.coworker.internal.pool;

import static dev.coworker.interleave.Interleavings.explore;

import dev.coworker.interleave.Actor;
import dev.coworker.interleave.Check;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** No wake-up is lost: every accepted request finds a worker, whatever the workers are about to do. */
class WorkersInterleavingTest {

    /** The part alone, as deep as it goes; the model itself is the worker. */
    @Test
    void aWorkerAboutToParkSeesTheRequestOrIsWoken() throws Exception {
        explore("append against going idle", () -> {
            ModelPool pool = new ModelPool(1, 1);
            Workers workers = pool.pool.workers;
            Worker worker = Actor.share(new Worker(pool.pool, workers));
            Check.that(workers.starter.beginStart(), "one is reserved");
            workers.starter.arm(worker);
            workers.arrived(worker);
            Actor submitter = Actor.start(() -> pool.submit(() -> null));
            Request taken = pool.pool.queue.take(worker);
            if (taken == null) {
                Check.that(workers.awaitRequest(worker), "woken to search");
                taken = pool.pool.queue.take(worker);
            }
            submitter.end();
            Check.that(taken != null, "woken for nothing");
        });
    }

    @Test
    void aWorkerThatGoesIdleSeesTheRequestOrIsWoken() throws Exception {
        explore("submit against idle", 8, () -> {
            ModelPool pool = new ModelPool(1, 1);
            AtomicInteger runs = new AtomicInteger();
            Actor first = Actor.start(() -> pool.call(runs::incrementAndGet));
            Actor second = Actor.start(() -> pool.submit(runs::incrementAndGet));
            pool.await(() -> runs.get() == 2 && pool.pool.queue.isQuiescent());
            Actor.end(first, second);
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void aWorkerThatLeavesIsReplacedForTheRequest() throws Exception {
        explore("submit against idle exit", 8, () -> {
            ModelPool pool = new ModelPool(0, 1, 0, Pool.UNBOUNDED, Thread::new);
            AtomicInteger runs = new AtomicInteger();
            pool.submit(runs::incrementAndGet);
            Actor second = Actor.start(() -> pool.submit(runs::incrementAndGet));
            pool.await(() -> runs.get() == 2 && pool.pool.queue.isQuiescent());
            second.end();
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void aRequestBehindABusyWorkerGetsAnother() throws Exception {
        explore("hand-on", 8, () -> {
            ModelPool pool = new ModelPool(0, 2);
            CountDownLatch met = new CountDownLatch(2);
            Callable<?> work = () -> {
                met.countDown();
                met.await(); // for the other, which needs a worker of its own
                return null;
            };
            Actor second = Actor.start(() -> pool.submit(work));
            pool.submit(work);
            pool.await(pool.pool.queue::isQuiescent);
            second.end();
            pool.await(pool.pool.queue::isQuiescent);
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void whatTheWorkersCannotTakeStaysQueued() throws Exception {
        explore("a request behind two busy workers", 8, () -> {
            ModelPool pool = new ModelPool(2, 2);
            AtomicInteger busy = new AtomicInteger();
            AtomicInteger runs = new AtomicInteger();
            CountDownLatch gate = new CountDownLatch(1);
            Callable<?> work = () -> {
                busy.incrementAndGet();
                pool.pool.waiters.signal();
                gate.await();
                return runs.incrementAndGet();
            };
            Actor first = Actor.start(() -> pool.submit(work));
            Actor second = Actor.start(() -> pool.submit(work));
            pool.await(() -> busy.get() == 2);
            Actor.end(first, second);
            pool.submit(runs::incrementAndGet);
            Pool.Counters stats = pool.pool.counters(null);
            Check.that(stats.queued() == 1 && stats.active() == 2 && stats.idleThreads() == 0, stats);
            pool.quiescent();
            gate.countDown();
            pool.close();
            Check.that(runs.get() == 3, runs);
        });
    }

    @Test
    void closeFinishesWhatWasAccepted() throws Exception {
        explore("submit against close", 8, () -> {
            ModelPool pool = new ModelPool(0, 1);
            AtomicInteger runs = new AtomicInteger();
            int[] rejected = new int[2];
            Actor first = Actor.start(() -> rejected[0] = submitOrRejected(pool, runs));
            Actor second = Actor.start(() -> rejected[1] = submitOrRejected(pool, runs));
            pool.pool.close(null);
            int ran = runs.get();
            Actor.end(first, second);
            pool.ended();
            Check.that(ran == runs.get() && ran + rejected[0] + rejected[1] == 2, ran + " " + runs);
        });
    }

    /** What close(Duration) does when the time is over, but for its last, timed join of the threads. */
    @Test
    void closeThatGivesUpCancelsOrLetsEnd() throws Exception {
        explore("take against close that gives up", 8, () -> {
            ModelPool pool = new ModelPool(0, 1, ModelPool.FOREVER, 1, Thread::new);
            Pool inside = pool.pool;
            int[] outcomes = new int[2];
            Actor first = Actor.start(() -> outcomes[0] = callOutcome(pool));
            Actor second = Actor.start(() -> outcomes[1] = callOutcome(pool));
            inside.queue.close();
            inside.closing.cancelAll(null);
            inside.workers.stop();
            pool.await(() -> inside.queue.isQuiescent() && inside.workers.isEmpty());
            Actor.end(first, second);
            Check.that(outcomes[0] != 0 && outcomes[1] != 0, "a call returned without an outcome");
            pool.close();
        });
    }

    @Test
    void aRaisedMaxIsUsedAndALoweredOneKept() throws Exception {
        explore("submit against resize", 8, () -> {
            ModelPool pool = new ModelPool(1, 1);
            CountDownLatch met = new CountDownLatch(2);
            Callable<?> work = () -> {
                met.countDown();
                met.await();
                return null;
            };
            Actor submitter = Actor.start(() -> {
                pool.submit(work);
                pool.submit(work);
            });
            Actor resizer = Actor.start(() -> pool.pool.workers.resize(0, 2));
            pool.await(() -> pool.pool.counters(null).completed() == 2);
            Actor.end(submitter, resizer);
            Actor again = Actor.start(() -> pool.submit(() -> null));
            pool.pool.workers.resize(0, 1);
            again.end();
            pool.await(pool.pool.queue::isQuiescent);
            Check.that(pool.pool.counters(null).curThreads() <= 1, pool.pool.counters(null));
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void aFailedStartIsTriedAgain() throws Exception {
        explore("submit against a failed start and its retry", 8, () -> {
            AtomicInteger starts = new AtomicInteger();
            ModelPool pool = new ModelPool(
                    0,
                    1,
                    ModelPool.FOREVER,
                    Pool.UNBOUNDED,
                    task -> starts.getAndIncrement() == 0 ? null : new Thread(task));
            AtomicInteger runs = new AtomicInteger();
            Actor timer = Actor.start(pool.timer::tick);
            Actor second = Actor.start(() -> pool.submit(runs::incrementAndGet));
            pool.submit(runs::incrementAndGet);
            pool.await(() -> runs.get() == 2 && pool.pool.queue.isQuiescent());
            Actor.end(second, timer);
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void aReservationBecomesOneThreadThoughTwoStartIt() throws Exception {
        explore("the bottom half against the timer's take-over", 8, () -> {
            AtomicInteger starts = new AtomicInteger();
            ModelPool pool = new ModelPool(0, 1, ModelPool.FOREVER, Pool.UNBOUNDED, task -> {
                starts.incrementAndGet();
                return new Thread(task);
            });
            AtomicInteger runs = new AtomicInteger();
            Actor timer = Actor.start(pool.pool.workers.starter::startReserved);
            Actor submitter = Actor.start(() -> pool.submit(runs::incrementAndGet));
            pool.await(() -> runs.get() == 1 && pool.pool.queue.isQuiescent());
            Actor.end(timer, submitter);
            Check.that(starts.get() == 1, starts);
            pool.close();
        });
    }

    private static int submitOrRejected(ModelPool pool, AtomicInteger runs) {
        try {
            pool.submit(runs::incrementAndGet);
            return 0;
        } catch (java.util.concurrent.RejectedExecutionException e) {
            return 1;
        }
    }

    private static int callOutcome(ModelPool pool) throws Throwable {
        try {
            return (int) pool.call(() -> 1);
        } catch (java.util.concurrent.CancellationException e) {
            return 2;
        } catch (java.util.concurrent.RejectedExecutionException e) {
            return 3;
        }
    }
}
