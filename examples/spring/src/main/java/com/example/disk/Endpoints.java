package com.example.disk;

import dev.coworker.ThreadPool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.dao.QueryTimeoutException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Each request runs on a virtual thread, and what would hold its carrier runs on a worker. */
@RestController
class Endpoints {
    private final ThreadPool workers;
    private final WorkersProperties properties;
    private final JdbcClient client;
    private final Path file;

    Endpoints(ThreadPool workers, WorkersProperties properties, JdbcClient client, @Value("${file}") Path file) {
        this.workers = workers;
        this.properties = properties;
        this.client = client;
        this.file = file;
    }

    @GetMapping("/ping")
    String ping() {
        return "pong";
    }

    @GetMapping("/file")
    String file() throws Exception {
        return workers.submitCo(() -> Files.readString(file), properties.startWithin());
    }

    /** The wrapped driver hands over what blocks. */
    @GetMapping("/query")
    int query() {
        return client.sql("select 6 * 7").query(Integer.class).single();
    }

    /** A form: what is in an address ends up in logs. */
    @PostMapping("/hash")
    String hash(@RequestParam String password) throws Exception {
        return workers.submitCo(() -> hashed(password), properties.startWithin());
    }

    static String hashed(String password) throws GeneralSecurityException {
        PBEKeySpec key = new PBEKeySpec(password.toCharArray(), new byte[16], 100_000, 256);
        return HexFormat.of()
                .formatHex(SecretKeyFactory.getInstance("PBKDF2WithHmacSHA256")
                        .generateSecret(key)
                        .getEncoded());
    }

    /** Overload, or the end of the server. */
    @ExceptionHandler({TimeoutException.class, QueryTimeoutException.class, RejectedExecutionException.class})
    ResponseEntity<String> overloaded() {
        return ResponseEntity.status(503).header(HttpHeaders.RETRY_AFTER, "1").body("overloaded");
    }
}
