package dev.coworker;

import java.lang.System.Logger.Level;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One worker: a platform thread that takes requests, runs them and tells whom they concern, until it is not needed. */
final class Worker implements Runnable {
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
        DISCARDED
    }

    private final Dispatcher dispatcher;
    private final Workers workers;

    // guarded by Workers' lock; order is also read by the worker itself
    Life life = Life.CREATED;
    volatile Order order = Order.SEARCH;

    @Nullable
    Worker above; // in the idle stack

    @Nullable
    Worker below;

    private volatile @Nullable Thread thread; // the factory's, then the one that runs this

    // the worker's own thread only
    @Nullable
    Object work; // of the request just taken

    @Nullable
    Turn turn; // of the request that runs, if it came through a slice

    private boolean searching = true;
    private boolean fresh = true; // has neither run a request nor idled yet
    boolean spins; // or will, when it finds nothing

    Worker(Dispatcher dispatcher, Workers workers) {
        this.dispatcher = dispatcher;
        this.workers = workers;
    }

    @Override
    public void run() {
        if (!workers.arrived(this)) {
            return;
        }
        // whatever the factory's own code left behind
        Thread.interrupted();
        boolean ordinary = false;
        try {
            workers.startOthers();
            Events.workerStarted(dispatcher.poolName);
            serve();
            ordinary = true;
        } catch (Throwable e) {
            AioContext.logQuietly(Level.ERROR, "a worker of ", dispatcher.poolName, " died", e);
        } finally {
            dispatcher.wakeUps.resumeAll();
            Events.workerExits(dispatcher.poolName, !ordinary);
            workers.ended(this, !ordinary, searching);
        }
    }

    private void serve() {
        while (!(workers.shrinking && workers.retire(searching))) {
            Request request = dispatcher.queue.take(this);
            if (request != null) {
                serve(request);
            } else {
                dispatcher.wakeUps.resumeAll();
                // from here on the search is booked in Workers, whichever way the wait ends
                boolean searched = searching;
                searching = false;
                if (!workers.awaitRequest(this, searched)) {
                    return;
                }
                searching = true;
                fresh = false;
            }
        }
    }

    /**
     * One of them, in a frame of its own: that of the endless loop is compiled while it runs, and given up in the middle of a burst
     * when a rare branch is met.
     */
    private void serve(Request request) {
        if (spins) {
            workers.endSpin(this, true);
        }
        dispatcher.admission.leave();
        if (searching) {
            searching = false;
            workers.handOn(fresh);
        }
        fresh = false;
        Object taken = work;
        work = null;
        if (taken == null) {
            throw new AssertionError(request + " came without its work");
        }
        request.run(this, taken);
    }

    /** Counts the outcome, publishes it, and tells whom it concerns. */
    void finish(Request request, @Nullable Object outcome, boolean threw) {
        long ended = dispatcher.queue.finished(threw);
        Turn next = turn == null ? null : turn.slice.finished(turn, threw);
        if (next == null
                && request instanceof CoRequest
                && !dispatcher.queue.isReached()
                && !dispatcher.wakeUps.isAnyPutOff() // whom to resume may take longer than others should count on it
                && workers.beginSpin(this, false)) {
            searching = true; // before its caller, who may be back with the next one at once, can see the outcome
        }
        request.publish(outcome, threw);
        // an interrupt was meant for this request, and no other can arrive: it is not ACTIVE any more
        Thread.interrupted();
        tell(request);
        if (next != null) {
            next.slice.bring(next);
        }
        if (!threw && ended % WakeUps.BATCH == 0) {
            dispatcher.wakeUps.beat();
        }
        dispatcher.waiters.signal(null);
    }

    private void tell(Request request) {
        try {
            if (request instanceof CoRequest caller) {
                dispatcher.wakeUps.settled(caller, dispatcher.queue.seemsToHold(WakeUps.BATCH));
            } else {
                request.settled();
            }
        } catch (Throwable e) {
            AioContext.logQuietly(Level.ERROR, "could not tell of a request's end: ", request, "", e);
        }
    }

    void report(Throwable e) {
        Completions.report(dispatcher.handler, e);
        // what the handler left behind is not for the next request
        Thread.interrupted();
    }

    void setThread(Thread thread) {
        this.thread = thread;
    }

    @Nullable
    Thread thread() {
        return thread;
    }

    boolean isCaller() {
        return Thread.currentThread() == thread;
    }

    void interrupt() {
        Thread running = thread;
        if (running != null) {
            running.interrupt();
        }
    }

    void unpark() {
        LockSupport.unpark(thread);
    }
}
