package dev.coworker.jdbc;

import dev.coworker.Submitter;
import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Objects;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * A data source over another one, whose connections do not hold the carriers of virtual threads.
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
        return new OffloadedDataSource(
                Objects.requireNonNull(dataSource, "dataSource"), new Offload(Objects.requireNonNull(pool, "pool")));
    }

    @Override
    public Connection getConnection() throws SQLException {
        return DriverObject.wrap(
                offload, Connection.class, offload.<Connection, SQLException>cancelable(target::getConnection), null);
    }

    @Override
    public Connection getConnection(@Nullable String username, @Nullable String password) throws SQLException {
        return DriverObject.wrap(
                offload,
                Connection.class,
                offload.<Connection, SQLException>cancelable(() -> target.getConnection(username, password)),
                null);
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
