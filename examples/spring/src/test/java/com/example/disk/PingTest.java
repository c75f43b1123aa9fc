package com.example.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.sqlite.Function;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;

/** How long a request that does nothing takes beside 16 clients with queries of 50 ms. */
class PingTest {
    /** Queries SQLite on the virtual thread itself, and through the data source of the application. */
    @RestController
    static class Queries {
        private final DataSource dataSource;
        private final SQLiteDataSource bare = new SQLiteDataSource();

        Queries(DataSource dataSource) {
            this.dataSource = dataSource;
        }

        @GetMapping("/inline")
        int inline() throws SQLException {
            return query(bare);
        }

        @GetMapping("/offloaded")
        int offloaded() throws SQLException {
            return query(dataSource);
        }

        private static int query(DataSource dataSource) throws SQLException {
            try (Connection connection = dataSource.getConnection();
                    Statement statement = connection.createStatement()) {
                Function.create(connection.unwrap(SQLiteConnection.class), "nap", new Nap());
                try (ResultSet rows = statement.executeQuery("select nap(50)")) {
                    rows.next();
                    return rows.getInt(1);
                }
            }
        }

        /** A query that waits inside SQLite, as one does for a slow disk. */
        private static final class Nap extends Function {
            @Override
            protected void xFunc() throws SQLException {
                try {
                    Thread.sleep(value_int(0));
                } catch (InterruptedException e) {
                    throw new SQLException(e);
                }
                result(0);
            }
        }
    }

    @TempDir
    Path directory;

    private static void get(HttpClient client, URI uri) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(uri).timeout(Duration.ofMinutes(1)).build();
        assertThat(client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isEqualTo(200);
    }

    /** The 99th percentile of a ping, in microseconds. */
    private static long pings(URI server, String load) throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        List<Long> micros = new ArrayList<>();
        List<Future<?>> loading = new ArrayList<>();
        try (HttpClient client = HttpClient.newHttpClient();
                HttpClient pinging = HttpClient.newHttpClient();
                ExecutorService clients = Executors.newFixedThreadPool(16)) {
            get(pinging, server.resolve("/ping"));
            for (int i = 0; i < 16; i++) {
                loading.add(clients.submit(() -> {
                    while (!ended.get()) {
                        get(client, server.resolve(load));
                    }
                    return null;
                }));
            }
            long until = System.nanoTime() + Duration.ofSeconds(5).toNanos();
            while (System.nanoTime() < until || micros.size() < 20) {
                long since = System.nanoTime();
                get(pinging, server.resolve("/ping"));
                micros.add((System.nanoTime() - since) / 1_000);
                Thread.sleep(5);
            }
            ended.set(true);
            for (Future<?> one : loading) {
                one.get();
            }
        }
        micros.sort(null);
        return micros.get(micros.size() * 99 / 100);
    }

    @Test
    void queriesOnWorkersDelayAPingLessThanQueriesOnCarriers() throws Exception {
        try (ConfigurableApplicationContext application = new SpringApplication(Application.class, Queries.class)
                .run(
                        "--server.port=0",
                        "--database.url=jdbc:sqlite:" + directory.resolve("disk.db"),
                        "--workers.start-within=1m")) {
            URI server = URI.create(
                    "http://localhost:" + application.getEnvironment().getProperty("local.server.port"));
            long inline = pings(server, "/inline");
            long offloaded = pings(server, "/offloaded");
            System.out.println("ping p99 in microseconds, inline: " + inline + ", offloaded: " + offloaded);
            assertThat(offloaded).isLessThan(inline);
        }
    }
}
