package dev.coworker;

import static dev.coworker.Interleavings.explore;

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
            Workers workers = pool.dispatcher.workers;
            Worker worker = Actor.share(new Worker(pool.dispatcher, workers));
            Check.that(workers.beginStart(), "one is reserved");
            workers.arm(worker);
            workers.arrived(worker);
            Actor submitter = Actor.start(() -> pool.submit(() -> {}));
            Request taken = pool.dispatcher.queue.take(worker);
            if (taken == null) {
                Check.that(workers.awaitRequest(worker, true), "woken to search");
                taken = pool.dispatcher.queue.take(worker);
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
            pool.await(() -> runs.get() == 2 && pool.dispatcher.queue.isQuiescent());
            Actor.end(first, second);
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void aWorkerThatLeavesIsReplacedForTheRequest() throws Exception {
        explore("submit against idle exit", 8, () -> {
            ModelPool pool = new ModelPool(0, 1, 0, Admission.UNBOUNDED, Thread::new);
            AtomicInteger runs = new AtomicInteger();
            pool.submit(runs::incrementAndGet);
            Actor second = Actor.start(() -> pool.submit(runs::incrementAndGet));
            pool.await(() -> runs.get() == 2 && pool.dispatcher.queue.isQuiescent());
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
            Action<InterruptedException> work = () -> {
                met.countDown();
                met.await(); // for the other, which needs a worker of its own
            };
            Actor second = Actor.start(() -> pool.submit(work));
            pool.submit(work);
            pool.await(pool.dispatcher.queue::isQuiescent);
            second.end();
            pool.await(pool.dispatcher.queue::isQuiescent);
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void whatTheWorkersCannotTakeIsCountedOnNobody() throws Exception {
        explore("a request behind two busy workers", 8, () -> {
            ModelPool pool = new ModelPool(2, 2);
            AtomicInteger busy = new AtomicInteger();
            AtomicInteger runs = new AtomicInteger();
            CountDownLatch gate = new CountDownLatch(1);
            Action<InterruptedException> work = () -> {
                busy.incrementAndGet();
                pool.dispatcher.waiters.signal(null);
                gate.await();
                runs.incrementAndGet();
            };
            Actor first = Actor.start(() -> pool.submit(work));
            Actor second = Actor.start(() -> pool.submit(work));
            pool.await(() -> busy.get() == 2);
            Actor.end(first, second);
            pool.submit(runs::incrementAndGet);
            ThreadPoolStats stats = pool.dispatcher.stats();
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
            pool.dispatcher.close();
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
            Dispatcher dispatcher = pool.dispatcher;
            int[] outcomes = new int[2];
            Actor first = Actor.start(() -> outcomes[0] = callOutcome(pool));
            Actor second = Actor.start(() -> outcomes[1] = callOutcome(pool));
            dispatcher.admission.close();
            dispatcher.queue.close();
            dispatcher.admission.cancelWaiting();
            dispatcher.queue.closeAndCancel().forEach(request -> dispatcher.left(request, "closed"));
            dispatcher.workers.stop();
            dispatcher.workers.interruptAll();
            pool.await(() -> dispatcher.queue.isQuiescent() && dispatcher.workers.isEmpty());
            Actor.end(first, second);
            Check.that(outcomes[0] != 0 && outcomes[1] != 0, "a call returned without an outcome");
            Check.that(dispatcher.admission.isIdle(), "a place was lost");
            pool.close();
        });
    }

    @Test
    void aRaisedMaxIsUsedAndALoweredOneKept() throws Exception {
        explore("submit against resize", 8, () -> {
            ModelPool pool = new ModelPool(1, 1);
            CountDownLatch met = new CountDownLatch(2);
            Action<InterruptedException> work = () -> {
                met.countDown();
                met.await();
            };
            Actor submitter = Actor.start(() -> {
                pool.submit(work);
                pool.submit(work);
            });
            Actor resizer = Actor.start(() -> pool.dispatcher.workers.resize(0, 2));
            pool.await(() -> pool.dispatcher.queue.books().completed() == 2);
            Actor.end(submitter, resizer);
            Actor again = Actor.start(() -> pool.submit(() -> {}));
            pool.dispatcher.workers.resize(0, 1);
            again.end();
            pool.await(pool.dispatcher.queue::isQuiescent);
            Check.that(pool.dispatcher.stats().curThreads() <= 1, pool.dispatcher.stats());
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
                    Admission.UNBOUNDED,
                    task -> starts.getAndIncrement() == 0 ? null : new Thread(task));
            AtomicInteger runs = new AtomicInteger();
            Actor timer = Actor.start(JvmTimer::tick);
            Actor second = Actor.start(() -> pool.submit(runs::incrementAndGet));
            pool.submit(runs::incrementAndGet);
            pool.await(() -> runs.get() == 2 && pool.dispatcher.queue.isQuiescent());
            Actor.end(second, timer);
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void aReservationBecomesOneThreadWhoeverStartsIt() throws Exception {
        explore("the bottom half against the timer's take-over", 8, () -> {
            AtomicInteger starts = new AtomicInteger();
            ModelPool pool = new ModelPool(0, 1, ModelPool.FOREVER, Admission.UNBOUNDED, task -> {
                starts.incrementAndGet();
                return new Thread(task);
            });
            AtomicInteger runs = new AtomicInteger();
            Spawner takeOver = new Spawner(pool.dispatcher, pool.dispatcher.workers, task -> {
                starts.incrementAndGet();
                return new Thread(task);
            });
            Actor timer = Actor.start(takeOver::startReserved);
            Actor submitter = Actor.start(() -> pool.submit(runs::incrementAndGet));
            pool.await(() -> runs.get() == 1 && pool.dispatcher.queue.isQuiescent());
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
