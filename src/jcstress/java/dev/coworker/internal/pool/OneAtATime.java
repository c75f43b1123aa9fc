package dev.coworker.internal.pool;

/** One request runs, and two wait: for its place, or for its permit. */
final class OneAtATime {
    final RequestQueue queue;
    final Lane lane; // or null: they wait for a place
    final Request first;
    final Request second;
    private final Request running;
    private final Worker worker = Parts.worker();

    private OneAtATime(RequestQueue queue, Lane lane) {
        this.queue = queue;
        this.lane = lane;
        this.running = Parts.request(lane);
        this.first = Parts.request(lane);
        this.second = Parts.request(lane);
        queue.offer(running, true);
        queue.take(worker);
        queue.offer(first, true);
        queue.offer(second, true);
    }

    static OneAtATime place() {
        return new OneAtATime(new RequestQueue(0, 1), null);
    }

    static OneAtATime permit() {
        RequestQueue queue = new RequestQueue(Pool.UNBOUNDED, 2);
        Lane lane = new Lane("slice", 1, Pool.UNBOUNDED, Parts.unpolledLoop());
        queue.open(lane, "stress", 0);
        return new OneAtATime(queue, lane);
    }

    /** What the worker does when the request has ended. */
    void finish() {
        queue.finish(running, false);
        running.publish(null, false);
    }

    /** Takes and finishes what is ready; returns how many requests that were. */
    int serveRest() {
        int served = 0;
        for (Request next; (next = queue.take(worker)) != null; served++) {
            queue.finish(next, false);
            next.publish(null, false);
        }
        return served;
    }
}
