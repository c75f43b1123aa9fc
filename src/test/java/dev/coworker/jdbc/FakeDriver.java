package dev.coworker.jdbc;

import java.io.InputStream;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Types;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** A driver that answers each call with nothing much, and remembers on which kind of thread it was made. */
final class FakeDriver implements InvocationHandler {
    /** A call, as "Statement.execute". */
    record Call(String method, boolean virtual) {}

    final List<Call> calls = new CopyOnWriteArrayList<>();
    private final Map<String, Callable<?>> answers = new ConcurrentHashMap<>();

    DataSource dataSource() {
        return object(DataSource.class);
    }

    <T> T object(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(FakeDriver.class.getClassLoader(), new Class<?>[] {type}, this));
    }

    /** Says what a method does, named as "Statement.execute". */
    void answer(String method, Callable<?> answer) {
        answers.put(method, answer);
    }

    List<String> methods() {
        return calls.stream().map(Call::method).toList();
    }

    static String name(Method method) {
        return method.getDeclaringClass().getSimpleName() + "." + method.getName();
    }

    @Override
    public @Nullable Object invoke(Object proxy, Method method, @Nullable Object @Nullable [] arguments)
            throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return switch (method.getName()) {
                case "equals" -> proxy == arguments[0];
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "fake";
            };
        }
        calls.add(new Call(name(method), Thread.currentThread().isVirtual()));
        Callable<?> answer = answers.get(name(method));
        return answer != null ? answer.call() : nothing(method);
    }

    private @Nullable Object nothing(Method method) {
        Class<?> type = method.getReturnType();
        if (method.getName().equals("getColumnType")) {
            return Types.INTEGER;
        }
        if (type == boolean.class) {
            return true;
        }
        if (type == int.class) {
            return 1;
        }
        if (type == long.class) {
            return 1L;
        }
        if (type == InputStream.class) {
            return InputStream.nullInputStream();
        }
        if (type.isPrimitive()) {
            return type == void.class
                    ? null
                    : java.lang.reflect.Array.get(java.lang.reflect.Array.newInstance(type, 1), 0);
        }
        return type.isInterface() && type.getName().startsWith("java.sql.") ? object(type) : null;
    }
}
