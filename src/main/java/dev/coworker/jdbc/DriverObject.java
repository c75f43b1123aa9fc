package dev.coworker.jdbc;

import dev.coworker.Work;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Reader;
import java.io.Writer;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Array;
import java.sql.Blob;
import java.sql.CallableStatement;
import java.sql.Clob;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.NClob;
import java.sql.ParameterMetaData;
import java.sql.PreparedStatement;
import java.sql.Ref;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.SQLXML;
import java.sql.Statement;
import java.sql.Wrapper;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An object of the driver behind a proxy of its JDBC interface. {@link Way} says where its methods run. A proxy, since
 * JDBC's interfaces have some 700 methods, and grow with the JDK. Objects that its methods return come behind proxies
 * too, and lead back to the proxies that they were made by.
 */
final class DriverObject implements InvocationHandler {
    /** The interfaces that are put behind a proxy; of two that extend each other, the longer one comes first. */
    private static final List<Class<?>> INTERFACES = List.of(
            CallableStatement.class,
            PreparedStatement.class,
            Statement.class,
            ResultSet.class,
            Connection.class,
            DatabaseMetaData.class,
            ParameterMetaData.class,
            ResultSetMetaData.class,
            NClob.class,
            Clob.class,
            Blob.class,
            SQLXML.class,
            Array.class,
            Ref.class);

    private final Offload offload;
    private final Object target;
    private final @Nullable Object parent;
    /** Of a result set: the columns that may hold large objects. Null until a row has been read. */
    private @Nullable BitSet largeColumns;

    private DriverObject(Offload offload, Object target, @Nullable Object parent) {
        this.offload = offload;
        this.target = target;
        this.parent = parent;
    }

    /**
     * Puts an object of the driver behind a proxy.
     *
     * @param type its JDBC interface
     * @param parent the proxy whose method returned it
     */
    static <T> T wrap(Offload offload, Class<T> type, Object target, @Nullable Object parent) {
        return type.cast(Proxy.newProxyInstance(
                DriverObject.class.getClassLoader(), new Class<?>[] {type}, new DriverObject(offload, target, parent)));
    }

    private static @Nullable DriverObject handler(@Nullable Object object) {
        return object instanceof Proxy && Proxy.getInvocationHandler(object) instanceof DriverObject handler
                ? handler
                : null;
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return ofObject(method, arguments);
        }
        if (method.getDeclaringClass() == Wrapper.class && arguments != null && arguments[0] instanceof Class<?> type) {
            return method.getName().equals("unwrap") ? unwrap(proxy, type) : isWrapperFor(proxy, type);
        }
        unwrapAll(arguments);
        Object value = call(Way.of(method), method, arguments);
        return value == null || method.getReturnType().isPrimitive() ? value : wrap(proxy, method, arguments, value);
    }

    private @Nullable Object call(Way way, Method method, @Nullable Object @Nullable [] arguments) throws Exception {
        boolean inPlace = switch (way) {
            case IN_PLACE, PARENT -> true;
            case COLUMN -> arguments != null && !isLarge(arguments[0]);
            case PARAMETER -> arguments != null && !isStream(arguments[1]);
            case WORKER, ALWAYS -> false;
        };
        if (inPlace) {
            return driver(method, arguments);
        }
        Work<@Nullable Object, Exception> work = () -> {
            Object value = driver(method, arguments);
            if (target instanceof ResultSet rows && largeColumns == null && way == Way.WORKER) {
                largeColumns = largeColumns(rows);
            }
            return value;
        };
        return way == Way.ALWAYS ? offload.always(work) : offload.cancelable(work, statement());
    }

    /** What cancels the call: the statement, or that of the result set, if the program made it. */
    private @Nullable Statement statement() {
        if (target instanceof Statement statement) {
            return statement;
        }
        DriverObject made = handler(parent);
        return made != null && made.target instanceof Statement statement ? statement : null;
    }

    private @Nullable Object driver(Method method, @Nullable Object @Nullable [] arguments) throws Exception {
        try {
            return method.invoke(target, arguments);
        } catch (InvocationTargetException e) {
            throw DriverObject.<RuntimeException>undeclared(Objects.requireNonNull(e.getCause()));
        }
    }

    /** The compiler takes it for unchecked: the proxy's method declares what the driver's may throw. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <X extends Throwable> X undeclared(Throwable thrown) throws X {
        throw (X) thrown;
    }

    private boolean isLarge(@Nullable Object column) {
        if (largeColumns == null || (!largeColumns.isEmpty() && column == null)) {
            return true;
        }
        if (largeColumns.isEmpty()) {
            return false;
        }
        try {
            int index = column instanceof Integer number ? number : ((ResultSet) target).findColumn((String) column);
            return index > 0 && largeColumns.get(index);
        } catch (SQLException e) {
            return false; // the driver will say so
        }
    }

    private static BitSet largeColumns(ResultSet rows) {
        BitSet found = new BitSet();
        try {
            ResultSetMetaData columns = rows.getMetaData();
            for (int i = columns.getColumnCount(); i > 0; i--) {
                found.set(i, Way.isLarge(columns.getColumnType(i)));
            }
        } catch (SQLException e) {
            found.clear(); // closed, by a driver that closes after the last row
        }
        return found;
    }

    private static boolean isStream(@Nullable Object value) {
        return value instanceof InputStream
                || value instanceof Reader
                || value instanceof Blob
                || value instanceof Clob
                || value instanceof SQLXML
                || value instanceof Array;
    }

    private @Nullable Object wrap(Object proxy, Method method, @Nullable Object @Nullable [] arguments, Object value) {
        if (value == target && method.getReturnType().isInstance(proxy)) {
            return proxy;
        }
        if (value instanceof InputStream stream) {
            return Streams.of(offload, stream);
        }
        if (value instanceof Reader reader) {
            return Streams.of(offload, reader);
        }
        if (value instanceof OutputStream stream) {
            return Streams.of(offload, stream);
        }
        if (value instanceof Writer writer) {
            return Streams.of(offload, writer);
        }
        Class<?> declared = method.getReturnType();
        for (Class<?> type : INTERFACES) {
            if (declared.isAssignableFrom(type) && type.isInstance(value)) {
                Object known = Way.of(method) == Way.PARENT ? ancestor(type) : null;
                return known != null ? known : isRefused(arguments, type) ? value : wrap(offload, type, value, proxy);
            }
        }
        return value;
    }

    /** Whether the caller asked for a class of the driver's own, as with getObject(1, PGobject.class). */
    private static boolean isRefused(@Nullable Object @Nullable [] arguments, Class<?> type) {
        return arguments != null
                && arguments[arguments.length - 1] instanceof Class<?> asked
                && !asked.isAssignableFrom(type);
    }

    private @Nullable Object ancestor(Class<?> type) {
        for (Object object = parent; object != null; ) {
            if (type.isInstance(object)) {
                return object;
            }
            DriverObject handler = handler(object);
            object = handler == null ? null : handler.parent;
        }
        return null;
    }

    private static void unwrapAll(@Nullable Object @Nullable [] arguments) {
        if (arguments != null) {
            for (int i = 0; i < arguments.length; i++) {
                DriverObject handler = handler(arguments[i]);
                if (handler != null) {
                    arguments[i] = handler.target;
                }
            }
        }
    }

    private Object unwrap(Object proxy, Class<?> type) throws SQLException {
        return type.isInstance(proxy) ? proxy : type.isInstance(target) ? target : ((Wrapper) target).unwrap(type);
    }

    private boolean isWrapperFor(Object proxy, Class<?> type) throws SQLException {
        return type.isInstance(proxy) || type.isInstance(target) || ((Wrapper) target).isWrapperFor(type);
    }

    private Object ofObject(Method method, @Nullable Object @Nullable [] arguments) {
        return switch (method.getName()) {
            case "equals" -> {
                DriverObject other = arguments == null ? null : handler(arguments[0]);
                yield other != null && target.equals(other.target);
            }
            case "hashCode" -> target.hashCode();
            default -> "offloaded " + target;
        };
    }
}
