package dev.coworker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.Callers.Caller;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A pool whose workers the test drives itself, on its own thread, while the context is not polled and the timer stands
 * still. The threads that the pool starts do nothing until the test is over.
 */
final class HandDriven implements BeforeEachCallback, AfterEachCallback {
    static final long FOREVER = Long.MAX_VALUE;

    final List<Worker> started = new CopyOnWriteArrayList<>(); // by the pool itself
    final List<Throwable> reported = new ArrayList<>();
    ThreadFactory factory = this::newThread;
    AioContext context;
    HeldTimer timer;
    Dispatcher dispatcher;
    Workers workers;
    private final List<Worker> armed = new ArrayList<>(); // by the test
    private final Gate over = new Gate();
    private Mutex lock;

    @Override
    public void beforeEach(ExtensionContext test) throws Exception {
        context = AioContext.manual();
        timer = new HeldTimer();
    }

    Workers open(int min, int max) {
        return open(min, max, FOREVER, false);
    }

    Workers open(int min, int max, long idleTimeoutNanos, boolean spin) {
        dispatcher = new Dispatcher(
                "driven",
                context,
                Admission.UNBOUNDED,
                (thread, thrown) -> reported.add(thrown),
                worker -> factory.newThread(worker),
                min,
                max,
                idleTimeoutNanos,
                spin);
        workers = dispatcher.workers;
        lock = lockOf(workers);
        workers.startMin();
        return workers;
    }

    private static Mutex lockOf(Workers workers) {
        try {
            Field field = Workers.class.getDeclaredField("lock");
            field.setAccessible(true);
            return (Mutex) field.get(workers);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    Thread newThread(Runnable worker) {
        started.add((Worker) worker);
        return Thread.ofPlatform().daemon().unstarted(over::passUninterruptibly);
    }

    /** A request is queued, and nobody has been told. */
    Request offered() {
        return offered(new PlainRequest(() -> {}, null));
    }

    <T extends Request> T offered(T request) {
        assertThat(dispatcher.queue.offer(request, false)).isNotEqualTo(RequestQueue.Offer.CLOSED);
        return request;
    }

    /** A reservation has become a thread that has yet to run. */
    Worker pending() {
        assertThat(workers.beginStart()).as("a worker is reserved").isTrue();
        Worker worker = new Worker(dispatcher, workers);
        workers.arm(worker);
        armed.add(worker);
        return worker;
    }

    /** A reservation has become a worker that looks for requests. */
    Worker searching() {
        Worker worker = pending();
        assertThat(workers.arrived(worker)).isTrue();
        return worker;
    }

    /** A reservation has become a worker that runs a request. */
    Worker busy() {
        Worker worker = searching();
        workers.handOn(true);
        return worker;
    }

    /** The worker has found nothing and sleeps; whether it has been told to search, once it has been told something. */
    Caller<Boolean> idle(Worker worker, boolean wasSearching) {
        Caller<Boolean> idle = Callers.platform(() -> {
            worker.setThread(Thread.currentThread());
            return workers.awaitRequest(worker, wasSearching);
        });
        Callers.until("it idles", () -> worker.order == Worker.Order.SLEEP);
        Await.parked(idle.thread);
        return idle;
    }

    /** Whether the pool has asked for a poll, which starts one worker. */
    boolean poll() {
        return context.poll(false);
    }

    void assertCurIdleNewPending(int cur, int idle, int reserved, int pending) {
        assertThat(workers.counts()).as("cur, idle, new, pending").startsWith(cur, idle, reserved, pending);
    }

    /** A submitter that has queued a request goes on although the workers' lock is taken. */
    void assertSubmittersTakeNoLock() throws Exception {
        lock.lock();
        try {
            Callers.platform(() -> {
                        workers.requestQueued();
                        return null;
                    })
                    .result();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void afterEach(ExtensionContext test) {
        boolean held = lock.isHeldByCurrentThread();
        try {
            if (held) {
                lock.unlock(); // else the timer, which is everybody's, would wait for it for ever
            }
            workers.stop();
            armed.forEach(workers::arrived); // so that nobody misses them
            started.forEach(workers::arrived);
            assertThat(held).as("a section was not left").isFalse();
        } finally {
            over.open();
            timer.close();
            context.close();
        }
    }
}
