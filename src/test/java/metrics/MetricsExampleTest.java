package metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MetricsExampleTest {
    private static MetricsExample example;
    private static HttpClient client;

    @BeforeAll
    static void start() throws Exception {
        example = MetricsExample.start(0);
        client = HttpClient.newHttpClient();
    }

    @AfterAll
    static void stop() {
        client.close();
        example.close();
    }

    private static HttpResponse<String> get(String path) throws Exception {
        return client.send(
                HttpRequest.newBuilder(example.uri().resolve(path)).build(), HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void aScrapeShowsThePoolWhileTheLoadRuns() throws Exception {
        Flood.until("the load is served", () -> example.pool().stats().completed() > 0);
        HttpResponse<String> response = get("/metrics");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain; version=0.0.4"));
        assertThat(response.body())
                .contains(
                        "# TYPE executor_seconds summary\n",
                        "# TYPE executor_queued_tasks gauge\n",
                        "executor_pool_max_threads{name=\"disk\"} 8.0\n",
                        "coworker_request_seconds{layer=\"co\",name=\"disk\",quantile=\"0.99\"} ")
                .containsPattern("executor_completed_tasks_total\\{name=\"disk\"} [1-9]")
                .doesNotContain("NaN");
    }

    @Test
    void thereIsNothingElse() throws Exception {
        assertThat(get("/metrics/").statusCode()).isEqualTo(404);
        assertThat(get("/elsewhere").statusCode()).isEqualTo(404);
        HttpRequest post = HttpRequest.newBuilder(example.uri())
                .POST(HttpRequest.BodyPublishers.noBody())
                .build();
        assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
                .isEqualTo(405);
    }

    private static int post(String body) throws Exception {
        HttpRequest post = HttpRequest.newBuilder(example.uri().resolve("/queries"))
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    @Test
    void queriesOnVirtualThreadsStarveOthersUntilTheyGoThroughThePool() throws Exception {
        assertThat(post("virtual_threads")).isEqualTo(204);
        Flood.untilRead(example, "starvation starts", Starvation::isSeen);
        assertThat(get("/metrics").body())
                .containsPattern("coworker_carriers_held_seconds_count\\{site=\"metrics.Queries.query:[0-9]+\"} [1-9]")
                .containsPattern("coworker_carriers_starved_total [1-9]");

        assertThat(post("pool")).isEqualTo(204);
        Flood.until("starvation ends", () -> Starvation.hasEnded(example));
        assertThat(post("none")).isEqualTo(204);
    }

    @Test
    void queriesTakeNoUnknownRoute() throws Exception {
        assertThat(post("elsewhere")).isEqualTo(400);
        assertThat(get("/queries").statusCode()).isEqualTo(405);
    }

    @Test
    void onlyThisMachineIsServed() throws Exception {
        URI uri = example.uri();
        assertThat(InetAddress.getByName(uri.getHost()).isLoopbackAddress()).isTrue();
        for (InetAddress address : NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .filter(each -> !each.isLoopbackAddress() && !each.isLinkLocalAddress())
                .toList()) {
            try (Socket socket = new Socket()) {
                assertThatThrownBy(() -> socket.connect(new InetSocketAddress(address, uri.getPort()), 1_000))
                        .isInstanceOf(IOException.class);
            }
        }
    }

    /** The status of a request, with headers that the JDK's client does not let its callers set. */
    private static String status(String request, String... headers) throws IOException {
        try (Socket socket = new Socket(example.uri().getHost(), example.uri().getPort())) {
            String text =
                    request + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\nContent-Length: 4\r\n\r\nnone";
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                    .readLine()
                    .split(" ")[1];
        }
    }

    @Test
    void aPageOfAnotherSiteIsNotServed() throws IOException {
        String own = "Host: localhost:" + example.uri().getPort();
        String origin = "Origin: http://localhost:" + example.uri().getPort();
        String foreign = "Host: example.org:" + example.uri().getPort();
        assertThat(status("GET /metrics", own)).isEqualTo("200");
        assertThat(status("GET /metrics", foreign)).isEqualTo("403");
        assertThat(status("POST /queries", own, origin)).isEqualTo("204");
        assertThat(status("POST /queries", own, "Origin: http://example.org")).isEqualTo("403");
        assertThat(status("POST /queries", own, "Origin: null")).isEqualTo("403");
        assertThat(status("POST /queries", foreign)).isEqualTo("403");
    }

    @Test
    void theMetersAreReadAsTheLoadComesAndGoes() {
        Flood.over(example);
        Flood.untilRead(example, "requests queue", reading -> reading.queued() > 100 && reading.active() == 8);
        Flood.untilRead(example, "latency rises", reading -> reading.p99Millis() > 10 && reading.medianMillis() > 0);
        Flood.until("the flood is over", () -> example.pool().stats().queued() == 0);
        Flood.untilRead(example, "workers idle", reading -> reading.idle() > 0);
        assertThat(example.history().readings())
                .hasSizeLessThanOrEqualTo(History.SECONDS * History.PER_SECOND)
                .allSatisfy(
                        reading -> assertThat(reading.active() + reading.idle()).isLessThanOrEqualTo(16));
    }
}
