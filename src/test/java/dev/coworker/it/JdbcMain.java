package dev.coworker.it;

import dev.coworker.ThreadPool;
import dev.coworker.jdbc.OffloadedDataSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import javax.sql.DataSource;
import org.sqlite.Function;
import org.sqlite.SQLiteConnection;
import org.sqlite.SQLiteDataSource;

/**
 * 50 virtual threads query SQLite, 50 ms each time, while another one ticks each millisecond, and a platform thread
 * beside it. Prints how late the slowest hundredth of the ticks was, in microseconds. See {@link JdbcIT}.
 */
final class JdbcMain {
    private static final int CALLERS = 50;

    private JdbcMain() {}

    public static void main(String[] args) throws Exception {
        SQLiteDataSource sqlite = new SQLiteDataSource();
        Path file = Files.createTempFile("jdbc-", ".db");
        sqlite.setUrl("jdbc:sqlite:" + file);
        try (ThreadPool pool = ThreadPool.create()) {
            boolean inline = args[0].equals("inline");
            DataSource dataSource = inline ? sqlite : OffloadedDataSource.wrap(sqlite, pool);
            run(dataSource, inline ? 1 : 5); // loads classes, starts workers
            long[] late = run(dataSource, inline ? 3 : 40);
            System.out.println("virtual " + late[0] + " platform " + late[1]);
        } finally {
            Files.delete(file);
        }
    }

    private static long[] run(DataSource dataSource, int queries) throws Exception {
        CountDownLatch connected = new CountDownLatch(CALLERS);
        CountDownLatch running = new CountDownLatch(CALLERS);
        List<FutureTask<Boolean>> callers = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            FutureTask<Boolean> caller = new FutureTask<>(() -> {
                try {
                    return query(dataSource, queries, connected);
                } finally {
                    running.countDown();
                }
            });
            callers.add(caller);
            Thread.startVirtualThread(caller);
        }
        FutureTask<Long> virtual = new FutureTask<>(() -> lateness(running));
        FutureTask<Long> platform = new FutureTask<>(() -> lateness(running));
        connected.await();
        Thread.startVirtualThread(virtual);
        Thread.ofPlatform().daemon().start(platform);
        for (FutureTask<Boolean> caller : callers) {
            caller.get();
        }
        return new long[] {virtual.get(), platform.get()};
    }

    private static boolean query(DataSource dataSource, int queries, CountDownLatch connected) throws Exception {
        try (Connection connection = dataSource.getConnection();
                Statement statement = connection.createStatement()) {
            Function.create(connection.unwrap(SQLiteConnection.class), "nap", new Nap());
            connected.countDown();
            connected.await();
            for (int i = 0; i < queries; i++) {
                try (ResultSet rows = statement.executeQuery("select nap(50)")) {
                    rows.next();
                }
            }
        }
        return true;
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

    /** The 99th percentile of how late this thread wakes up from a millisecond's sleep, in microseconds. */
    private static long lateness(CountDownLatch running) throws InterruptedException {
        long[] late = new long[100_000];
        int ticks = 0;
        do {
            long due = System.nanoTime() + 1_000_000;
            Thread.sleep(1);
            late[ticks++] = System.nanoTime() - due;
        } while (running.getCount() > 0 && ticks < late.length);
        Arrays.sort(late, 0, ticks);
        return late[ticks * 99 / 100] / 1_000;
    }
}
