package dev.coworker.jdbc;

import dev.coworker.CallOptions;
import dev.coworker.Submitter;
import dev.coworker.Work;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Objects;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A data source whose connections do not hold the carriers of virtual threads. Put it over the data source of a driver
 * that runs in your process: SQLite, DuckDB, H2, HSQLDB, Derby. Drivers that talk to a server over a socket do not need
 * it, since sockets park virtual threads.
 *
 * {@snippet file="snippets/Databases.java" region="wrap"}
 *
 * <p><strong>Which calls.</strong> A virtual thread's calls that may block run on a worker of the pool. Calls that only
 * look at memory run in place: parameters are set, and the columns of the current row are read, without a hand-over. A
 * platform thread's calls all run in place. So several statements, or a large result, cost one hand-over if the program
 * hands the whole of it to the pool: on a worker this data source does nothing.
 *
 * {@snippet file="snippets/Databases.java" region="whole"}
 *
 * <p><strong>Rows.</strong> Each {@code next()} is one hand-over. JDBC has no way to ask a driver how many rows it has
 * read ahead: SQLite computes each row in {@code next()}, whatever {@code fetchSize} says. Columns of large objects are
 * read on a worker too, as are the streams of {@code Blob} and {@code Clob}, 64 KB at a time.
 *
 * <p><strong>Interrupts.</strong> A call that no worker has begun is withdrawn: {@link java.sql.SQLTransientException}
 * with the SQL state 57014. If one has, {@link java.sql.Statement#cancel} is called until the driver gives up, and the
 * driver's own exception comes through. The interrupt status is set in both cases. Calls that end a transaction, set a
 * property of the connection, or close something are not withdrawn: {@code rollback} and {@code close} always do their
 * work.
 *
 * <p><strong>Deadlines.</strong> {@link #wrap(DataSource, Submitter, CallOptions)} limits each call that may be
 * withdrawn. So a full pool is no dead end: give it a {@code startWithin}.
 *
 * <p><strong>After the pool is closed</strong>, these calls are refused with a {@link
 * java.sql.SQLNonTransientConnectionException}. The others run in place, so that connections can be closed.
 *
 * <p><strong>Connection pools</strong> such as HikariCP belong on top: give them this data source. Under it they would
 * wait for a free connection on a worker. With all workers waiting, no worker is left for the statement whose end would
 * free one.
 *
 * <p>The objects are proxies of the JDBC interfaces. Exceptions are the driver's own. {@code getConnection()} and
 * {@code getStatement()} lead back to the proxies, {@code unwrap} to the driver's objects, whose calls are not handed
 * over. A cast to a class of the driver fails. As with any driver, one thread at a time uses a connection.
 */
public final class OffloadedDataSource implements DataSource {
    private final DataSource target;
    private final Offload offload;

    private OffloadedDataSource(DataSource target, Offload offload) {
        this.target = target;
        this.offload = offload;
    }

    /**
     * Wraps a data source.
     *
     * @param dataSource the driver's data source
     * @param pool the pool, or a slice of it, whose workers run the driver; it is not closed with the data source
     * @return the data source to use
     */
    public static OffloadedDataSource wrap(DataSource dataSource, Submitter pool) {
        return wrap(dataSource, pool, CallOptions.defaults());
    }

    /**
     * Wraps a data source, with deadlines. When one passes, the call ends with a {@link java.sql.SQLTimeoutException}:
     * at once if no worker has begun it, else after {@link java.sql.Statement#cancel} has ended it.
     *
     * @param dataSource the driver's data source
     * @param pool the pool, or a slice of it, whose workers run the driver; it is not closed with the data source
     * @param options {@code startWithin} and {@code endWithin} of each call that may be withdrawn. A canceller of the
     *     options is called where there is no statement to cancel.
     * @return the data source to use
     */
    public static OffloadedDataSource wrap(DataSource dataSource, Submitter pool, CallOptions options) {
        Objects.requireNonNull(dataSource, "dataSource");
        Objects.requireNonNull(pool, "pool");
        return new OffloadedDataSource(dataSource, new Offload(pool, Objects.requireNonNull(options, "options")));
    }

    @Override
    public Connection getConnection() throws SQLException {
        return connect(target::getConnection);
    }

    @Override
    public Connection getConnection(@Nullable String username, @Nullable String password) throws SQLException {
        return connect(() -> target.getConnection(username, password));
    }

    private Connection connect(Work<Connection, SQLException> connect) throws SQLException {
        return DriverObject.wrap(offload, Connection.class, offload.cancelable(connect, null), null);
    }

    @Override
    public @Nullable PrintWriter getLogWriter() throws SQLException {
        return target.getLogWriter();
    }

    @Override
    public void setLogWriter(@Nullable PrintWriter out) throws SQLException {
        target.setLogWriter(out);
    }

    @Override
    public void setLoginTimeout(int seconds) throws SQLException {
        target.setLoginTimeout(seconds);
    }

    @Override
    public int getLoginTimeout() throws SQLException {
        return target.getLoginTimeout();
    }

    @Override
    public Logger getParentLogger() throws SQLFeatureNotSupportedException {
        return target.getParentLogger();
    }

    @Override
    public <T> T unwrap(Class<T> type) throws SQLException {
        return type.isInstance(this)
                ? type.cast(this)
                : type.isInstance(target) ? type.cast(target) : target.unwrap(type);
    }

    @Override
    public boolean isWrapperFor(Class<?> type) throws SQLException {
        return type.isInstance(this) || type.isInstance(target) || target.isWrapperFor(type);
    }

    /** Names the data source under it. */
    @Override
    public String toString() {
        return "offloaded " + target;
    }
}
