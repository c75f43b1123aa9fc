package dev.coworker.file;

import dev.coworker.Action;
import dev.coworker.Submitter;
import dev.coworker.Work;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.attribute.FileAttributeView;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides where a blocking call runs: for a virtual thread on a worker, else in place. */
class Offload {
    /** Until JDK 23, a virtual thread that holds a monitor, or waits for one, keeps its carrier (JEP 491). */
    static final boolean MONITORS_PIN = Runtime.version().feature() < 24;

    private final Supplier<? extends @Nullable Submitter> submitter;

    /**
     * Creates it over the submitter that the supplier returns.
     *
     * @param submitter called by virtual threads only; null means in place
     */
    Offload(Supplier<? extends @Nullable Submitter> submitter) {
        this.submitter = submitter;
    }

    /** Runs what may block, and throws what it throws. An interrupt of the caller does not reach it. */
    <T extends @Nullable Object, X extends Exception> T call(Work<T, X> work) throws X {
        Submitter workers = Thread.currentThread().isVirtual() ? submitter.get() : null;
        return workers == null ? work.call() : onWorker(workers, new Attempt<>(work));
    }

    final <X extends Exception> void run(Action<X> action) throws X {
        this.<@Nullable Object, X>call(() -> {
            action.run();
            return null;
        });
    }

    /** Returns a view of attributes each of whose methods is offloaded. */
    final <V extends FileAttributeView> @Nullable V view(Class<V> type, @Nullable V view) {
        if (view == null) {
            return null;
        }
        InvocationHandler handler = (proxy, method, arguments) -> {
            try {
                return this.<@Nullable Object, Exception>call(() -> method.invoke(view, arguments));
            } catch (InvocationTargetException e) {
                throw e.getCause();
            }
        };
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    final @Nullable Submitter submitter() {
        return submitter.get();
    }

    private static <T extends @Nullable Object, X extends Exception> T onWorker(
            Submitter workers, Attempt<T, X> attempt) throws X {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return workers.submitCo(attempt);
                } catch (InterruptedException e) {
                    interrupted = true; // withdrawn before it began: not to be lost for that
                } catch (RejectedExecutionException | IllegalStateException e) {
                    if (attempt.begun) {
                        throw e; // the work's own
                    }
                    interrupted |= Thread.interrupted(); // which would close a channel
                    return attempt.call(); // the pool is closed or gave up on it, or this is its loop thread
                } catch (WrongThreadException e) {
                    interrupted |= Thread.interrupted();
                    return attempt.call(); // a buffer or an arena is confined to the caller
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Work that tells whether it has begun, so that the pool's exceptions can be told from its own. */
    private static final class Attempt<T extends @Nullable Object, X extends Exception> implements Work<T, X> {
        private final Work<T, X> work;
        private boolean begun; // written by the worker before the caller's submitCo returns

        Attempt(Work<T, X> work) {
            this.work = work;
        }

        @Override
        public T call() throws X {
            begun = true;
            return work.call();
        }
    }
}
