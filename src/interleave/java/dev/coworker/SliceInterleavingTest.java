package dev.coworker;

import static dev.coworker.Interleavings.explore;

import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A slice's turn is neither lost nor given twice, and each of its requests ends once. */
class SliceInterleavingTest {

    @Test
    void aTurnGoesToEachInTurnOrIsFree() throws Exception {
        explore("a slice of one turn, three submitters", 20, () -> {
            ModelPool pool = new ModelPool(0, 2);
            SliceDispatcher slice = slice(pool);
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger runs = new AtomicInteger();
            Action<RuntimeException> work = () -> {
                Check.that(inside.incrementAndGet() == 1, "the one turn was given twice");
                inside.decrementAndGet();
                runs.incrementAndGet();
            };
            Actor first = Actor.start(() -> slice.accept(new PlainRequest(work, null)));
            Actor second = Actor.start(() -> slice.accept(new PlainRequest(work, null)));
            slice.accept(new PlainRequest(work, null));
            pool.await(() -> runs.get() == 3 && pool.dispatcher.queue.isQuiescent());
            Actor.end(first, second);
            slice.close();
            ended(slice);
            pool.quiescent();
            pool.close();
        });
    }

    @Test
    void aTurnHandedOnToACanceledRequestGoesToTheNext() throws Exception {
        explore("a slice of one turn, a cancel as it is handed on", 20, () -> {
            ModelPool pool = new ModelPool(0, 1);
            SliceDispatcher slice = slice(pool);
            AtomicInteger runs = new AtomicInteger();
            PlainRequest canceled = new PlainRequest(runs::incrementAndGet, null);
            slice.accept(new PlainRequest(runs::incrementAndGet, null));
            slice.accept(canceled);
            boolean[] withdrawn = new boolean[1];
            Actor canceler = Actor.start(() -> withdrawn[0] = slice.withdraw(canceled, false));
            slice.accept(new PlainRequest(runs::incrementAndGet, null));
            slice.close();
            canceler.end();
            Check.that(runs.get() == (withdrawn[0] ? 2 : 3), runs);
            ended(slice);
            pool.close();
        });
    }

    @Test
    void closeOfThePoolFinishesWhatASliceAccepted() throws Exception {
        explore("a slice of one turn, submit against the pool's close", 20, () -> {
            ModelPool pool = new ModelPool(0, 1, ModelPool.FOREVER, 1, Thread::new);
            SliceDispatcher slice = slice(pool);
            AtomicInteger runs = new AtomicInteger();
            AtomicInteger refused = new AtomicInteger();
            slice.accept(new PlainRequest(runs::incrementAndGet, null));
            Actor submitter = Actor.start(() -> {
                try {
                    slice.accept(new PlainRequest(runs::incrementAndGet, null));
                } catch (RejectedExecutionException e) {
                    refused.incrementAndGet();
                }
            });
            pool.dispatcher.close();
            submitter.end();
            Check.that(runs.get() + refused.get() == 2, runs);
            ended(slice);
            pool.ended();
        });
    }

    private static SliceDispatcher slice(ModelPool pool) {
        SliceDispatcher slice = Actor.share(new SliceDispatcher(pool.dispatcher, "slice", 1));
        pool.dispatcher.slices.add(slice);
        return slice;
    }

    private static void ended(SliceDispatcher slice) {
        ThreadPoolStats stats = slice.stats();
        Check.that(stats.curThreads() == 0 && stats.queued() == 0 && stats.active() == 0, stats);
        Check.that(stats.submitted() == stats.completed() + stats.canceled(), stats);
    }
}
