package dev.coworker.internal.pool;

import dev.coworker.internal.base.Log;
import java.lang.System.Logger.Level;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One worker: a platform thread that takes requests, runs them and tells their callers, until it is not needed. */
final class Worker extends Runner implements Runnable {
    /** What an idle worker has been told. */
    enum Order {
        SLEEP,
        SEARCH,
        EXIT
    }

    /** A thread of the factory's runs a worker once, and only after it was found fit. */
    enum Life {
        CREATED,
        ARMED,
        RUNNING,
        ENDED,
        DISCARDED
    }

    private static final ThreadLocal<@Nullable Worker> CURRENT = new ThreadLocal<>();

    private final Workers workers;

    // guarded by Workers' lock; order is also read by the worker itself
    Life life = Life.CREATED;
    volatile Order order = Order.SEARCH;
    long startedNanos;
    boolean late; // started long ago, and not counted as searching any more

    // the worker's own thread only
    private String threadName = "";
    private int priority;
    boolean searching; // Workers counts it
    boolean fresh = true; // has neither run a request nor idled yet
    boolean spins; // or will, when it finds nothing

    Worker(Pool pool, Workers workers) {
        super(pool);
        this.workers = workers;
    }

    /** Returns the worker whose thread is the calling one, or null. Not for virtual threads. */
    static @Nullable Worker current() {
        return CURRENT.get();
    }

    @Override
    public void run() {
        if (!workers.arrived(this)) {
            return;
        }
        boolean ordinary = false;
        try {
            CURRENT.set(this);
            adoptThread(Thread.currentThread());
            workers.starter.startOthers();
            pool.listener.workerStarted();
            serve();
            ordinary = true;
        } catch (Throwable e) {
            Log.quietly(() -> Log.LOGGER.log(Level.ERROR, "a worker of " + pool + " died", e));
        } finally {
            pool.listener.workerExits(!ordinary);
            CURRENT.remove();
            boolean mayTakeMore = pool.queue.leave(this);
            workers.ended(this, !ordinary);
            if (mayTakeMore) {
                workers.signalIfReady(false);
            }
        }
    }

    private void adoptThread(Thread me) {
        Thread.interrupted(); // the factory's own code may leave an interrupt behind
        me.setContextClassLoader(pool.contextClassLoader);
        threadName = me.getName();
        priority = me.getPriority();
    }

    /** Puts back what a request may have changed of the thread. */
    @SuppressWarnings("ThreadPriorityCheck")
    private void restoreThread(Thread me) {
        me.setContextClassLoader(pool.contextClassLoader);
        if (!me.getName().equals(threadName)) {
            me.setName(threadName);
        }
        if (me.getPriority() != priority) {
            me.setPriority(priority);
        }
    }

    private void serve() {
        while (!(workers.shrinking && workers.mustExit(this))) {
            Request next = pool.queue.take(this);
            if (next == null) {
                if (!workers.awaitRequest(this)) {
                    return;
                }
                fresh = false;
            } else if (next != request()) {
                pool.canceled(next, RequestQueue.Reason.TIMED_OUT);
            } else {
                serve(next);
                if (leaves) {
                    workers.leave();
                    return;
                }
            }
        }
    }

    @Override
    boolean isRunning() {
        return life == Life.RUNNING;
    }

    /**
     * In a frame of its own: that of the endless loop is compiled while it runs, and given up when it meets a rare
     * branch.
     */
    private void serve(Request next) {
        if (spins) {
            workers.endSpin(this, true);
        }
        if (searching) {
            workers.signalNext(this);
        }
        fresh = false;
        pool.stuckWatch.workerIsBusy();
        serveAssigned(next);
        forget();
        restoreThread(Thread.currentThread());
    }

    @Override
    void finishAssigned(Request finished, @Nullable Object outcome, boolean threw) {
        boolean moved = pool.queue.finish(finished, threw);
        if (finished instanceof BlockingRequest && !leaves && !pool.queue.seemsReady()) {
            workers.beginSpin(this); // before its caller, which may submit the next one at once, can see the outcome
        }
        finished.publish(outcome, threw);
        // an interrupt was meant for this request, and no other can arrive: it is not ACTIVE any more
        Thread.interrupted();
        pool.tell(finished);
        if (moved) {
            workers.requestReady();
        }
        pool.signalIfDrained(finished.lane);
    }

    @Override
    void report(Throwable e) {
        super.report(e);
        Thread.interrupted(); // what the handler left behind is not for the next request
    }

    boolean isDead() {
        Thread thread = thread();
        return life == Life.ENDED && thread != null && !thread.isAlive();
    }

    void unpark() {
        LockSupport.unpark(thread());
    }
}
