package dev.coworker;

import java.lang.System.Logger.Level;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Where a context runs: who its home thread is, and how one is found when nobody polls. */
abstract sealed class Home {
    /** Set once, by the constructor of the context. */
    @SuppressWarnings("NullAway.Init")
    AioContext context;

    abstract boolean isCurrent();

    /** Whether the first wake must {@link #activate}. */
    abstract boolean startsDormant();

    /** Nobody runs this context and something is scheduled: have somebody. Called by the one thread that ended dormancy. */
    abstract void activate();

    /** Throws when the calling thread may not close the context. */
    void checkClose() {}

    /** The context has been closed: run what is scheduled where that is this home's business, and wait for it. */
    abstract void end();

    /** A daemon that inherits nothing from the thread that creates it. */
    @SuppressWarnings("ThreadPriorityCheck") // the creator's priority is one of the things not to inherit
    static Thread newIndependentThread(String name, Runnable task) {
        ThreadGroup root = Thread.currentThread().getThreadGroup();
        for (ThreadGroup parent; (parent = root.getParent()) != null; ) {
            root = parent;
        }
        Thread thread = Thread.ofPlatform()
                .daemon()
                .group(root)
                .priority(Thread.NORM_PRIORITY)
                .name(name)
                .inheritInheritableThreadLocals(false)
                .unstarted(task);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        return thread;
    }

    /** A thread of our own, kept while there is something to do and for {@code keepAliveNanos} after that. */
    static final class Loop extends Home implements Runnable {
        private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
        private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

        private final String threadName;
        private final long keepAliveNanos;
        private final CountDownLatch ended = new CountDownLatch(1); // only a closed context's loop ends for good
        private final JvmTimer.Alarm again = new JvmTimer.Alarm(this::activate);
        private volatile @Nullable Thread thread;
        private long retryNanos; // written by whoever activates, one at a time

        Loop(String threadName, long keepAliveNanos) {
            this.threadName = threadName;
            this.keepAliveNanos = keepAliveNanos;
        }

        @Override
        boolean isCurrent() {
            return Thread.currentThread() == thread;
        }

        @Override
        boolean startsDormant() {
            return true;
        }

        @Override
        void activate() {
            try {
                newIndependentThread(threadName, this).start();
                retryNanos = 0;
            } catch (Throwable e) {
                retryLater(e);
            }
        }

        private void retryLater(Throwable cause) {
            if (retryNanos == 0) {
                AioContext.logQuietly(
                        Level.WARNING, "cannot start the loop thread of ", context, "; trying again", cause);
            }
            retryNanos = Math.clamp(retryNanos * 2, FIRST_RETRY_NANOS, LAST_RETRY_NANOS);
            JvmTimer.after(retryNanos, again);
        }

        @Override
        public void run() {
            thread = Thread.currentThread();
            try {
                context.setCurrent(true);
            } catch (OutOfMemoryError e) {
                // then each poll does so for itself
            }
            boolean forever = keepAliveNanos == Long.MAX_VALUE;
            do {
                // an interrupt left behind by a handler is nobody's here, and would turn every sleep into a spin
                Thread.interrupted();
            } while (goesOn(forever));
            if (forever) {
                ended.countDown();
            }
        }

        /** The loop outlives what goes wrong in a poll itself, such as a want of memory. */
        private boolean goesOn(boolean forever) {
            try {
                return context.pollFor(keepAliveNanos) || !context.retire(forever);
            } catch (Throwable e) {
                AioContext.logQuietly(Level.WARNING, "a poll failed; the loop goes on", e);
                LockSupport.parkNanos(FIRST_RETRY_NANOS);
                return true;
            }
        }

        @Override
        void end() {
            Thread loop = thread;
            if (loop == Thread.currentThread()) {
                return;
            }
            boolean interrupted = false;
            for (; ; ) {
                try {
                    ended.await();
                    loop = thread;
                    if (loop != null) {
                        loop.join();
                    }
                    break;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The thread that created the context. It polls; nobody can make it. */
    static final class Manual extends Home {
        private final Thread thread;

        Manual(Thread thread) {
            this.thread = thread;
        }

        @Override
        boolean isCurrent() {
            return Thread.currentThread() == thread;
        }

        @Override
        boolean startsDormant() {
            return false;
        }

        @Override
        void activate() {
            throw new AssertionError("a manual context is never dormant");
        }

        @Override
        void checkClose() {
            if (!isCurrent()) {
                throw new WrongThreadException(
                        context + " is closed by its home thread, " + thread + ", not by " + Thread.currentThread());
            }
        }

        @Override
        void end() {
            while (context.pollFor(0)) {
                // until nothing is left
            }
            context.setCurrent(false);
        }
    }

    /** The threads of somebody else's executor. */
    static final class Foreign extends Home implements Runnable {
        /** Handlers and callbacks in one task of the executor. */
        private static final int BUDGET = 256;

        private final Executor executor;
        private final @Nullable BooleanSupplier inThread;
        private final JvmTimer.Alarm again = new JvmTimer.Alarm(this::activateAgain);

        Foreign(Executor executor, @Nullable BooleanSupplier inThread) {
            this.executor = executor;
            this.inThread = inThread;
        }

        @Override
        boolean isCurrent() {
            return inThread != null ? inThread.getAsBoolean() : context.isDraining();
        }

        @Override
        boolean startsDormant() {
            return true;
        }

        /** A want of memory is nobody's decision, as a rejection is: it is tried again until it is one or the other. */
        @Override
        void activate() {
            try {
                execute();
            } catch (OutOfMemoryError e) {
                JvmTimer.owe(again);
            }
        }

        private void execute() {
            try {
                executor.execute(this);
            } catch (OutOfMemoryError | RejectedExecutionException e) {
                throw e;
            } catch (Throwable e) {
                throw new RejectedExecutionException(context + ": its executor failed", e);
            }
        }

        private void activateAgain() {
            try {
                activate();
            } catch (RejectedExecutionException e) {
                context.rejected(e);
            }
        }

        @Override
        public void run() {
            try {
                if (!context.drain(BUDGET)) {
                    activateAgain();
                }
            } catch (OutOfMemoryError e) {
                JvmTimer.owe(again);
            }
        }

        @Override
        void end() {}
    }
}
