package dev.coworker.internal.pool;

import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.base.Threads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which workers must be awake: how many search, idle, and exist. {@link WorkerStarter} makes new ones.
 *
 * <pre>
 *   (none)     reserved   a request finds no worker searching and none idle; min      lock
 *   reserved   pending    the context's bottom half, a fresh worker, or the timer     lock
 *   reserved   (none)     stop, resize: no request needs it                           lock
 *   pending    searching  the thread runs                                             lock
 *   pending    (none)     the thread could not be started                             lock, then retry
 *   searching  busy       it took a request, and signals the next worker              lock
 *   searching  idle       it found nothing                                            lock, then looks again
 *   busy       searching  its request has ended, and it is to spin                    lock
 *   busy       busy       it took the next request                                    none needed
 *   busy       idle       it found nothing                                            lock, then looks again
 *   idle       searching  another thread signals: a submitter, or a worker            lock
 *   idle       (none)     its time is over and more than min exist; resize; stop      lock
 *   busy       (none)     more than max exist                                         lock
 * </pre>
 *
 * <p><strong>No wake-up is lost</strong>, see docs/synchronization.md. {@code searching} counts the workers that will
 * look at the queue without being told again: reserved, pending, and awake ones. {@code open} says that a worker should
 * be sent and can be: an idle one while no awake worker searches, or a new one while none searches at all. A submitter
 * makes its request ready, then reads {@code open}. Each thread that sets {@code open} then looks at the queue.
 *
 * <p>A burst wakes one worker. When that one has taken a request and sees others, it signals the next two before it
 * enters user code, and so do they. A fresh worker starts others first. QEMU reserves one for each request instead.
 */
final class Workers {
    static {
        Worker.Order.values(); // loads the classes here, and not in the first submission of a JVM
        Worker.Life.values();
        Threads.KeepAlive.load();
    }

    private final Pool pool;
    private final long idleTimeoutNanos;
    final WorkerStarter starter;
    private final Spin spin;
    private final BooleanSupplier seemsReady;
    private final Mutex lock = new Mutex();

    // guarded by lock
    private int min;
    private int max;
    private int running;
    private int awake; // those of the running that search
    // the one that went idle last is the last; of capacity 0, so that WorkerStarter.arm alone makes it grow
    final ArrayList<Worker> idle = new ArrayList<>(0);
    private boolean stopping;

    // written under lock, read without: by submitters, and by workers between requests
    volatile boolean open;
    volatile boolean shrinking;
    volatile boolean hasSearcher; // a worker that searches is awake

    Workers(Pool pool, Pool.Settings settings) {
        this.pool = pool;
        this.min = settings.minThreads();
        this.max = settings.maxThreads();
        this.idleTimeoutNanos = settings.idleTimeoutNanos();
        this.spin = new Spin(settings.spin());
        this.seemsReady = pool.queue::seemsReady;
        this.starter = new WorkerStarter(pool, this, lock, settings.factory(), settings.foreignFactory());
        this.open = true;
    }

    /** A request became ready. */
    void requestReady() {
        if (open) {
            signal(false, 1);
        }
    }

    /** As {@link #requestReady}, for a thread that has reason to believe that a request waits. */
    void signalIfReady(boolean fresh) {
        if (!pool.queue.isEmpty()) {
            signal(fresh, 1);
        }
    }

    /** Has {@code wanted} workers, one or two, on their way to the queue, as far as they can be sent. */
    private void signal(boolean fresh, int wanted) {
        Thread woken;
        Thread another;
        boolean reserved = false;
        try (Mutex ignored = lock.hold()) {
            woken = wake(wanted);
            another = wake(wanted);
            int missing = Math.min(wanted - searching(), max - cur());
            if (missing > 0 && !stopping && !starter.retryPending) {
                starter.reserve(missing);
                reserved = true;
            }
            settle();
        }
        LockSupport.unpark(woken);
        LockSupport.unpark(another);
        if (reserved) {
            starter.start(fresh);
        } else if (!fresh) {
            starter.retrySooner();
        }
    }

    /** Caller holds lock. Tells an idle worker to search, unless {@code wanted} do; the caller unparks it. */
    private @Nullable Thread wake(int wanted) {
        if (awake >= wanted || idle.isEmpty()) {
            return null;
        }
        awake++;
        return popIdle(Worker.Order.SEARCH).thread();
    }

    /** Caller holds lock. The one that went idle last: its caches are warm, and the time of the others can run out. */
    private Worker popIdle(Worker.Order order) {
        Worker worker = idle.removeLast();
        worker.order = order;
        return worker;
    }

    /** Caller holds lock, and is the worker. */
    private void countSearching(Worker worker, boolean searching) {
        if (worker.searching != searching) {
            worker.searching = searching;
            awake += searching ? 1 : -1;
        }
    }

    /**
     * A searching worker took a request and is about to enter user code. If several more wait it sends two, so that in
     * a burst their number doubles from step to step. A fresh one has just started others: one will do.
     */
    void signalNext(Worker worker) {
        try (Mutex ignored = lock.hold()) {
            countSearching(worker, false);
            settle();
        }
        int waiting = pool.queue.upTo(worker.fresh ? 1 : 2);
        if (waiting > 0) {
            signal(worker.fresh, waiting);
        }
    }

    /** A worker found the queue empty: idles until there is something to search for (true), or it must exit (false). */
    boolean awaitRequest(Worker worker) {
        if (worker.spins || beginSpin(worker)) {
            boolean found = Spin.until(seemsReady);
            endSpin(worker, found);
            if (found) {
                return true;
            }
        }
        return becomeIdle(worker);
    }

    /**
     * Returns whether the worker is to spin when it finds the queue empty. It searches from here on. It may still have
     * to tell of the request that it has just run, but runs no foreign code before it looks.
     */
    boolean beginSpin(Worker worker) {
        if (!spin.begin()) {
            return false;
        }
        try (Mutex ignored = lock.hold()) {
            countSearching(worker, true);
            settle();
        }
        worker.spins = true;
        return true;
    }

    void endSpin(Worker worker, boolean found) {
        worker.spins = false;
        spin.end(found);
    }

    private boolean becomeIdle(Worker worker) {
        boolean exits;
        try (Mutex ignored = lock.hold()) {
            countSearching(worker, false);
            exits = stopping || cur() > max;
            if (exits) {
                running--;
            } else {
                worker.order = Worker.Order.SLEEP;
                idle.add(worker);
            }
            settle();
        }
        signalIfReady(false);
        return !exits && sleep(worker);
    }

    private boolean sleep(Worker worker) {
        long since = System.nanoTime();
        for (Worker.Order order; ; ) {
            Thread.interrupted(); // no request runs that it could be meant for, and it would turn the wait into a spin
            if ((order = worker.order) != Worker.Order.SLEEP) {
                worker.searching = order == Worker.Order.SEARCH; // wake has counted it
                return worker.searching;
            }
            long left = idleTimeoutNanos - (System.nanoTime() - since);
            if (left > 0) {
                LockSupport.parkNanos(this, left);
                continue;
            }
            leaveIdle(worker);
            if (worker.order == Worker.Order.SLEEP) {
                LockSupport.park(this); // one of min: until it is told, or resize makes it look again
            }
        }
    }

    /** Its idle time is over: it exits if it is not needed. Awake workers stay as many, so no thread has to look. */
    private void leaveIdle(Worker worker) {
        try (Mutex ignored = lock.hold()) {
            if (worker.order == Worker.Order.SLEEP && cur() > min) {
                idle.remove(worker); // the first, or near it
                worker.order = Worker.Order.EXIT;
                running--;
                settle();
            }
        }
    }

    /** Returns true if this worker must exit because there are more than max workers. No worker idles then. */
    boolean mustExit(Worker worker) {
        try (Mutex ignored = lock.hold()) {
            boolean exits = cur() > max;
            if (exits) {
                running--;
                countSearching(worker, false);
            }
            settle();
            return exits;
        }
    }

    /** A worker leaves although it may be needed: another one comes in its place. */
    void leave() {
        try (Mutex ignored = lock.hold()) {
            running--;
            settle();
        }
        startMissing();
        signalIfReady(true);
    }

    /** The worker's thread runs: it searches from here on. False: it is not to run this worker, or not again. */
    boolean arrived(Worker worker) {
        boolean fit;
        try (Mutex ignored = lock.hold()) {
            fit = starter.countArrived(worker);
            if (fit) {
                running++;
                countSearching(worker, true);
                if (starter.newThreads == 0 && !starter.retryPending) {
                    reserveUpToMin();
                }
                settle();
            }
        }
        starter.keepAlive();
        return fit;
    }

    /** A fresh worker, which searches too, starts another: returns whether the requests that wait need one. */
    boolean reserveNext(int waiting) {
        try (Mutex ignored = lock.hold()) {
            boolean needed =
                    searching() < waiting && idle.isEmpty() && cur() < max && !stopping && !starter.retryPending;
            if (needed && starter.newThreads == 0) {
                starter.reserve(1);
                settle();
            }
            return needed;
        }
    }

    /** Starts workers up to min. */
    void startMissing() {
        boolean reserved;
        try (Mutex ignored = lock.hold()) {
            reserved = starter.newThreads == 0 && reserveUpToMin();
            settle();
        }
        if (reserved) {
            starter.startReserved();
        }
    }

    /** Caller holds lock. */
    private boolean reserveUpToMin() {
        int missing = stopping ? 0 : min - cur();
        if (missing > 0) {
            starter.reserve(missing);
        }
        return missing > 0;
    }

    /** Starts what min asks for, and the loop's thread and the timer's: the first submission would wait for them. */
    void open() {
        if (pool.loop.ownsThread()) {
            starter.start(false);
        }
        resize(min, max);
    }

    /** Changes both bounds, starts what min asks for, and ends idle workers above max. */
    void resize(int newMin, int newMax) {
        List<Worker> told = new ArrayList<>();
        boolean reserved;
        try (Mutex ignored = lock.hold()) {
            if (stopping) {
                return;
            }
            min = newMin;
            max = newMax;
            while (cur() > max && !idle.isEmpty()) {
                running--;
                told.add(popIdle(Worker.Order.EXIT));
            }
            told.addAll(idle); // min may have fallen below those whose time is over
            starter.rollBackReserved(Math.max(0, cur() - max));
            reserved = !starter.retryPending && reserveUpToMin();
            settle();
        }
        told.forEach(Worker::unpark);
        if (reserved) {
            starter.start(false);
        }
        signalIfReady(false);
    }

    /** Nothing will be queued any more: rolls back what is reserved, and has every worker end when it is done. */
    void stop() {
        List<Worker> told = new ArrayList<>();
        try (Mutex ignored = lock.hold()) {
            stopping = true;
            starter.rollBackReserved(Integer.MAX_VALUE);
            while (!idle.isEmpty()) {
                running--;
                told.add(popIdle(Worker.Order.EXIT));
            }
            settle();
        }
        starter.close();
        starter.keepAlive();
        told.forEach(Worker::unpark);
    }

    /** The last thing a worker does. */
    void ended(Worker worker, boolean died) {
        if (worker.spins) {
            endSpin(worker, false);
        }
        try (Mutex ignored = lock.hold()) {
            if (died) {
                running--;
                countSearching(worker, false);
            }
            worker.life = Worker.Life.ENDED;
            settle();
            starter.forgetDead();
        } catch (OutOfMemoryError e) {
            // the next one that ends removes the dead ones
        }
        if (died) {
            signalIfReady(false);
        }
        pool.waiters.signal();
    }

    /** Returns true if no worker is left; some threads may be about to end. */
    boolean isEmpty() {
        try (Mutex ignored = lock.hold()) {
            return cur() == 0 && starter.haveAllEnded();
        }
    }

    int max() {
        try (Mutex ignored = lock.hold()) {
            return max;
        }
    }

    /** Returns the workers' part of the counters: cur, idle, new, pending, min, max. */
    int[] counts() {
        try (Mutex ignored = lock.hold()) {
            assert isSettled() : this;
            return new int[] {cur(), idle.size(), starter.newThreads, starter.pending, min, max};
        }
    }

    // from here on the caller holds lock

    /** Returns whether no worker runs yet, or any more, and one may come. */
    boolean hasNoneRunning() {
        return running == 0 && !stopping;
    }

    private int cur() {
        return starter.newThreads + starter.pending + running;
    }

    /** Also those that are still to be started, which keep no idle worker asleep: see {@link #wake}. */
    private int searching() {
        return starter.newThreads + starter.pending - starter.latePending + awake;
    }

    /** The end of every section: the invariants hold again, and the mirrors say what is. */
    void settle() {
        assert lock.isHeldByCurrentThread();
        assert starter.newThreads >= 0 && starter.pending >= starter.latePending && starter.latePending >= 0 : this;
        assert running >= 0 && idle.size() <= running : this;
        assert awake >= 0 && searching() <= cur() - idle.size() : this;
        if (!isSettled()) {
            open = maySend();
            hasSearcher = awake > 0;
            shrinking = cur() > max;
        }
    }

    private boolean isSettled() {
        return open == maySend() && hasSearcher == awake > 0 && shrinking == cur() > max;
    }

    private boolean maySend() {
        return (awake == 0 && !idle.isEmpty()) || (searching() == 0 && cur() < max);
    }

    @Override
    public String toString() {
        return "new=" + starter.newThreads + " pending=" + starter.pending + " running=" + running + " idle="
                + idle.size() + " searching=" + searching() + " min=" + min + " max=" + max;
    }
}
