package dev.coworker.jdbc;

import static dev.coworker.contract.Callers.onVirtual;
import static dev.coworker.contract.Callers.platform;
import static dev.coworker.contract.Callers.virtual;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.coworker.ThreadPool;
import dev.coworker.contract.Callers;
import dev.coworker.contract.Callers.Caller;
import dev.coworker.contract.Gate;
import dev.coworker.contract.InvariantChecker;
import java.io.InputStream;
import java.lang.reflect.Array;
import java.lang.reflect.Method;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.sql.Types;
import java.sql.Wrapper;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which calls go to the pool, and what becomes of them; with a driver that does nothing. */
class OffloadedDataSourceTest {
    @RegisterExtension
    final InvariantChecker pools = new InvariantChecker();

    private final FakeDriver driver = new FakeDriver();
    private final ThreadPool pool = pools.open(ThreadPool.builder().maxThreads(1));
    private final DataSource dataSource = OffloadedDataSource.wrap(driver.dataSource(), pool);

    private Connection connection() throws Exception {
        return onVirtual(dataSource::getConnection);
    }

    private Statement statement() throws Exception {
        return connection().createStatement();
    }

    /** Calls each method of a JDBC interface on a virtual thread, and returns the names of those that stayed there. */
    private Set<String> callAll(Class<?> type, Object object) throws Exception {
        driver.calls.clear();
        for (Method method : type.getMethods()) {
            if (method.getDeclaringClass() != Wrapper.class) {
                Object[] arguments = Arrays.stream(method.getParameterTypes())
                        .map(parameter -> parameter == String.class
                                ? "1"
                                : parameter.isPrimitive() ? Array.get(Array.newInstance(parameter, 1), 0) : null)
                        .toArray();
                onVirtual(() -> method.invoke(object, arguments));
            }
        }
        assertThat(driver.methods())
                .containsAll(Arrays.stream(type.getMethods())
                        .filter(method -> method.getDeclaringClass() != Wrapper.class)
                        .map(FakeDriver::name)
                        .toList());
        return driver.calls.stream()
                .filter(FakeDriver.Call::virtual)
                .map(call -> call.method().substring(call.method().indexOf('.') + 1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void ofAConnectionOnlyWhatLooksAtMemoryRunsInPlace() throws Exception {
        assertThat(callAll(Connection.class, connection()))
                .containsExactlyInAnyOrder(
                        "createStatement",
                        "getAutoCommit",
                        "isClosed",
                        "getWarnings",
                        "clearWarnings",
                        "abort",
                        "getNetworkTimeout",
                        "setNetworkTimeout",
                        "isValid");
    }

    @Test
    void ofAPreparedStatementParametersAreSetInPlaceAndExecutionIsNot() throws Exception {
        assertThat(callAll(PreparedStatement.class, connection().prepareStatement("")))
                .contains("setInt", "setString", "setObject", "setBytes", "addBatch", "cancel", "getConnection")
                .doesNotContain(
                        "execute",
                        "executeQuery",
                        "executeUpdate",
                        "executeLargeUpdate",
                        "executeBatch",
                        "executeLargeBatch",
                        "getMoreResults",
                        "getGeneratedKeys",
                        "getResultSet",
                        "setBlob",
                        "setBinaryStream",
                        "setQueryTimeout",
                        "getMetaData",
                        "close");
    }

    @Test
    void ofACallableStatementResultsAreReadOnAWorker() throws Exception {
        assertThat(callAll(CallableStatement.class, connection().prepareCall("")))
                .contains("setInt")
                .doesNotContain("getInt", "getString", "getObject", "registerOutParameter", "execute", "close");
    }

    @Test
    void ofAResultSetTheCurrentRowIsReadInPlaceAndMovingIsNot() throws Exception {
        ResultSet rows = onVirtual(() -> statement().executeQuery(""));
        onVirtual(rows::next);
        assertThat(callAll(ResultSet.class, rows))
                .contains("getInt", "getString", "getObject", "wasNull", "findColumn", "getMetaData", "getStatement")
                .doesNotContain(
                        "next",
                        "previous",
                        "first",
                        "last",
                        "absolute",
                        "relative",
                        "updateRow",
                        "insertRow",
                        "deleteRow",
                        "refreshRow",
                        "getBlob",
                        "getClob",
                        "getBinaryStream",
                        "close");
    }

    @Test
    void ofTheDatabasesMetadataNothingRunsInPlaceButTheWayBack() throws Exception {
        DatabaseMetaData meta = connection().getMetaData();
        assertThat(callAll(DatabaseMetaData.class, meta)).containsExactly("getConnection");
    }

    @Test
    void ofALargeObjectNothingRunsInPlace() throws Exception {
        assertThat(callAll(Clob.class, connection().createClob())).isEmpty();
        assertThat(callAll(Blob.class, connection().createBlob())).isEmpty();
    }

    @Test
    void aColumnOfLargeObjectsIsReadOnAWorkerAndTheOthersInPlace() throws Exception {
        ResultSetMetaData columns = driver.object(ResultSetMetaData.class);
        driver.answer("ResultSetMetaData.getColumnCount", () -> 1);
        driver.answer("ResultSetMetaData.getColumnType", () -> Types.CLOB);
        driver.answer("ResultSet.getMetaData", () -> columns);
        ResultSet rows = onVirtual(() -> statement().executeQuery(""));
        onVirtual(rows::next);
        driver.calls.clear();

        onVirtual(() -> rows.getString(1));
        onVirtual(() -> rows.getString(2));
        onVirtual(() -> rows.getString("one"));

        assertThat(driver.calls)
                .containsExactly(
                        new FakeDriver.Call("ResultSet.getString", false),
                        new FakeDriver.Call("ResultSet.getString", true),
                        new FakeDriver.Call("ResultSet.findColumn", true),
                        new FakeDriver.Call("ResultSet.getString", false));
    }

    @Test
    void aStreamIsBoundOnAWorker() throws Exception {
        PreparedStatement insert = connection().prepareStatement("");
        driver.calls.clear();
        onVirtual(() -> {
            insert.setObject(1, InputStream.nullInputStream());
            insert.setObject(2, "text");
            return null;
        });
        assertThat(driver.calls)
                .containsExactly(
                        new FakeDriver.Call("PreparedStatement.setObject", false),
                        new FakeDriver.Call("PreparedStatement.setObject", true));
    }

    @Test
    void aPlatformThreadCallsTheDriverItself() throws Exception {
        String worker = platform(() -> {
                    try (Connection connection = dataSource.getConnection();
                            Statement statement = connection.createStatement()) {
                        return String.valueOf(statement.execute(""));
                    }
                })
                .result();
        assertThat(worker).isEqualTo("true");
        assertThat(pool.stats().submitted()).isZero();
    }

    @Test
    void aLargeObjectOfOursReachesTheDriverAsItsOwn() throws Exception {
        Blob own = driver.object(Blob.class);
        driver.answer("Connection.createBlob", () -> own);
        Connection connection = connection();
        Blob blob = onVirtual(connection::createBlob);
        PreparedStatement[] seen = new PreparedStatement[1];
        driver.answer("PreparedStatement.setBlob", () -> {
            throw new SQLException("bound");
        });
        assertThat(blob).isNotEqualTo(own);
        assertThatThrownBy(() -> onVirtual(() -> {
                    seen[0] = connection.prepareStatement("");
                    seen[0].setBlob(1, blob);
                    return null;
                }))
                .hasMessage("bound");
    }

    @Test
    void anErrorOfTheDriverComesThroughAsItself() throws Exception {
        UnsatisfiedLinkError error = new UnsatisfiedLinkError("no native library");
        driver.answer("Statement.execute", () -> {
            throw error;
        });
        Statement statement = statement();
        assertThatThrownBy(() -> onVirtual(() -> statement.execute(""))).isSameAs(error);
        assertThatThrownBy(() -> platform(() -> statement.execute("")).result()).isSameAs(error);
    }

    @Test
    void aClosedPoolRefusesExecutionAndStillCloses() throws Exception {
        Connection connection = connection();
        Statement statement = connection.createStatement();
        pool.close();
        driver.calls.clear();

        assertThatThrownBy(() -> onVirtual(() -> statement.execute("")))
                .isInstanceOf(SQLNonTransientConnectionException.class)
                .hasMessageContaining("closed");
        assertThatThrownBy(() -> onVirtual(dataSource::getConnection))
                .isInstanceOf(SQLNonTransientConnectionException.class);
        onVirtual(() -> {
            connection.rollback();
            statement.close();
            connection.close();
            return null;
        });

        assertThat(driver.methods()).containsExactly("Connection.rollback", "Statement.close", "Connection.close");
    }

    @ParameterizedTest
    @ValueSource(strings = {"close", "commit", "rollback"})
    void anInterruptedCallerStillEndsItsTransaction(String method) throws Exception {
        Connection connection = connection();
        driver.calls.clear();
        boolean interrupted = onVirtual(() -> {
            Thread.currentThread().interrupt();
            Connection.class.getMethod(method).invoke(connection);
            return Thread.interrupted();
        });
        assertThat(driver.calls).containsExactly(new FakeDriver.Call("Connection." + method, false));
        assertThat(interrupted).isTrue();
    }

    @Test
    void anInterruptWithdrawsAStatementThatWaitsForAWorker() throws Exception {
        Gate gate = new Gate();
        Statement statement = statement();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        driver.calls.clear();
        Thread[] thread = new Thread[1];
        Caller<Boolean> caller = virtual(() -> {
            thread[0] = Thread.currentThread();
            try {
                return statement.execute("");
            } catch (SQLTransientException e) {
                assertThat(e.getSQLState()).isEqualTo("57014");
                return Thread.interrupted();
            }
        });
        Callers.until("the call is queued", () -> pool.stats().queued() == 1);

        thread[0].interrupt();

        assertThat(caller.result()).isTrue();
        assertThat(driver.methods()).isEmpty();
        gate.open();
    }

    @Test
    void aCloseThatIsInterruptedWhileItWaitsForAWorkerGoesOn() throws Exception {
        Gate gate = new Gate();
        Connection connection = connection();
        pool.submit(gate::pass);
        gate.awaitArrived(1);
        Thread[] thread = new Thread[1];
        Caller<Boolean> caller = virtual(() -> {
            thread[0] = Thread.currentThread();
            connection.close();
            return Thread.interrupted();
        });
        Callers.until("the call is queued", () -> pool.stats().queued() == 1);

        thread[0].interrupt();
        Callers.until("it was withdrawn", () -> pool.stats().canceled() == 1);
        gate.open();

        assertThat(caller.result()).isTrue();
        assertThat(driver.methods()).endsWith("Connection.close");
    }

    @Test
    void objectsThatAreReturnedAreWrappedOnce() throws Exception {
        Connection connection = connection();
        Statement statement = connection.createStatement();
        ResultSet rows = onVirtual(() -> statement.executeQuery(""));

        assertThat(rows.getStatement()).isSameAs(statement);
        assertThat(statement.getConnection()).isSameAs(connection);
        assertThat(connection.getMetaData().getConnection()).isSameAs(connection);
        assertThat(statement.unwrap(Statement.class)).isSameAs(statement);
        assertThat(List.of(connection, statement, rows)).doesNotHaveDuplicates();
        assertThat(statement.toString()).isEqualTo("offloaded fake");
    }
}
