package dev.coworker.it;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** H2 in MVStore mode, written by virtual threads. See {@link DefaultProviderIT}. */
final class H2Main {
    private static final int WRITERS = 5;
    private static final int ROWS = 100;
    private static final int SIZE = 4096;

    private H2Main() {}

    public static void main(String[] args) throws Exception {
        String url = "jdbc:h2:file:" + Path.of(args[0]).toAbsolutePath().resolve("db");
        try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor();
                Connection keepsOpen = DriverManager.getConnection(url)) {
            keepsOpen.createStatement().execute("create table t(k varchar primary key, v binary varying)");
            List<Future<?>> writers = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                int number = i;
                writers.add(virtual.submit(() -> write(url, number)));
            }
            for (Future<?> writer : writers) {
                writer.get();
            }
            System.out.println("rows " + count(keepsOpen) + ", of " + SIZE + " bytes each");
        }
        try (Connection again = DriverManager.getConnection(url)) {
            System.out.println("rows " + count(again) + " after reopening");
        }
        System.out.println("pool "
                + Thread.getAllStackTraces().keySet().stream()
                        .anyMatch(thread -> thread.getName().startsWith("coworker-files")));
    }

    private static Void write(String url, int number) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                PreparedStatement put = connection.prepareStatement("merge into t key(k) values(?, ?)")) {
            for (int k = 0; k < ROWS; k++) {
                put.setString(1, number + "/" + k);
                put.setBytes(2, new byte[SIZE]);
                put.executeUpdate();
            }
        }
        return null;
    }

    private static int count(Connection connection) throws SQLException {
        try (ResultSet rows = connection.createStatement().executeQuery("select count(*) from t")) {
            rows.next();
            return rows.getInt(1);
        }
    }
}
