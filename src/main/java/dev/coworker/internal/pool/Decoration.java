package dev.coworker.internal.pool;

import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Work or a callback that runs inside a {@link Runnable} which the task decorator made, on the submitter, before the
 * request was accepted. That Runnable must run it once, on the thread that runs the decorated Runnable.
 */
public abstract class Decoration implements Runnable {
    private final Runnable decorated;
    private final Pool pool;
    private @Nullable Thread runner; // the one thread that may run it, and only from within surround
    private boolean ran;

    private Decoration(UnaryOperator<Runnable> decorator, Pool pool) {
        this.pool = pool;
        this.decorated = Objects.requireNonNull(decorator.apply(this), "taskDecorator returned null");
    }

    /** What is decorated. */
    abstract void body();

    @Override
    public final void run() {
        if (runner != Thread.currentThread()) {
            throw new IllegalStateException("a decorated task is run by the pool's thread only, and only once");
        }
        runner = null;
        ran = true;
        body();
    }

    /** Runs the decorated Runnable; what it throws when the body has run is reported, before that it is thrown. */
    final void surround() {
        runner = Thread.currentThread();
        try {
            decorated.run();
        } catch (Throwable e) {
            if (!ran) {
                throw e;
            }
            CallbackQueue.report(pool.handler, e);
        } finally {
            runner = null;
        }
        if (!ran) {
            throw new IllegalStateException("the decorated task returned without running what it decorates");
        }
    }

    /** Decorated work. */
    public static final class OfWork extends Decoration implements Callable<@Nullable Object> {
        private final Callable<?> work;
        private @Nullable Object value;
        private @Nullable Throwable failure;

        public OfWork(Callable<?> work, UnaryOperator<Runnable> decorator, Pool pool) {
            super(decorator, pool);
            this.work = work;
        }

        @Override
        void body() {
            try {
                value = work.call();
            } catch (Throwable e) {
                failure = e;
            }
        }

        @Override
        public @Nullable Object call() {
            surround();
            if (failure != null) {
                throw OfWork.<RuntimeException>asUnchecked(failure);
            }
            return value;
        }

        @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"
        }) // the compiler's rule only; the requests catch every Throwable
        private static <X extends Throwable> X asUnchecked(Throwable e) throws X {
            throw (X) e;
        }
    }

    /** A decorated callback. */
    public static final class OfCallback extends Decoration
            implements BiConsumer<@Nullable Object, @Nullable Throwable> {
        private final BiConsumer<@Nullable Object, @Nullable Throwable> callback;
        private @Nullable Object value;
        private @Nullable Throwable failure;

        public OfCallback(
                BiConsumer<@Nullable Object, @Nullable Throwable> callback,
                UnaryOperator<Runnable> decorator,
                Pool pool) {
            super(decorator, pool);
            this.callback = callback;
        }

        @Override
        void body() {
            callback.accept(value, failure);
        }

        @Override
        public void accept(@Nullable Object value, @Nullable Throwable failure) {
            this.value = value;
            this.failure = failure;
            surround();
        }
    }
}
