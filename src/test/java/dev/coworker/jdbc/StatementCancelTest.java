package dev.coworker.jdbc;

import static dev.coworker.contract.Callers.onVirtual;
import static dev.coworker.contract.Callers.virtual;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.CallOptions;
import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers;
import dev.coworker.contract.Callers.Caller;
import dev.coworker.contract.Gate;
import dev.coworker.contract.InvariantChecker;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A statement that runs is canceled when its caller is interrupted, or its time is over. */
class StatementCancelTest {
    /** How long the queries would run, on any machine: minutes. */
    private static final long ROWS = 20_000_000_000L;

    /** How late a cancel may arrive on a loaded machine. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    @TempDir
    Path directory;

    private static String endless(Database database) {
        return switch (database) {
            case SQLITE ->
                "with recursive r(x) as (select 1 union all select x + 1 from r where x < " + ROWS
                        + ") select count(*) from r";
            case H2 -> "select count(*) from system_range(1, " + ROWS + ") where x % 7 = 8";
            case DUCKDB -> "select count(*) from range(" + ROWS + ") a where hash(range) % 7 = 8";
        };
    }

    private static int one(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select 1")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptCancelsAQueryThatRunsAndLeavesTheConnectionUsable(Database database) throws Exception {
        ThreadPool pool = pools.open();
        DataSource dataSource = OffloadedDataSource.wrap(database.in(directory), pool);
        try (Connection connection = onVirtual(dataSource::getConnection)) {
            Statement statement = connection.createStatement();
            Thread[] thread = new Thread[1];
            long[] ended = new long[1];
            Caller<Boolean> caller = virtual(() -> {
                thread[0] = Thread.currentThread();
                assertThatThrownBy(() -> {
                            try (ResultSet rows = statement.executeQuery(endless(database))) {
                                rows.next();
                            }
                        })
                        .isInstanceOf(SQLException.class);
                ended[0] = System.nanoTime();
                return Thread.interrupted();
            });
            Callers.until("the query runs", () -> pool.stats().active() == 1);

            long interrupted = System.nanoTime();
            thread[0].interrupt();

            assertThat(caller.result()).isTrue();
            assertThat(Duration.ofNanos(ended[0] - interrupted)).isLessThan(PATIENCE);
            assertThat(onVirtual(() -> one(connection))).isOne();
        }
    }

    /** A connection: on a loaded machine it may take longer than its time to open one. */
    private static Connection connect(DataSource dataSource) throws SQLException {
        while (true) {
            try {
                return dataSource.getConnection();
            } catch (SQLTimeoutException e) {
                assertThat(e.getSQLState()).isEqualTo("57014");
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aQueryThatTakesLongerThanItsTimeIsCanceled(Database database) throws Exception {
        DataSource dataSource = OffloadedDataSource.wrap(
                database.in(directory), pools.open(), CallOptions.defaults().endWithin(Duration.ofMillis(300)));
        try (Connection connection = onVirtual(() -> connect(dataSource));
                Statement statement = connection.createStatement()) {
            assertThatThrownBy(() -> onVirtual(() -> {
                        try (ResultSet rows = statement.executeQuery(endless(database))) {
                            return rows.next();
                        }
                    }))
                    .isInstanceOf(SQLTimeoutException.class);
        }
    }

    @Test
    void aCancelThatComesBeforeTheDriverListensIsRepeated() throws Exception {
        FakeDriver driver = new FakeDriver();
        Gate gate = new Gate();
        Semaphore cancels = new Semaphore(0);
        driver.answer("Statement.execute", () -> {
            gate.passUninterruptibly();
            cancels.acquireUninterruptibly(2); // deaf to the first
            throw new SQLException("canceled");
        });
        driver.answer("Statement.cancel", () -> {
            cancels.release();
            return null;
        });
        Statement statement = onVirtual(() -> OffloadedDataSource.wrap(driver.dataSource(), pools.open())
                .getConnection()
                .createStatement());
        Thread[] thread = new Thread[1];
        Caller<Boolean> caller = virtual(() -> {
            thread[0] = Thread.currentThread();
            return statement.execute("");
        });
        gate.awaitArrived(1);

        thread[0].interrupt();
        gate.open();

        assertThat(caller.failure()).isInstanceOf(SQLException.class).hasMessage("canceled");
    }

    @Test
    void aFetchCancelsTheStatementOfItsResultSet() throws Exception {
        FakeDriver driver = new FakeDriver();
        Gate gate = new Gate();
        driver.answer("ResultSet.next", () -> {
            gate.passUninterruptibly();
            return true;
        });
        driver.answer("Statement.cancel", () -> {
            gate.open();
            return null;
        });
        ResultSet rows = onVirtual(() -> OffloadedDataSource.wrap(driver.dataSource(), pools.open())
                .getConnection()
                .createStatement()
                .executeQuery(""));
        Thread[] thread = new Thread[1];
        Caller<Boolean> caller = virtual(() -> {
            thread[0] = Thread.currentThread();
            return rows.next() && Thread.interrupted();
        });
        gate.awaitArrived(1);

        thread[0].interrupt();

        assertThat(caller.result()).isTrue();
    }

    @Test
    void aConnectionThatIsOpenedTooLateIsClosed() throws Exception {
        FakeDriver driver = new FakeDriver();
        Gate gate = new Gate();
        Connection late = driver.object(Connection.class);
        driver.answer("DataSource.getConnection", () -> {
            gate.passUninterruptibly();
            return late;
        });
        ThreadPool pool = pools.open();
        // On a loaded machine the time may be over before a worker begins.
        for (Duration time = Duration.ofMillis(50); driver.calls.isEmpty(); time = time.multipliedBy(2)) {
            CallOptions options = CallOptions.defaults().endWithin(time).onCancel(worker -> gate.open());
            DataSource dataSource = OffloadedDataSource.wrap(driver.dataSource(), pool, options);
            assertThatThrownBy(() -> onVirtual(dataSource::getConnection)).isInstanceOf(SQLTimeoutException.class);
        }

        assertThat(driver.methods()).containsExactly("DataSource.getConnection", "Connection.close");
    }

    @Test
    void aCallThatNoWorkerBeginsInTimeIsWithdrawn() throws Exception {
        FakeDriver driver = new FakeDriver();
        Gate gate = new Gate();
        ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
        DataSource dataSource = OffloadedDataSource.wrap(
                driver.dataSource(), pool, CallOptions.defaults().startWithin(Duration.ZERO));
        pool.submit(gate::pass);
        gate.awaitArrived(1);

        assertThatThrownBy(() -> onVirtual(dataSource::getConnection)).isInstanceOf(SQLTimeoutException.class);

        assertThat(driver.methods()).isEmpty();
        gate.open();
    }
}
