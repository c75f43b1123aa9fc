package dev.coworker;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Who must be awake: the accounting of the workers, the idle ones, and how new ones come about.
 *
 * <pre>
 *   (none)     reserved   a request finds nobody searching and nobody idle; min       lock
 *   reserved   pending    the context's bottom half, a fresh worker, or the timer     lock
 *   reserved   (none)     stop: nothing needs it                                      lock
 *   pending    searching  the thread runs                                             lock
 *   pending    (none)     the thread could not be started                             lock, then retry
 *   searching  busy       it took a request, and hands the search on                  lock
 *   searching  idle       it found nothing                                            lock, then looks again
 *   busy       searching  its request has ended, and it is to spin                    lock
 *   busy       busy       it took the next request                                    none needed
 *   busy       idle       it found nothing                                            lock, then looks again
 *   idle       searching  whoever signals: a submitter, or a worker that hands on     lock
 *   idle       (none)     its time is over and more than min exist; resize; stop      lock
 *   busy       (none)     more than max exist                                         lock
 * </pre>
 *
 * <p><strong>No wake-up is lost.</strong> {@code searching} counts those who will look at the queue without being told
 * again: reserved, pending, and awake ones. A busy worker is not among them, for it may be busy for ever. {@code open} says
 * that somebody could be sent who should be: an idle worker while nobody who searches is awake, or a new one while nobody
 * searches at all. A submitter appends to the queue, then reads {@code open}; everybody who sets {@code open} then looks at
 * the queue. One of the two sees the other's write (the queue's lock orders the append and the look; see
 * docs/synchronization.md), and signals.
 *
 * <p>A burst wakes one worker; that one sends the next two when it has taken a request and sees several more, before it enters
 * user code, and so do they. No more are on their way than requests were seen waiting; those that others take before the signal leave
 * two, at most, with nothing to find. A fresh one starts others, one after the other, before it takes a request. Reservations
 * therefore come by ones and twos, where QEMU makes one per request.
 *
 * <p>Foreign code, the factory above all, runs without the lock.
 */
final class Workers {
    private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long LAST_RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** While a fresh worker starts others: itself, one that arrives, and one that is being made. */
    private static final int MOST_ON_THEIR_WAY = 3;

    private final Dispatcher dispatcher;
    private final long idleTimeoutNanos;
    private final Spawner spawner;
    private final Spin spin;
    private final Nap nap;
    private final Mutex lock = new Mutex();

    // guarded by lock
    private int min;
    private int max;
    private int newThreads; // reserved, no Thread object yet
    private int pending; // thread started, has not arrived
    private int running;
    private int searching;
    private final IdleStack idle = new IdleStack();
    private boolean stopping;
    private final Set<Worker> threads = new LinkedHashSet<>(); // from before the start to the end of run()
    private final List<Thread> leaving = new ArrayList<>(); // of workers that ended; some may be dead

    // guarded by lock: reservations and their deadlines
    private long reservedAtNanos; // the oldest reservation's
    private boolean retryPending;
    private long retryNanos;
    private long retryGeneration; // of the retry that counts; earlier ones do nothing
    private boolean burstLogged;
    private long spawnFailures;

    // written under lock, read without: by submitters, and by workers between requests
    private volatile boolean open;
    volatile boolean shrinking;
    private volatile boolean attended; // a worker that searches is awake

    Workers(Dispatcher dispatcher, ThreadFactory factory, int min, int max, long idleTimeoutNanos, Spin spin, Nap nap) {
        this.dispatcher = dispatcher;
        this.min = min;
        this.max = max;
        this.idleTimeoutNanos = idleTimeoutNanos;
        this.spin = spin;
        this.nap = nap;
        this.spawner = new Spawner(dispatcher, this, factory);
        this.open = true;
    }

    /** A request was appended. */
    void requestQueued() {
        if (open) {
            signal(false);
        }
    }

    /** Sends one worker to the queue, if none is on its way and one can be sent. */
    private void signal(boolean direct) {
        signal(direct, 1);
    }

    /** Sees to it that {@code wanted} workers, one or two, are on their way to the queue, as far as they can be sent. */
    private void signal(boolean direct, int wanted) {
        Worker woken;
        Worker another = null;
        boolean reserved = false;
        long retry = 0;
        lock.lock();
        try {
            woken = wake(wanted);
            if (woken != null) {
                another = wake(wanted);
            }
            int missing = Math.min(wanted - searching, max - cur());
            if (missing > 0 && !stopping) {
                if (!direct) {
                    retry = retrySooner();
                }
                if (!retryPending) {
                    reserve(missing);
                    reserved = true;
                }
            }
            settle();
        } finally {
            lock.unlock();
        }
        if (woken != null) {
            woken.unpark();
        }
        if (another != null) {
            another.unpark();
        }
        if (reserved) {
            spawner.start(direct);
        } else if (retry != 0) {
            spawner.retryAfter(FIRST_RETRY_NANOS, retry);
        }
    }

    /** Caller holds lock. Tells an idle worker to search, unless {@code wanted} are awake who do; the caller unparks it. */
    private @Nullable Worker wake(int wanted) {
        Worker woken = awake() < wanted ? idle.pop(Worker.Order.SEARCH) : null;
        if (woken != null) {
            searching++;
        }
        return woken;
    }

    /**
     * A searching worker took a request and is about to enter user code. Where several more wait it sends two, so that in a
     * burst as many are on their way as could find something, and their number doubles from step to step. A fresh one has just
     * started others: one will do.
     */
    void handOn(boolean fresh) {
        lock.lock();
        try {
            searching--;
            settle();
        } finally {
            lock.unlock();
        }
        int waiting = dispatcher.queue.upTo(fresh ? 1 : 2);
        if (waiting > 0) {
            signal(fresh, waiting);
        }
    }

    /** A worker found the queue empty: idles until there is something to search for (true), or it must exit (false). */
    boolean awaitRequest(Worker worker, boolean wasSearching) {
        boolean searches = wasSearching;
        if (worker.spins || beginSpin(worker, wasSearching)) {
            nap.take(this);
            boolean found = Spin.until(dispatcher.queue);
            endSpin(worker, found);
            if (found) {
                return true;
            }
            searches = true;
        }
        return becomeIdle(worker, searches);
    }

    /**
     * Whether the worker is to spin when it finds the queue empty; if so it searches from here on. It may still have to
     * tell of the request that it has just run, and may nap, but runs no foreign code before it looks.
     */
    boolean beginSpin(Worker worker, boolean isSearching) {
        if (!spin.begin()) {
            return false;
        }
        if (!isSearching) {
            lock.lock();
            searching++;
            settle();
            lock.unlock();
        }
        worker.spins = true;
        return true;
    }

    void endSpin(Worker worker, boolean found) {
        worker.spins = false;
        spin.end(found);
    }

    private boolean becomeIdle(Worker worker, boolean wasSearching) {
        boolean exits;
        lock.lock();
        try {
            if (wasSearching) {
                searching--;
            }
            exits = stopping || cur() > max;
            if (exits) {
                running--;
            } else {
                idle.push(worker);
            }
            settle();
        } finally {
            lock.unlock();
        }
        if (!dispatcher.queue.isEmpty()) {
            signal(false);
        }
        return !exits && idle(worker);
    }

    private boolean idle(Worker worker) {
        long since = System.nanoTime();
        for (Worker.Order order; ; ) {
            // a stray interrupt is nobody's here, and would turn the wait into a spin
            Thread.interrupted();
            if ((order = worker.order) != Worker.Order.SLEEP) {
                return order == Worker.Order.SEARCH;
            }
            long left = idleTimeoutNanos - (System.nanoTime() - since);
            if (left > 0) {
                LockSupport.parkNanos(this, left);
            } else if (leaveIdle(worker)) {
                return false;
            } else if (worker.order == Worker.Order.SLEEP) {
                LockSupport.park(this); // one of min: until it is told, or resize makes it look again
            }
        }
    }

    /** The worker's idle time is over: true when it is not needed. Awake workers stay as many, so nobody has to look. */
    private boolean leaveIdle(Worker worker) {
        lock.lock();
        try {
            if (worker.order != Worker.Order.SLEEP || cur() <= min) {
                return false;
            }
            idle.remove(worker, Worker.Order.EXIT);
            running--;
            settle();
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Between two requests, after max was lowered: true when this worker is one too many. No worker idles then, and as many as
     * max are left: nobody could be sent in its place.
     */
    boolean retire(boolean wasSearching) {
        lock.lock();
        boolean retires = cur() > max;
        if (retires) {
            running--;
            if (wasSearching) {
                searching--;
            }
        }
        settle();
        lock.unlock();
        return retires;
    }

    /** Caller holds lock. */
    private void reserve(int count) {
        if (newThreads == 0) {
            reservedAtNanos = System.nanoTime();
        }
        newThreads += count;
        searching += count;
    }

    /** A reservation is about to become a thread; false when none is left. */
    boolean beginStart() {
        lock.lock();
        try {
            if (newThreads == 0) {
                return false;
            }
            newThreads--;
            pending++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The worker's thread was found fit and is about to be started. */
    void arm(Worker worker) {
        lock.lock();
        try {
            threads.add(worker);
            worker.life = Worker.Life.ARMED;
        } finally {
            lock.unlock();
        }
    }

    /** When the oldest reservation was made, which is a value of nanoTime; null when there is none. */
    @Nullable
    Long reservedAtNanos() {
        lock.lock();
        try {
            return newThreads == 0 ? null : reservedAtNanos;
        } finally {
            lock.unlock();
        }
    }

    boolean hasPending() {
        lock.lock();
        try {
            return pending > 0;
        } finally {
            lock.unlock();
        }
    }

    /** Workers that were started, have not arrived, and cannot: their threads have ended. */
    List<Worker> pendingWithoutThread() {
        List<Worker> started = new ArrayList<>();
        lock.lock();
        try {
            for (Worker worker : pending == 0 ? Set.<Worker>of() : threads) {
                if (worker.life == Worker.Life.ARMED) {
                    started.add(worker);
                }
            }
        } finally {
            lock.unlock();
        }
        started.removeIf(
                worker -> !hasEnded(worker.thread())); // without the lock: the thread's class may be the factory's
        return started;
    }

    private static boolean hasEnded(@Nullable Thread thread) {
        return thread != null && thread.getState() == Thread.State.TERMINATED;
    }

    /** The worker's thread runs: it searches from here on. False: it is not to run this worker, or not again. */
    boolean arrived(Worker worker) {
        lock.lock();
        try {
            if (worker.life != Worker.Life.ARMED) {
                return false;
            }
            worker.life = Worker.Life.RUNNING;
            worker.setThread(Thread.currentThread());
            pending--;
            running++;
            retryNanos = 0;
            burstLogged = false;
            if (newThreads == 0 && !retryPending) {
                reserveUpToMin();
            }
            settle();
        } finally {
            lock.unlock();
        }
        return true;
    }

    /**
     * A fresh worker, which has nothing of a user's to bequeath and no request in hand yet, starts the next that is reserved, and
     * more while more requests wait than it sees workers on their way to. One thread makes others faster than several do, which
     * would wait for each other in the JVM and the kernel.
     */
    void startOthers() {
        do {
            spawner.startReserved();
        } while (reserveNext(dispatcher.queue.upTo(MOST_ON_THEIR_WAY)));
    }

    /** Whether there is a reservation that the requests need; the caller is on its way itself. */
    private boolean reserveNext(int waiting) {
        lock.lock();
        try {
            if (searching >= waiting || !idle.isEmpty() || cur() >= max || stopping || retryPending) {
                return false;
            }
            if (newThreads == 0) {
                reserve(1);
            }
            return true;
        } finally {
            settle();
            lock.unlock();
        }
    }

    /**
     * The start failed: rolls the reservation back, with all others of its burst, and has the spawner try again later. A
     * worker that runs although its thread's start() threw is left alone.
     */
    void startFailed(@Nullable Worker worker, Throwable cause) {
        boolean firstOfBurst;
        long delay;
        long generation;
        lock.lock();
        try {
            if (worker != null) {
                if (worker.life == Worker.Life.RUNNING || worker.life == Worker.Life.DISCARDED) {
                    return;
                }
                worker.life = Worker.Life.DISCARDED;
                threads.remove(worker);
            }
            pending--;
            searching -= 1 + newThreads;
            newThreads = 0;
            spawnFailures++;
            firstOfBurst = !burstLogged;
            burstLogged = true;
            retryNanos = Math.clamp(retryNanos * 2, FIRST_RETRY_NANOS, LAST_RETRY_NANOS);
            delay = retryNanos;
            retryPending = true;
            generation = ++retryGeneration;
            settle();
        } finally {
            lock.unlock();
        }
        Events.spawnFailed(dispatcher.poolName, cause, delay);
        spawner.retryAfter(delay, generation);
        if (!dispatcher.queue.isEmpty()) {
            signal(true);
        }
        dispatcher.waiters.signal(null);
        if (firstOfBurst) {
            AioContext.logQuietly(
                    Level.WARNING,
                    "",
                    dispatcher.poolName,
                    " could not start a worker; requests stay queued, and the start is tried again",
                    cause);
        }
    }

    /** Caller holds lock. A new submit resets the delay; returns the retry to schedule in place of a long one, or 0. */
    private long retrySooner() {
        boolean sooner = retryPending && retryNanos > FIRST_RETRY_NANOS;
        retryNanos = Math.min(retryNanos, FIRST_RETRY_NANOS);
        return sooner ? ++retryGeneration : 0;
    }

    /** In place of a retry that could not be scheduled. */
    void retryNow() {
        lock.lock();
        long latest = retryGeneration;
        lock.unlock();
        retry(latest);
    }

    /** The timer's thread: what a failed start left undone. */
    void retry(long generation) {
        boolean toMin;
        lock.lock();
        try {
            if (generation != retryGeneration || !retryPending) {
                return;
            }
            retryPending = false;
            toMin = newThreads == 0 && reserveUpToMin();
            settle();
        } finally {
            lock.unlock();
        }
        if (toMin) {
            spawner.startReserved();
        } else if (!dispatcher.queue.isEmpty()) {
            signal(true);
        }
    }

    /** Caller holds lock. */
    private boolean reserveUpToMin() {
        int missing = stopping ? 0 : min - cur();
        if (missing > 0) {
            reserve(missing);
        }
        return missing > 0;
    }

    /** Starts what min asks for. */
    void startMin() {
        resize(min, max);
    }

    void resize(int newMin, int newMax) {
        List<Worker> told;
        boolean reserved;
        lock.lock();
        try {
            if (stopping) {
                return;
            }
            told = new ArrayList<>(idle.size()); // before anything is changed, and large enough
            min = newMin;
            max = newMax;
            for (Worker worker; cur() > max && (worker = idle.pop(Worker.Order.EXIT)) != null; ) {
                running--;
                told.add(worker);
            }
            idle.addTo(told); // min may have fallen below those whose time is over
            int surplus = Math.min(newThreads, Math.max(0, cur() - max));
            newThreads -= surplus;
            searching -= surplus;
            reserved = !retryPending && reserveUpToMin();
            settle();
        } finally {
            lock.unlock();
        }
        for (int i = 0; i < told.size(); i++) { // a lambda might not fit any more
            told.get(i).unpark();
        }
        if (reserved) {
            spawner.start(false);
        }
        if (!dispatcher.queue.isEmpty()) {
            signal(false);
        }
    }

    /** Nothing will be queued any more: rolls back what is reserved, and has every worker end when it is done. */
    void stop() {
        Worker told = null; // linked by `below`, since a close must not fail for want of a list
        lock.lock();
        try {
            stopping = true;
            searching -= newThreads;
            newThreads = 0;
            for (Worker worker; (worker = idle.pop(Worker.Order.EXIT)) != null; ) {
                running--;
                worker.below = told;
                told = worker;
            }
            settle();
        } finally {
            lock.unlock();
        }
        spawner.close();
        for (Worker next; told != null; told = next) {
            next = told.below;
            told.below = null;
            told.unpark();
        }
    }

    /** The last thing a worker does. */
    void ended(Worker worker, boolean died, boolean searched) {
        if (worker.spins) {
            endSpin(worker, false);
        }
        lock.lock();
        try {
            if (died) {
                running--;
                if (searched) {
                    searching--;
                }
            }
            threads.remove(worker);
            settle();
            leaving.removeIf(thread -> !thread.isAlive());
            leaving.add(Thread.currentThread());
        } catch (OutOfMemoryError e) {
            // the thread cannot be remembered: close does not wait for its very end
        } finally {
            lock.unlock();
        }
        if (died && !dispatcher.queue.isEmpty()) {
            signal(false);
        }
        dispatcher.waiters.signal(null);
    }

    /** A thread that runs no worker any more and has yet to end, or null. */
    @Nullable
    Thread leaving() {
        lock.lock();
        try {
            for (int last; (last = leaving.size() - 1) >= 0; leaving.remove(last)) {
                if (leaving.get(last).isAlive()) {
                    return leaving.get(last);
                }
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    /** No worker is left, and no thread but those that are leaving. */
    boolean isEmpty() {
        lock.lock();
        try {
            return cur() == 0 && threads.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    boolean isWorker(Thread thread) {
        lock.lock();
        try {
            for (Worker worker : threads) {
                if (worker.thread() == thread) {
                    return true;
                }
            }
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Interrupts what runs; an idle worker drops it. */
    void interruptAll() {
        List<Worker> all;
        lock.lock();
        try {
            all = new ArrayList<>(threads);
        } finally {
            lock.unlock();
        }
        all.forEach(Worker::interrupt);
    }

    int max() {
        lock.lock();
        try {
            return max;
        } finally {
            lock.unlock();
        }
    }

    /** The workers' part of the stats: cur, idle, new, pending, min, max. */
    int[] counts() {
        lock.lock();
        try {
            return new int[] {cur(), idle.size(), newThreads, pending, min, max};
        } finally {
            lock.unlock();
        }
    }

    long spawnFailures() {
        lock.lock();
        try {
            return spawnFailures;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a worker that is awake looks for requests. */
    boolean isAttended() {
        return attended;
    }

    private int cur() {
        return newThreads + pending + running;
    }

    /** Those who search already; one that is still to be started keeps no idle worker asleep. */
    private int awake() {
        return searching - newThreads - pending;
    }

    /** The end of every section: the invariants hold again, and the mirrors say what is. */
    private void settle() {
        assert lock.isHeldByCurrentThread();
        assert newThreads >= 0 && pending >= 0 && running >= 0 : this;
        assert idle.size() <= running : this;
        assert newThreads + pending <= searching && searching <= cur() - idle.size() : this;
        boolean nowOpen = (awake() == 0 && !idle.isEmpty()) || (searching == 0 && cur() < max);
        if (open != nowOpen) {
            open = nowOpen;
        }
        boolean nowAttended = awake() > 0;
        if (attended != nowAttended) {
            attended = nowAttended;
        }
        boolean nowShrinking = cur() > max;
        if (shrinking != nowShrinking) {
            shrinking = nowShrinking;
        }
    }

    @Override
    public String toString() {
        return "new=" + newThreads + " pending=" + pending + " running=" + running + " idle=" + idle.size()
                + " searching=" + searching + " min=" + min + " max=" + max;
    }
}
