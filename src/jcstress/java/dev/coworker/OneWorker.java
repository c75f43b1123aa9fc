package dev.coworker;

/** A pool with one worker that has arrived and searches; the stress actor is its thread. */
final class OneWorker {
    private static final AioContext CONTEXT = AioContext.manual();

    final Dispatcher dispatcher;
    final Worker worker;
    final PlainRequest request = new PlainRequest(() -> {}, null);

    OneWorker(int max) {
        this(max, false);
    }

    OneWorker(int max, boolean spin) {
        Dispatcher fresh = newDispatcher(max, spin);
        while (!fresh.workers.beginStart()) {
            fresh.workers.stop(); // the timer was faster, and has started a thread of its own
            fresh = newDispatcher(max, spin);
        }
        dispatcher = fresh;
        worker = new Worker(dispatcher, dispatcher.workers);
        dispatcher.workers.arm(worker);
        dispatcher.workers.arrived(worker);
    }

    private static Dispatcher newDispatcher(int max, boolean spin) {
        Dispatcher dispatcher = new Dispatcher(
                "stress",
                CONTEXT,
                Admission.UNBOUNDED,
                (t, e) -> {},
                Thread.ofPlatform().daemon().factory(),
                1,
                max,
                0,
                spin);
        dispatcher.workers.startMin();
        return dispatcher;
    }

    void submit() {
        dispatcher.queue.offer(request, false);
        dispatcher.workers.requestQueued();
    }

    /** The worker looks, idles where there is nothing, and looks again when it was woken; whether it has the request. */
    boolean serve() {
        worker.setThread(Thread.currentThread());
        if (dispatcher.queue.take(worker) != null) {
            return true;
        }
        return dispatcher.workers.awaitRequest(worker, true) && dispatcher.queue.take(worker) != null;
    }

    /** As {@link #serve}, by a worker that was busy. */
    boolean serveNext() {
        worker.setThread(Thread.currentThread());
        return dispatcher.workers.awaitRequest(worker, false) && dispatcher.queue.take(worker) != null;
    }

    /** What was not served has somebody on the way to it. */
    String restOf(boolean served) {
        int[] counts = dispatcher.workers.counts();
        boolean nobody = counts[0] == counts[1]; // all that exist are idle; a reservation exists
        boolean queued = request.internalState() == Request.QUEUED;
        String rest = served ? "served" : queued && nobody ? "lost" : "on its way";
        dispatcher.workers.stop(); // what is reserved is not started
        return rest;
    }
}
