package metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** The page, its drawing, and what Prometheus scrapes; on the loopback address, from the JDK's own server. */
final class Site implements AutoCloseable {
    private static final String PAGE = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <title>A pool and the carriers, live</title>
            <style>
            :root { color-scheme: light dark }
            body { margin: 2rem auto; max-width: 820px; font: 16px/1.5 system-ui, sans-serif }
            body { color: #222; background: #fff }
            h1 { font-size: 1.3rem; font-weight: 600 }
            svg { width: 100%; height: auto }
            button { font: inherit; padding: .2rem .6rem }
            button[aria-pressed=true] { font-weight: 600 }
            @media (prefers-color-scheme: dark) {
                body { color: #e6edf3; background: #0d1117 }
                a { color: #58a6ff }
            }
            </style>
            </head>
            <body>
            <h1>A pool of 8 workers under waves of requests, and the carriers</h1>
            <p>Queries of a database in native code:
            <button id="none" aria-pressed="true">none</button>
            <button id="virtual_threads" aria-pressed="false">on virtual threads</button>
            <button id="pool" aria-pressed="false">through submitCo</button></p>
            <div id="drawing"></div>
            <p id="state">The last minute, drawn twice a second.</p>
            <p>The same figures for Prometheus: <a href="/metrics">/metrics</a></p>
            <script>
            async function draw() {
                try {
                    const answer = await fetch("/drawing.svg");
                    const drawing = document.getElementById("drawing");
                    drawing.innerHTML = await answer.text();
                    drawing.dataset.drawn = 1 + Number(drawing.dataset.drawn ?? 0);
                } catch (failure) {
                    document.getElementById("state").textContent = "The example was stopped.";
                }
                setTimeout(draw, 500);
            }
            for (const button of document.querySelectorAll("button")) {
                button.onclick = async () => {
                    await fetch("/queries", { method: "POST", body: button.id });
                    for (const each of document.querySelectorAll("button")) {
                        each.setAttribute("aria-pressed", each === button);
                    }
                };
            }
            document.getElementById(location.hash.slice(1))?.click();
            draw();
            </script>
            </body>
            </html>
            """;

    private static final Pattern OWN_NAME = Pattern.compile("(127\\.0\\.0\\.1|localhost)(:\\d{1,5})?");

    private final HttpServer server;

    Site(int port, PrometheusMeterRegistry registry, History history, Queries queries) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        serve("/", "text/html; charset=utf-8", () -> PAGE);
        serve("/drawing.svg", "image/svg+xml", () -> Drawing.of(history.readings()));
        serve("/metrics", "text/plain; version=0.0.4; charset=utf-8", registry::scrape);
        server.createContext("/queries", exchange -> route(exchange, queries));
        server.start();
    }

    private void serve(String path, String type, Supplier<String> content) {
        server.createContext(path, exchange -> {
            try (exchange) {
                if (isForeign(exchange)) {
                    exchange.sendResponseHeaders(403, -1);
                } else if (!exchange.getRequestURI().getPath().equals(path)) {
                    exchange.sendResponseHeaders(404, -1);
                } else if (!exchange.getRequestMethod().equals("GET")) {
                    exchange.getResponseHeaders().set("Allow", "GET");
                    exchange.sendResponseHeaders(405, -1);
                } else {
                    send(exchange, type, content.get().getBytes(StandardCharsets.UTF_8));
                }
            }
        });
    }

    /** Has queries take the route that the body names. */
    private static void route(HttpExchange exchange, Queries queries) throws IOException {
        try (exchange) {
            if (isForeign(exchange)) {
                exchange.sendResponseHeaders(403, -1);
                return;
            }
            if (!exchange.getRequestMethod().equals("POST")) {
                exchange.getResponseHeaders().set("Allow", "POST");
                exchange.sendResponseHeaders(405, -1);
                return;
            }
            byte[] body = exchange.getRequestBody().readNBytes(100);
            try {
                String name = new String(body, StandardCharsets.US_ASCII).toUpperCase(Locale.ROOT);
                queries.take(Queries.Route.valueOf(name));
                exchange.sendResponseHeaders(204, -1);
            } catch (IllegalArgumentException e) {
                exchange.sendResponseHeaders(400, -1);
            }
        }
    }

    /**
     * A page of any other site, open in a browser of this machine, can reach the loopback address too: under a name of
     * its own that leads there, or with its own origin.
     */
    private static boolean isForeign(HttpExchange exchange) {
        String host = String.valueOf(exchange.getRequestHeaders().getFirst("Host"));
        String origin = exchange.getRequestHeaders().getFirst("Origin");
        return !OWN_NAME.matcher(host).matches() || origin != null && !origin.equals("http://" + host);
    }

    private static void send(HttpExchange exchange, String type, byte[] content) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-store");
        exchange.sendResponseHeaders(200, content.length);
        exchange.getResponseBody().write(content);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
