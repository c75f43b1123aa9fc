package context;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.ThreadPool;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TraceExampleTest {
    private final ThreadPool pool = TraceExample.open();

    @AfterEach
    void close() {
        TraceExample.TRACE_ID.remove();
        pool.close();
    }

    @Test
    void itPrintsTheTraceIdWhereverItsRequestIs() throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        TraceExample.run(new PrintStream(printed, true));
        assertThat(printed.toString().lines())
                .containsExactly(
                        "work on a worker:   4bf92f3577b34da6",
                        "and for a callback: 4bf92f3577b34da6, the callback: 4bf92f3577b34da6",
                        "the next request:   null");
    }

    @Test
    void theTraceIdIsInTheWorkerOfEveryLayer() throws Exception {
        TraceExample.TRACE_ID.set("a");
        CompletableFuture<String> aio = new CompletableFuture<>();
        pool.submitAio(TraceExample.TRACE_ID::get, (seen, failure) -> aio.complete(seen));
        assertThat(aio.get(30, TimeUnit.SECONDS)).isEqualTo("a");
        CompletableFuture<String> submit = new CompletableFuture<>();
        pool.submit(() -> submit.complete(TraceExample.TRACE_ID.get()));
        assertThat(submit.get(30, TimeUnit.SECONDS)).isEqualTo("a");
        assertThat(pool.asExecutorService().submit(TraceExample.TRACE_ID::get).get(30, TimeUnit.SECONDS))
                .isEqualTo("a");
        assertThat(onVirtual("b")).isEqualTo("b");
    }

    @Test
    void theTraceIdIsInTheCallback() throws Exception {
        TraceExample.TRACE_ID.set("a");
        CompletableFuture<String> seen = new CompletableFuture<>();
        pool.submitAio(() -> 1, (value, failure) -> seen.complete(TraceExample.TRACE_ID.get()));
        assertThat(seen.get(30, TimeUnit.SECONDS)).isEqualTo("a");
    }

    @Test
    void theTraceIdIsGoneFromTheWorkerAndFromTheLoopAfterwards() throws Exception {
        TraceExample.TRACE_ID.set("a");
        CompletableFuture<Thread> worker = new CompletableFuture<>();
        CompletableFuture<Thread> loop = new CompletableFuture<>();
        pool.submitAio(
                () -> worker.complete(Thread.currentThread()),
                (value, failure) -> loop.complete(Thread.currentThread()));
        loop.get(30, TimeUnit.SECONDS);
        TraceExample.TRACE_ID.remove();

        CompletableFuture<String> inLoop = new CompletableFuture<>();
        pool.context().execute(() -> inLoop.complete(Thread.currentThread() + " " + TraceExample.TRACE_ID.get()));
        assertThat(inLoop.get(30, TimeUnit.SECONDS)).isEqualTo(loop.get() + " null");
        CompletableFuture<String> inWorker = new CompletableFuture<>();
        pool.submit(() -> inWorker.complete(Thread.currentThread() + " " + TraceExample.TRACE_ID.get()));
        assertThat(inWorker.get(30, TimeUnit.SECONDS)).isEqualTo(worker.get() + " null");
    }

    private String onVirtual(String traceId) throws Exception {
        FutureTask<String> call = new FutureTask<>(() -> {
            TraceExample.TRACE_ID.set(traceId);
            return pool.submitCo(() -> TraceExample.TRACE_ID.get());
        });
        Thread.startVirtualThread(call);
        return call.get(30, TimeUnit.SECONDS);
    }
}
