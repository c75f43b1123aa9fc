package demo;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;

/**
 * Clients of a server, each served by a virtual thread of its own: request after request, with a pause between two in
 * which the thread is parked, as it would be until the next request has come over the network.
 */
final class Load implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(1);

    /** What one request does. */
    interface Request {
        void serve() throws Exception;
    }

    private final Request request;
    private final List<Thread> threads;
    private final LongAdder served = new LongAdder();
    private final AtomicReference<Exception> failure = new AtomicReference<>();
    private final Semaphore ended = new Semaphore(0);
    private volatile boolean closing;

    private Load(int clients, Request request) {
        this.request = request;
        threads = Stream.generate(() -> Thread.ofVirtual().unstarted(this::serve))
                .limit(clients)
                .toList();
    }

    static Load start(int clients, Request request) {
        Load load = new Load(clients, request);
        load.threads.forEach(Thread::start);
        return load;
    }

    private void serve() {
        try {
            do {
                request.serve();
                served.increment();
                Thread.sleep(PAUSE);
            } while (!closing);
        } catch (Exception e) {
            failure.compareAndSet(null, e);
        } finally {
            ended.release();
        }
    }

    List<Thread> threads() {
        return threads;
    }

    /** How many requests have ended well. */
    long served() {
        return served.sum();
    }

    /** Throws what a request has thrown, if one has. */
    void throwFailure() throws Exception {
        Exception thrown = failure.get();
        if (thrown != null) {
            throw thrown;
        }
    }

    /** Returns when each client has been served for the last time. */
    @Override
    public void close() {
        closing = true;
        ended.acquireUninterruptibly(threads.size());
    }
}
