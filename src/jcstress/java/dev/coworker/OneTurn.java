package dev.coworker;

/** A slice with one turn, whose request runs, and another that waits; no worker serves the pool's queue. */
final class OneTurn {
    private static final AioContext CONTEXT = AioContext.manual();

    final Dispatcher pool =
            new Dispatcher("stress", CONTEXT, Admission.UNBOUNDED, (t, e) -> {}, Thread::new, 0, 1, 0, false);
    final SliceDispatcher slice = new SliceDispatcher(pool, "slice", 1);
    final PlainRequest waiting = new PlainRequest(() -> {}, null);
    private final Worker worker = new Worker(pool, pool.workers);
    private final Turn running;

    OneTurn() {
        pool.workers.stop(); // nobody is started for what is queued
        slice.accept(new PlainRequest(() -> {}, null));
        running = (Turn) pool.queue.take(worker);
        slice.begin(running, worker);
        slice.accept(waiting);
    }

    /** What the worker does when the request has ended. */
    void finish() {
        pool.queue.finished(false);
        slice.bring(slice.finished(running, false));
    }

    /** Where the turn is: with the other request, in the pool's queue; or free. */
    String turn() {
        ThreadPoolStats stats = slice.stats();
        String where = stats.curThreads() == 0 ? "free" : stats.pendingThreads() == 1 ? "given" : "lost";
        return where + " " + pool.queue.books().queued();
    }
}
