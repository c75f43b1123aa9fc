package dev.coworker.internal.pool;

import dev.coworker.internal.base.Carriers;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The callers of {@code submitCo} that run their own request, on the carrier that they have: it costs neither of the
 * two wake-ups of a hand-over. {@link Carriers} sees to it that other virtual threads keep theirs.
 *
 * <p><b>Who may.</b> A virtual thread of the JDK's scheduler; its request has no canceller, since a thread in its own
 * work cannot notice that it is interrupted; nothing is ready, so that no request is overtaken; fewer than {@code
 * atMost} requests are active, in place or not; fewer virtual threads wait for a carrier; and a worker could begin the
 * request now. All others are handed over. When there are more, all requests are for a while: a mixture costs more
 * than either, since the carriers that were added compete with the workers.
 *
 * <p><b>One request, one outcome.</b> One section accepts and begins the request: it goes from NEW to ACTIVE. So
 * cancel, deadline and close never see it wait. It is refused if close was first; otherwise close waits for it. It
 * counts as one that occupies a worker, with its permit and place. The section that ends it gives everything back, and
 * its caller signals a worker if a request is ready that none could take.
 *
 * <p><b>A slot outlives its request.</b> A slot is a {@link Runner}, to which the request refers while it is ACTIVE.
 * The caller publishes the outcome first, then vacates the slot. So an interrupt, which needs ACTIVE, never reaches the
 * next caller of the slot. Nothing but the caller can see the outcome before it is counted. The carrier is released
 * before that too, so a thread that sees the pool idle sees it free.
 *
 * <p><b>Interrupts.</b> One that close sends is dropped when the request has ended, as on a worker, unless the caller
 * had been interrupted before.
 *
 * <p>A virtual thread is not time-sliced. A caller that goes on from call to call without parking gives its carrier up
 * after a millisecond of that, if others wait for one. It parks for a moment if it yields in vain: the carrier may take
 * the same thread again, before one in another queue.
 */
final class InPlace {
    private static final long YIELD_AFTER_NANOS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long CROWDED_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(20);

    private final Pool pool;
    private final Carriers carriers;
    private final boolean daemon;
    private final Caller[] callers;
    private final AtomicInteger reserved = new AtomicInteger(); // slots, from before one is occupied until it is vacant
    private volatile long crowdedNanos; // when too many requests were seen to be active last

    InPlace(Pool pool, int atMost, Carriers carriers, boolean daemon) {
        this.pool = pool;
        this.carriers = carriers;
        this.daemon = daemon;
        this.callers = Stream.generate(() -> new Caller(pool)).limit(atMost).toArray(Caller[]::new);
        this.crowdedNanos = System.nanoTime() - CROWDED_NANOS;
    }

    /** Begins the request on the calling thread, if it is a virtual one; null if it is to be handed over. */
    @Nullable
    Caller begin(BlockingRequest request) {
        Thread me = Thread.currentThread();
        if (!me.isVirtual()
                || pool.queue.seemsReady()
                || isCrowded()
                || !Carriers.isOnDefaultScheduler(me)
                || !reserve()) {
            return null;
        }
        boolean keepsAlive = !daemon && pool.workers.starter.nonDaemon;
        boolean holds = false;
        Caller begun = null;
        try {
            holds = carriers.hold(keepsAlive);
            if (holds) {
                begun = pool.queue.beginByCaller(request, this, me);
            }
        } finally {
            if (begun != null) {
                begun.keepsAlive = keepsAlive;
            } else {
                reserved.getAndDecrement();
                if (holds) {
                    carriers.release(keepsAlive);
                }
            }
        }
        return begun;
    }

    private boolean isCrowded() {
        long now = System.nanoTime();
        if (now - crowdedNanos < CROWDED_NANOS) {
            return true;
        }
        boolean crowded = pool.queue.active() >= callers.length || Carriers.queued() >= callers.length;
        if (crowded) {
            crowdedNanos = now;
        }
        return crowded;
    }

    private boolean reserve() {
        int now = reserved.get();
        return now < callers.length && reserved.compareAndSet(now, now + 1);
    }

    /** Caller holds the queue's lock. Returns a slot, the thread's last one if it is free; it has reserved one. */
    @Nullable
    Caller occupy(Thread me, BlockingRequest request) {
        long id = me.threadId();
        Caller free = null;
        for (Caller each : callers) {
            if (each.thread() == null) {
                free = each;
                if (each.threadId == id) {
                    break;
                }
            }
        }
        if (free != null) {
            free.assign(request);
            free.setThread(me);
            free.fresh = free.threadId != id;
            free.threadId = id;
        }
        return free;
    }

    /** Caller holds the queue's lock. */
    void vacate(Caller caller) {
        caller.forget();
        caller.interruptedByPool = false;
        caller.setThread(null);
    }

    /** Returns the slot of the calling virtual thread, or null. */
    @Nullable
    Caller current() {
        if (reserved.get() > 0) {
            for (Caller each : callers) {
                if (each.isCaller()) {
                    return each;
                }
            }
        }
        return null;
    }

    List<Caller> callers() {
        return List.of(callers);
    }

    /** The pool is closed. */
    void close() {
        carriers.settle();
    }

    @Override
    public String toString() {
        String problem = carriers.problem();
        return problem == null ? reserved + " of " + callers.length : "unavailable: " + problem;
    }

    /** A slot, and the caller that has it. */
    final class Caller extends Runner {
        // guarded by the queue's lock, while the slot is free
        private long threadId; // of the thread that had it last

        // the caller's own
        private boolean keepsAlive; // the JVM
        private boolean fresh; // another thread had the slot before
        private long askedNanos; // when the thread was asked to yield last, or began

        private boolean interruptedByPool; // written in INTERRUPTING, read once the request is not ACTIVE any more

        Caller(Pool pool) {
            super(pool);
        }

        void run(BlockingRequest request) {
            Thread me = Thread.currentThread();
            ClassLoader loader = me.getContextClassLoader();
            String name = me.getName();
            boolean goesOn = goesOn();
            me.setContextClassLoader(pool.contextClassLoader);
            pool.stuckWatch.workerIsBusy();
            serveAssigned(request); // from here on the slot may be another caller's
            me.setContextClassLoader(loader);
            if (!me.getName().equals(name)) {
                me.setName(name);
            }
            if (goesOn) {
                giveWay();
            }
        }

        @SuppressWarnings("ThreadPriorityCheck") // gives the carrier to the virtual threads that wait for one
        private void giveWay() {
            if (Carriers.queued() > 0) {
                Thread.yield();
                if (Carriers.queued() > 0) {
                    try {
                        LockSupport.parkNanos(InPlace.this, NAP_NANOS);
                    } catch (OutOfMemoryError e) {
                        // it has yielded
                    }
                }
            }
        }

        /** Returns whether the thread goes on from call to call, and has not been asked for a while. */
        private boolean goesOn() {
            long now = System.nanoTime();
            boolean isLong = !fresh && now - askedNanos >= YIELD_AFTER_NANOS;
            if (fresh || isLong) {
                askedNanos = now;
            }
            return isLong;
        }

        @Override
        void finishAssigned(Request finished, @Nullable Object outcome, boolean threw) {
            carriers.release(keepsAlive);
            boolean ready = end(pool.queue, finished, outcome, threw);
            reserved.getAndDecrement();
            if (ready) {
                pool.workers.signalIfReady(false);
            }
            pool.signalIfDrained(finished.lane);
        }

        /** Publishes the outcome, and then vacates the slot. Returns whether a worker is to be signalled. */
        boolean end(RequestQueue queue, Request finished, @Nullable Object outcome, boolean threw) {
            finished.publish(outcome, threw);
            if (interruptedByPool) {
                Thread.interrupted();
            }
            return queue.finishByCaller(this, InPlace.this, finished, threw);
        }

        @Override
        boolean isRunning() {
            return thread() != null;
        }

        @Override
        void interrupt() {
            Thread running = thread();
            if (running != null) {
                interruptedByPool |= !running.isInterrupted();
                running.interrupt();
            }
        }
    }
}
