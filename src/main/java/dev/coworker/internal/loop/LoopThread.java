package dev.coworker.internal.loop;

import dev.coworker.internal.base.Log;
import dev.coworker.internal.base.Threads;
import dev.coworker.internal.base.Timer;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Where an event loop runs: which thread is its own, and how it is started when there is something to do. */
abstract sealed class LoopThread {
    private static final ThreadLocal<@Nullable WeakReference<EventLoop>> CURRENT = new ThreadLocal<>();

    final EventLoop loop;
    private final WeakReference<EventLoop> self; // a thread that creates a manual loop does not keep it

    LoopThread(EventLoop loop) {
        this.loop = loop;
        this.self = new WeakReference<>(loop);
    }

    /** Returns the loop whose thread the calling one is, as far as {@link #enter} says. */
    static @Nullable EventLoop currentLoop() {
        WeakReference<EventLoop> current = CURRENT.get();
        return current == null ? null : current.get();
    }

    abstract boolean isCurrent();

    boolean mayPoll() {
        return isCurrent();
    }

    /** Something is scheduled, and no thread looks: has one look. Called by the thread that ended the idleness. */
    abstract void start();

    /** Something waits, perhaps behind a handler on a foreign executor: if that takes long, asks for another drain. */
    void startNestedSoon() {}

    /** Throws if the calling thread may not close the loop. */
    void checkClose() {}

    /** The loop has been closed: runs what is scheduled, or waits for the thread that does. */
    void end() {}

    /** Makes the calling thread this loop's, for {@link #currentLoop}; returns what it was before. */
    final @Nullable WeakReference<EventLoop> enter() {
        WeakReference<EventLoop> outer = CURRENT.get();
        if (outer != self) {
            CURRENT.set(self);
        }
        return outer;
    }

    final void leave(@Nullable WeakReference<EventLoop> outer) {
        if (outer != self) {
            CURRENT.set(outer);
        }
    }

    /** A thread of the library, kept while there is something to do and for {@code keepAliveNanos} after that. */
    static final class Own extends LoopThread implements Runnable {
        private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
        private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

        private final String threadName;
        private final long keepAliveNanos;
        private final CountDownLatch ended = new CountDownLatch(1); // of a closed loop's thread, for good
        private final Timer.Task retry = new Timer.Task(this::start);
        private volatile @Nullable Thread thread;
        private long retryNanos; // by the thread that starts, one at a time

        Own(EventLoop loop, String threadName, long keepAliveNanos) {
            super(loop);
            this.threadName = threadName;
            this.keepAliveNanos = keepAliveNanos;
        }

        @Override
        boolean isCurrent() {
            return Thread.currentThread() == thread;
        }

        @Override
        void start() {
            try {
                Threads.newDaemon(threadName, this).start();
                retryNanos = 0;
            } catch (OutOfMemoryError e) {
                boolean first = retryNanos == 0;
                retryNanos = Math.clamp(retryNanos * 2, FIRST_RETRY_NANOS, LAST_RETRY_NANOS);
                if (!Timer.jvm().schedule(retry, retryNanos)) {
                    loop.tasks.startFailed(); // no thread for the timer either
                }
                if (first) {
                    Log.quietly(() -> Log.LOGGER.log(
                            Level.WARNING, "cannot start the loop thread of " + loop + "; trying again", e));
                }
            }
        }

        @Override
        public void run() {
            thread = Thread.currentThread();
            enter();
            boolean forever = keepAliveNanos == Timer.NO_DEADLINE;
            do {
                Thread.interrupted(); // an interrupt that a handler leaves behind would turn every sleep into a spin
            } while (goesOn(forever));
            if (forever) {
                ended.countDown();
            }
        }

        /** The loop outlives what goes wrong in a poll itself, such as a shortage of memory. */
        private boolean goesOn(boolean forever) {
            try {
                return loop.pollFor(keepAliveNanos) || !loop.tasks.becomeIdle(forever);
            } catch (Throwable e) {
                LockSupport.parkNanos(FIRST_RETRY_NANOS);
                if (!(e instanceof OutOfMemoryError)) { // which a report could meet again
                    Log.quietly(
                            () -> Log.LOGGER.log(Level.WARNING, "a poll of " + loop + " failed; the loop goes on", e));
                }
                return true;
            }
        }

        @Override
        void end() {
            if (isCurrent()) {
                return;
            }
            boolean interrupted = false;
            for (boolean joined = false; !joined; ) {
                try {
                    ended.await();
                    Objects.requireNonNull(thread).join();
                    joined = true;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** The thread that created the loop. It polls; no other thread can make it. */
    static final class Manual extends LoopThread {
        private final Thread thread = Thread.currentThread();

        Manual(EventLoop loop) {
            super(loop);
        }

        @Override
        boolean isCurrent() {
            return Thread.currentThread() == thread;
        }

        @Override
        void start() {
            throw new AssertionError("a manual context is never idle");
        }

        @Override
        void checkClose() {
            if (!isCurrent()) {
                throw new WrongThreadException(
                        loop + " is closed by its loop thread, " + thread + ", not by " + Thread.currentThread());
            }
        }

        @Override
        void end() {
            while (loop.pollFor(0)) {
                // until nothing is left
            }
            if (currentLoop() == loop) {
                leave(null);
            }
        }
    }

    /** The threads of somebody else's executor. */
    static final class Foreign extends LoopThread implements Runnable {
        private static final int BUDGET = 256; // handlers and callbacks in one task of the executor
        private static final long OVERDUE_NANOS = TimeUnit.SECONDS.toNanos(10); // then a drain is asked for again
        private static final long NESTED_NANOS = TimeUnit.MILLISECONDS.toNanos(10); // then a nested loop is offered one
        private static final long AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10); // after a shortage of memory

        private final Executor executor;
        private final @Nullable BooleanSupplier inThread;
        private final AtomicReference<@Nullable Thread> drainer = new AtomicReference<>();
        private final Timer.Task look = new Timer.Task(this::look, true);
        private final Timer.Task nested = new Timer.Task(this::lookNested);
        private final Timer.Task ask = new Timer.Task(() -> loop.start(true), true);
        private volatile boolean nestedSoon; // `nested` is scheduled
        private volatile boolean asked; // a drain waits in the executor
        private volatile long askedNanos;
        private volatile boolean watched; // `look` is scheduled

        Foreign(EventLoop loop, Executor executor, @Nullable BooleanSupplier inThread) {
            super(loop);
            this.executor = executor;
            this.inThread = inThread;
        }

        @Override
        boolean isCurrent() {
            return inThread != null ? inThread.getAsBoolean() : drainer.get() == Thread.currentThread();
        }

        @Override
        boolean mayPoll() {
            Thread draining = drainer.get();
            return isCurrent() && (draining == null || draining == Thread.currentThread());
        }

        @Override
        void start() {
            askedNanos = System.nanoTime();
            asked = true;
            if (!watched) {
                watched = true;
                watched = Timer.jvm().schedule(look, OVERDUE_NANOS);
            }
            try {
                executor.execute(this);
            } catch (Throwable e) {
                asked = false;
                if (e instanceof RejectedExecutionException rejected) {
                    throw rejected;
                }
                if (!(e instanceof OutOfMemoryError)) { // out of threads, or of heap: it may do it later
                    throw new RejectedExecutionException(loop + ": its executor failed", e);
                }
                if (!Timer.jvm().schedule(ask, AGAIN_NANOS)) {
                    loop.tasks.startFailed();
                }
            }
        }

        @Override
        void startNestedSoon() {
            if (drainer.get() != null && !nestedSoon) {
                nestedSoon = true;
                nestedSoon = Timer.jvm().schedule(nested, NESTED_NANOS);
            }
        }

        private void lookNested() {
            nestedSoon = false;
            if (loop.tasks.needsNestedDrain()) {
                Timer.jvm().schedule(ask, 0);
            }
        }

        /** The timer: an executor that dropped the drain in silence is asked again. */
        private void look() {
            watched = false;
            if (!asked || !loop.tasks.isWaitedFor()) {
                return;
            }
            long early = OVERDUE_NANOS - (System.nanoTime() - askedNanos);
            if (early > 0) {
                watched = Timer.jvm().schedule(look, early);
                return;
            }
            Log.quietly(() -> Log.LOGGER.log(
                    Level.WARNING,
                    loop + ": its executor has not run what it was given for 10 s, and callbacks wait for it;"
                            + " it may have been shut down, or a task blocks it. It is asked again"));
            loop.start(true);
        }

        /** A drain. Does nothing while another thread drains, which looks again. */
        @Override
        public void run() {
            asked = false;
            Thread me = Thread.currentThread();
            boolean nested = drainer.get() == me; // an event loop in a handler runs the executor's tasks
            if (!nested && !drainer.compareAndSet(null, me)) {
                loop.start(loop.tasks.leaveToOtherDrain());
                return;
            }
            boolean more = loop.tasks.beginDrain();
            try {
                if (more) {
                    startNestedSoon();
                }
                loop.run(Long.MAX_VALUE, BUDGET);
            } catch (OutOfMemoryError e) {
                // what a handler threw could not be reported; it must not end the executor's thread
            } finally {
                if (!nested) {
                    drainer.set(null);
                }
                loop.endPoll(); // asks for another drain if something is left
            }
        }
    }
}
