package dev.coworker.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.ThreadPoolMetrics;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a pool says of itself in a log and in a thread dump. */
class DiagnosisTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @Test
    void toStringTellsTheWholeState() throws Exception {
        ThreadPool pool = pools.open(
                ThreadPool.builder().name("disk").maxThreads(1).maxQueued(2).uncaughtExceptionHandler((t, e) -> {}));
        assertThat(pool)
                .hasToString("ThreadPool[disk, Running, pool size = 0 of 0..1 (0 new, 0 pending, 0 idle),"
                        + " active requests = 0, queued requests = 0, waiting callers = 0, submitted = 0,"
                        + " completed = 0, failed = 0, canceled = 0 (0 timed out), rejected = 0, failed starts = 0]");
        Callers.onVirtual(() -> pool.submitCo(() -> 1));
        Gate gate = new Gate();
        pool.submit(() -> {
            gate.pass();
            throw new IllegalStateException();
        });
        gate.awaitArrived(1);
        pool.submitAio(() -> 1, (value, failure) -> {}).cancel();
        pool.submit(() -> {});
        assertThat(pool)
                .hasToString("ThreadPool[disk, Running, pool size = 1 of 0..1 (0 new, 0 pending, 0 idle),"
                        + " active requests = 1, queued requests = 1, waiting callers = 0, submitted = 4,"
                        + " completed = 1, failed = 0, canceled = 1 (0 timed out), rejected = 0, failed starts = 0]");
        gate.open();
        pool.close();
        assertThat(pool)
                .hasToString("ThreadPool[disk, Closed, pool size = 0 of 0..1 (0 new, 0 pending, 0 idle),"
                        + " active requests = 0, queued requests = 0, waiting callers = 0, submitted = 4,"
                        + " completed = 2, failed = 1, canceled = 1 (0 timed out), rejected = 0, failed starts = 0]");
    }

    @Test
    void aRequestSaysItsState() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        AioRequest<Integer> request = pool.submitAio(() -> 1, (value, failure) -> {});
        String queued = request.toString();
        request.cancel();
        gate.open();
        assertThat(queued).isEqualTo("AioRequest[QUEUED]");
        assertThat(request).hasToString("AioRequest[CANCELED]");
    }

    @Test
    void toStringHasThePartsOfAThreadPoolExecutors() {
        String theirs;
        try (ThreadPoolExecutor executor =
                new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>())) {
            theirs = executor.toString();
        }
        String ours = pools.open().toString();
        // theirs: [Running, pool size = 0, active threads = 0, queued tasks = 0, completed tasks = 0]
        for (String part :
                theirs.substring(theirs.indexOf('[') + 1, theirs.length() - 1).split(", ")) {
            assertThat(ours)
                    .contains(part.replace("threads", "requests")
                            .replace("tasks", "requests")
                            .replace("completed requests", "completed"));
        }
    }

    @Test
    void theStackOfAWorkerNamesTheLayer() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("disk").maxThreads(3));
        assertLayersShow(pool);
    }

    @Test
    void theStackOfAWatchedWorkerNamesTheLayerToo() throws Exception {
        ThreadPool pool = pools.open(ThreadPool.builder().name("disk").maxThreads(3));
        new ThreadPoolMetrics(pool).bindTo(new SimpleMeterRegistry());
        assertLayersShow(pool);
    }

    private static void assertLayersShow(ThreadPool pool) throws Exception {
        Gate gate = new Gate();
        Callers.Caller<Void> caller = Callers.virtual(() -> {
            pool.submitCo(() -> gate.pass());
            return null;
        });
        gate.awaitArrived(1);
        pool.submitAio(
                () -> {
                    gate.pass();
                    return 1;
                },
                (value, failure) -> {});
        gate.awaitArrived(1);
        pool.submit(gate::pass);
        gate.awaitArrived(1);

        assertThat(List.of(1, 2, 3))
                .extracting(number -> layers("disk-worker-" + number))
                .containsExactly(List.of("runCo"), List.of("runAio"), List.of("runSubmit"));
        gate.open();
        caller.result();
    }

    /** The frames of ours that name a layer, in the thread of this name. */
    private static List<String> layers(String threadName) {
        return Thread.getAllStackTraces().entrySet().stream()
                .filter(entry -> entry.getKey().getName().equals(threadName))
                .flatMap(entry -> Stream.of(entry.getValue()))
                .filter(frame -> frame.getClassName().startsWith("dev.coworker."))
                .map(StackTraceElement::getMethodName)
                .filter(name -> name.startsWith("run") && name.length() > 3)
                .toList();
    }
}
