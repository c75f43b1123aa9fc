package dev.coworker.internal.pool;

import dev.coworker.internal.base.Log;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.Callable;
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

    private @Nullable Worker above; // in the idle stack
    private @Nullable Worker below;

    // the worker's own thread only
    private @Nullable Callable<?> work;
    private String threadName = "";
    private int priority;
    private boolean searching = true;
    private boolean fresh = true; // has neither run a request nor idled yet
    boolean leaves; // after its request
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
            workers.ended(this, !ordinary, searching);
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
        if (me.getContextClassLoader() != pool.contextClassLoader) {
            me.setContextClassLoader(pool.contextClassLoader);
        }
        if (!me.getName().equals(threadName)) {
            me.setName(threadName);
        }
        if (me.getPriority() != priority) {
            me.setPriority(priority);
        }
    }

    private void serve() {
        while (!(workers.shrinking && workers.mustExit(searching))) {
            Request next = pool.queue.take(this);
            if (next == null) {
                // from here on the search is counted in Workers, whichever way the wait ends
                boolean searched = searching;
                searching = false;
                if (!workers.awaitRequest(this, searched)) {
                    return;
                }
                searching = true;
                fresh = false;
            } else if (work == null) {
                pool.canceled(next, RequestQueue.Reason.TIMED_OUT);
            } else {
                serve(next, work);
                if (leaves) {
                    workers.leave();
                    return;
                }
            }
        }
    }

    /** The queue hands over a request. Called by the worker's thread, under the queue's lock. */
    void assign(Request next) {
        work = begin(next);
    }

    @Override
    boolean isRunning() {
        return life == Life.RUNNING;
    }

    /**
     * In a frame of its own: that of the endless loop is compiled while it runs, and given up when it meets a rare
     * branch.
     */
    private void serve(Request next, Callable<?> nextWork) {
        work = null;
        if (spins) {
            workers.endSpin(this, true);
        }
        if (searching) {
            searching = false;
            workers.signalNext(fresh);
        }
        fresh = false;
        pool.stuckWatch.workerIsBusy();
        next.run(this, nextWork);
        forget();
        restoreThread(Thread.currentThread());
    }

    @Override
    void finish(Request finished, @Nullable Object outcome, boolean threw) {
        if (finished != request()) {
            finishNested(finished, outcome, threw);
            return;
        }
        boolean moved = pool.queue.finish(finished, threw);
        if (finished instanceof BlockingRequest
                && !leaves
                && !pool.queue.seemsReady()
                && workers.beginSpin(this, false)) {
            searching = true; // before its caller, which may submit the next one at once, can see the outcome
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
    void leaveAfter(BlockingRequest ended) {
        leaves |= ended == request();
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

    /** The idle workers, a stack that a worker can also leave from the middle. Workers' lock guards it. */
    static final class Stack {
        private @Nullable Worker top;
        int size;

        void push(Worker worker) {
            worker.order = Order.SLEEP;
            worker.below = top;
            if (top != null) {
                top.above = worker;
            }
            top = worker;
            size++;
        }

        /** The one that went idle last: its caches are warm, and the time of those below can run out. */
        @Nullable
        Worker pop(Order order) {
            Worker worker = top;
            if (worker != null) {
                remove(worker, order);
            }
            return worker;
        }

        void remove(Worker worker, Order order) {
            if (worker.above == null) {
                top = worker.below;
            } else {
                worker.above.below = worker.below;
            }
            if (worker.below != null) {
                worker.below.above = worker.above;
            }
            worker.above = null;
            worker.below = null;
            size--;
            worker.order = order;
        }

        void addTo(List<Worker> workers) {
            for (Worker worker = top; worker != null; worker = worker.below) {
                workers.add(worker);
            }
        }
    }
}
