package dev.coworker.jdbc;

import java.lang.reflect.Method;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.Statement;
import java.sql.Types;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Where a virtual thread's call of a JDBC method runs. What is not listed here may block. Listed are methods that
 * programs call often, and that work on memory in every driver that was looked at.
 */
enum Way {
    /** In place: it works on memory. */
    IN_PLACE,
    /** In place; it returns an object that the program has already. */
    PARENT,
    /** In place, unless the column may hold a large object, which the driver may have to read. */
    COLUMN,
    /** In place, unless the parameter is a large object or a stream, which the driver may store at once. */
    PARAMETER,
    /** On a worker, within the time of the options; an interrupt withdraws it, or cancels the statement. */
    WORKER,
    /** On a worker, whatever happens: it ends a transaction, or releases what is the driver's. */
    ALWAYS;

    private static final Map<Method, Way> WAYS = new ConcurrentHashMap<>();

    private static final Set<String> ENDS = names("close free commit rollback releaseSavepoint endRequest");
    /** With {@code isValid}, since a connection pool that may not ask in time takes its connections for dead. */
    private static final Set<String> CONNECTION = names("""
            createStatement getAutoCommit isClosed getWarnings clearWarnings abort getNetworkTimeout
            setNetworkTimeout isValid
            """);

    private static final Set<String> STATEMENT = names("""
            cancel isClosed getFetchSize setFetchSize getFetchDirection getResultSetType
            getResultSetConcurrency getResultSetHoldability getUpdateCount getLargeUpdateCount
            getWarnings clearWarnings addBatch clearBatch clearParameters closeOnCompletion
            isCloseOnCompletion isPoolable
            """);
    private static final Set<String> PARAMETERS = names("""
            setNull setBoolean setByte setShort setInt setLong setFloat setDouble setBigDecimal
            setString setNString setBytes setDate setTime setTimestamp setURL setRowId
            """);
    private static final Set<String> COLUMNS = names("""
            getString getNString getBytes getObject getBigDecimal getURL
            """);
    private static final Set<String> RESULT_SET = names("""
            getBoolean getByte getShort getInt getLong getFloat getDouble getDate getTime getTimestamp
            getRowId wasNull findColumn getMetaData getRow getType getConcurrency getHoldability
            getFetchSize getFetchDirection isClosed getWarnings clearWarnings
            """);
    private static final Set<String> RESULT_SET_META_DATA = names("""
            getColumnCount getColumnLabel getColumnName getColumnType getColumnTypeName
            getColumnClassName getColumnDisplaySize getPrecision getScale isSigned
            """);

    private static Set<String> names(String names) {
        return Set.of(names.strip().split("\\s+"));
    }

    static Way of(Method method) {
        Way known = WAYS.get(method);
        return known != null ? known : WAYS.computeIfAbsent(method, Way::decide);
    }

    private static Way decide(Method method) {
        Class<?> type = method.getDeclaringClass();
        String name = method.getName();
        if (ENDS.contains(name)) {
            return ALWAYS;
        } else if (type == Connection.class) {
            // What it sets belongs to a transaction too, and is put back in a finally clause.
            return CONNECTION.contains(name) ? IN_PLACE : name.startsWith("set") ? ALWAYS : WORKER;
        } else if (name.equals("getConnection") || name.equals("getStatement")) {
            return PARENT;
        } else if (type == ResultSet.class) {
            return RESULT_SET.contains(name) ? IN_PLACE : COLUMNS.contains(name) ? COLUMN : WORKER;
        } else if (type == ResultSetMetaData.class) {
            return RESULT_SET_META_DATA.contains(name) ? IN_PLACE : WORKER;
        } else if (type == PreparedStatement.class && name.equals("setObject")) {
            return PARAMETER;
        }
        boolean inMemory = ((type == Statement.class || type == PreparedStatement.class) && STATEMENT.contains(name))
                || (Statement.class.isAssignableFrom(type) && PARAMETERS.contains(name));
        return inMemory ? IN_PLACE : WORKER;
    }

    /** Whether a driver may read a value of this type when it is asked for, not with its row. */
    static boolean isLarge(int sqlType) {
        return switch (sqlType) {
            case Types.BLOB,
                    Types.CLOB,
                    Types.NCLOB,
                    Types.LONGVARBINARY,
                    Types.LONGVARCHAR,
                    Types.LONGNVARCHAR,
                    Types.SQLXML,
                    Types.ARRAY,
                    Types.REF,
                    Types.DATALINK -> true;
            default -> false;
        };
    }
}
