package context;

import dev.coworker.ThreadPool;
import io.micrometer.context.ContextRegistry;
import io.micrometer.context.ContextSnapshotFactory;
import java.io.PrintStream;
import java.util.concurrent.CountDownLatch;

/**
 * A trace id follows its request: it is in a thread-local of the caller, and in the worker's while the work runs, and
 * in the event loop's while the callback runs, and gone from both afterwards. {@code io.micrometer:context-propagation}
 * carries whatever is registered with it: the logging context (MDC), OpenTelemetry's, Micrometer's.
 *
 * <p>A {@code ScopedValue} does not travel so: a worker inherits no bindings, and nothing can capture them all. A
 * decorator that knows the key reads the value and binds it anew around the task.
 *
 * <pre>
 *   mvn -q test-compile exec:exec -Dexample=context.TraceExample
 * </pre>
 */
public final class TraceExample {
    static final ThreadLocal<String> TRACE_ID = new ThreadLocal<>();

    private TraceExample() {}

    public static void main(String[] args) throws Exception {
        run(System.out);
    }

    /** A pool whose requests carry the context of their submitters. */
    static ThreadPool open() {
        ContextRegistry registry = new ContextRegistry().registerThreadLocalAccessor("traceId", TRACE_ID);
        ContextSnapshotFactory context = ContextSnapshotFactory.builder()
                .contextRegistry(registry)
                .clearMissing(true)
                .build();
        return ThreadPool.builder()
                .maxThreads(1)
                .taskDecorator(task -> context.captureAll().wrap(task))
                .build();
    }

    static void run(PrintStream out) throws Exception {
        try (ThreadPool pool = open()) {
            CountDownLatch called = new CountDownLatch(1);
            Thread request = Thread.startVirtualThread(() -> {
                TRACE_ID.set("4bf92f3577b34da6");
                try {
                    out.println("work on a worker:   " + pool.submitCo(() -> TRACE_ID.get()));
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                pool.submitAio(TRACE_ID::get, (seen, failure) -> {
                    out.println("and for a callback: " + seen + ", the callback: " + TRACE_ID.get());
                    called.countDown();
                });
            });
            request.join();
            called.await();
            // this thread has no trace id, and the worker has kept none
            pool.submit(() -> out.println("the next request:   " + TRACE_ID.get()));
        }
    }
}
