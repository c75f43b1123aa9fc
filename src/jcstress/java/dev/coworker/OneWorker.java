package dev.coworker;

/** A pool with one worker that has arrived and searches; the stress actor is its thread. */
final class OneWorker {
    private static final AioContext CONTEXT = AioContext.manual();

    final Dispatcher dispatcher;
    final Worker worker;
    final PlainRequest request = new PlainRequest(() -> {}, null);

    OneWorker(int max) {
        dispatcher = new Dispatcher(
                "stress",
                CONTEXT,
                Admission.UNBOUNDED,
                (t, e) -> {},
                Thread.ofPlatform().daemon().factory(),
                1,
                max,
                0);
        dispatcher.workers.startMin();
        if (!dispatcher.workers.beginStart()) {
            throw new AssertionError("somebody else started the worker");
        }
        worker = new Worker(dispatcher, dispatcher.workers);
        dispatcher.workers.arm(worker);
        dispatcher.workers.arrived(worker);
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

    /** What was not served has somebody on the way to it. */
    String restOf(boolean served) {
        int reserved = dispatcher.workers.counts()[2];
        boolean queued = request.internalState() == Request.QUEUED;
        String rest = served ? "served" : queued && reserved == 0 ? "lost" : "on its way";
        dispatcher.workers.stop(); // what is reserved is not started
        return rest;
    }
}
