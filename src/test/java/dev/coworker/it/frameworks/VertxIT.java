package dev.coworker.it.frameworks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.coworker.AioContext;
import dev.coworker.AioRequest;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Gate;
import dev.coworker.contract.InvariantChecker;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A pool whose callbacks run on a Vert.x event loop, used by the handlers of an HTTP server there. */
class VertxIT {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final Vertx vertx = Vertx.vertx();
    private final Context context = vertx.getOrCreateContext();
    private Thread loopThread;
    private ThreadPool pool;

    @BeforeEach
    void openThePoolOnTheLoop() throws Exception {
        loopThread = onLoop(Thread::currentThread);
        AioContext loop = AioContext.on(
                task -> context.runOnContext(ignored -> task.run()), () -> Thread.currentThread() == loopThread);
        pool = pools.open(ThreadPool.builder().context(loop).maxThreads(1));
    }

    @AfterEach
    void closeVertx() throws Exception {
        pool.close(); // its last callbacks need the loop
        await(vertx.close());
    }

    private <T> T onLoop(Callable<T> call) throws Exception {
        Promise<T> promise = Promise.promise();
        context.runOnContext(ignored -> {
            try {
                promise.complete(call.call());
            } catch (Exception e) {
                promise.fail(e);
            }
        });
        return await(promise.future());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    /** The answer of a server on the context to one request. */
    private CompletableFuture<String> answer(Consumer<HttpServerRequest> handler) throws Exception {
        HttpServer server = await(onLoop(
                () -> vertx.createHttpServer().requestHandler(handler::accept).listen(0, "localhost")));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://localhost:" + server.actualPort()))
                .timeout(Duration.ofSeconds(30))
                .build();
        return HttpClient.newHttpClient()
                .sendAsync(request, HttpResponse.BodyHandlers.ofString())
                .thenApply(HttpResponse::body);
    }

    @Test
    void aHandlerAnswersFromACallbackOnItsEventLoop() throws Exception {
        String answer = answer(request -> pool.submitAio(
                        () -> Thread.currentThread() == loopThread,
                        (workOnLoop, failure) -> request.response()
                                .end(workOnLoop + " " + (Thread.currentThread() == loopThread) + " "
                                        + (Vertx.currentContext() == context))))
                .get(30, TimeUnit.SECONDS);

        assertThat(answer).isEqualTo("false true true");
    }

    @Test
    void aHandlerRunsOnTheLoopsThreadButInAContextOfItsOwn() throws Exception {
        String answer = answer(request -> request.response()
                        .end((Thread.currentThread() == loopThread) + " " + (Vertx.currentContext() == context) + " "
                                + pool.context().inContext()))
                .get(30, TimeUnit.SECONDS);

        assertThat(answer).isEqualTo("true false true");
    }

    @Test
    void cancelInAHandlerWaitsForRunningWorkByRunningItsCallbackInPlace() throws Exception {
        Gate gate = new Gate();
        List<String> steps = new CopyOnWriteArrayList<>();
        AioRequest<String> running = pool.submitAio(
                () -> {
                    gate.pass();
                    return "value";
                },
                (value, failure) -> steps.add("callback " + value));
        gate.awaitArrived(1);
        CompletableFuture<String> answer = answer(request -> {
            steps.add("handler");
            vertx.runOnContext(ignored -> steps.add("next task"));
            gate.open();
            boolean canceled = running.cancel();
            steps.add("canceled: " + canceled);
            request.response().end(running.state().toString());
        });

        assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("DONE");
        onLoop(() -> null);
        assertThat(steps).containsExactly("handler", "callback value", "canceled: false", "next task");
    }

    @Test
    void cancelInAHandlerOfQueuedWorkRunsItsCallbackInPlace() throws Exception {
        Gate gate = new Gate();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        List<String> steps = new CopyOnWriteArrayList<>();
        AioRequest<Boolean> queued = pool.submitAio(
                () -> steps.add("work"),
                (value, failure) -> steps.add(failure.getClass().getSimpleName()));
        String answer = answer(request -> {
                    boolean canceled = queued.cancel();
                    steps.add("canceled: " + canceled);
                    request.response().end(queued.state().toString());
                })
                .get(30, TimeUnit.SECONDS);
        gate.open();

        assertThat(answer).isEqualTo("CANCELED");
        assertThat(steps).containsExactly("CancellationException", "canceled: true");
    }

    @Test
    void aPoolClosedInAHandlerDeliversItsCallbacksFirst() throws Exception {
        List<String> steps = new CopyOnWriteArrayList<>();
        String answer = answer(request -> {
                    pool.submitAio(() -> "value", (value, failure) -> steps.add("callback " + value));
                    pool.close();
                    steps.add("closed");
                    request.response().end("answered");
                })
                .get(30, TimeUnit.SECONDS);

        assertThat(answer).isEqualTo("answered");
        assertThat(steps).containsExactly("callback value", "closed");
    }
}
