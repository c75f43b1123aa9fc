package com.example.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.ThreadPool;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.tracing.Tracer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.MDC;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

/** The application as its clients and its operators see it. */
class ApplicationTest {
    @TempDir
    Path directory;

    private final HttpClient client = HttpClient.newHttpClient();
    private ConfigurableApplicationContext application;
    private ThreadPool workers;

    @BeforeEach
    void start() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "hello");
        application = SpringApplication.run(
                Application.class,
                "--server.port=0",
                "--file=" + file,
                "--database.url=jdbc:sqlite:" + directory.resolve("disk.db"),
                "--workers.max-threads=1",
                "--workers.max-queued=1",
                "--workers.start-within=1s");
        workers = application.getBean(ThreadPool.class);
    }

    @AfterEach
    void stop() {
        application.close();
        client.close();
    }

    private int port() {
        return application.getEnvironment().getRequiredProperty("local.server.port", int.class);
    }

    private CompletableFuture<HttpResponse<String>> ask(String path) {
        return ask(request(path));
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port() + path));
    }

    private CompletableFuture<HttpResponse<String>> ask(HttpRequest.Builder request) {
        return client.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private String get(String path) throws Exception {
        return ask(path).get(30, TimeUnit.SECONDS).body();
    }

    /** Occupies the one worker until the latch is counted down. */
    private CountDownLatch occupy() throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        workers.submit(() -> {
            begun.countDown();
            free.await();
        });
        begun.await();
        return free;
    }

    @Test
    void anEndpointEachReadsAFileQueriesAndHashes() throws Exception {
        long before = workers.stats().completed();
        assertThat(get("/ping")).isEqualTo("pong");
        assertThat(get("/query")).isEqualTo("42");
        HttpRequest.Builder form = request("/hash")
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("password=secret"));
        assertThat(ask(form).get(30, TimeUnit.SECONDS).body()).isEqualTo(Endpoints.hashed("secret"));
        assertThat(get("/file")).isEqualTo("hello");
        assertThat(workers.stats().completed()).isGreaterThan(before + 3);
    }

    @Test
    void onlyThisMachineIsServed() throws Exception {
        for (InetAddress address : NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(address -> !address.isLoopbackAddress())
                .toList()) {
            assertThatThrownBy(() -> new Socket(address, port()).close()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void atOverloadAClientIsAskedToComeBack() throws Exception {
        get("/query"); // opens a connection
        CountDownLatch free = occupy();
        HttpResponse<String> file = ask("/file").get(30, TimeUnit.SECONDS);
        HttpResponse<String> query = ask("/query").get(30, TimeUnit.SECONDS);
        free.countDown();
        assertThat(file.statusCode()).isEqualTo(503);
        assertThat(file.headers().firstValue("Retry-After")).hasValue("1");
        assertThat(query.statusCode()).isEqualTo(503);
    }

    @Test
    void theMetersOfThePoolAreThereForPrometheus() throws Exception {
        assertThat(get("/actuator/prometheus"))
                .contains("executor_pool_max_threads{name=\"workers\"} 1.0", "coworker_timed_out");
    }

    @Test
    void theHealthOfThePoolFollowsItsQueue() throws Exception {
        HttpResponse<String> idle = ask("/actuator/health").get(30, TimeUnit.SECONDS);
        assertThat(idle.statusCode()).isEqualTo(200);
        assertThat(idle.body()).contains("\"workers\":{\"details\":{\"active\":");
        CountDownLatch free = occupy();
        workers.submit(() -> {});
        HttpResponse<String> full = ask("/actuator/health").get(30, TimeUnit.SECONDS);
        assertThat(full.statusCode()).isEqualTo(503);
        assertThat(full.body()).contains("\"queued\":1", "OUT_OF_SERVICE");
        free.countDown();
    }

    @Test
    void workSeesTheLoggingContextOfItsCaller() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        Thread.startVirtualThread(() -> {
            try (MDC.MDCCloseable ignored = MDC.putCloseable("client", "42")) {
                seen.complete(workers.submitCo(() -> MDC.get("client")));
            } catch (InterruptedException e) {
                seen.completeExceptionally(e);
            }
        });
        assertThat(seen.get(30, TimeUnit.SECONDS)).isEqualTo("42");
    }

    @Test
    void workSeesTheTraceOfItsCaller() throws Exception {
        ObservationRegistry observations = application.getBean(ObservationRegistry.class);
        Tracer tracer = application.getBean(Tracer.class);
        CompletableFuture<String> caller = new CompletableFuture<>();
        CompletableFuture<String> work = new CompletableFuture<>();
        Thread.startVirtualThread(() -> Observation.createNotStarted("request", observations)
                .observe(() -> {
                    caller.complete(tracer.currentTraceContext().context().traceId());
                    try {
                        work.complete(workers.submitCo(
                                () -> tracer.currentTraceContext().context().traceId()));
                    } catch (InterruptedException | RuntimeException e) {
                        work.completeExceptionally(e);
                    }
                }));
        assertThat(work.get(30, TimeUnit.SECONDS)).isEqualTo(caller.get(30, TimeUnit.SECONDS));
    }

    /** The query needs the pool several times: it fails if the pool closes before the web server has answered. */
    @Test
    void aShutdownAnswersTheRequestsThatItHasAcceptedAndThenClosesThePool() throws Exception {
        assertThat(get("/query")).isEqualTo("42");
        CountDownLatch free = occupy();
        CompletableFuture<HttpResponse<String>> query = ask("/query");
        while (workers.stats().queued() == 0) {
            Thread.onSpinWait();
        }

        Thread closing = Thread.ofPlatform().start(application::close);
        while (closing.getState() != Thread.State.WAITING && closing.getState() != Thread.State.TIMED_WAITING) {
            Thread.onSpinWait();
        }
        free.countDown();

        assertThat(query.get(30, TimeUnit.SECONDS).body()).isEqualTo("42");
        closing.join();
        assertThat(workers.toString()).contains("Closed");
        assertThat(workers.stats().curThreads()).isZero();
    }
}
