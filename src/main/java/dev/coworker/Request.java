package dev.coworker;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One accepted piece of work and its one outcome: queue node, state and result slot in a single object. The counterpart of
 * QEMU's {@code ThreadPoolElement}.
 *
 * <pre>
 *   state         to            by                                        guard
 *   QUEUED        ACTIVE        the worker that takes it                  RequestQueue's lock, or the slice's
 *   QUEUED        CANCELED      cancel, interrupt, deadline, close        RequestQueue's lock, or the slice's
 *   ACTIVE        RETURNED      the worker, when the work returned        compareAndSet
 *   ACTIVE        THREW         the worker, when the work threw           compareAndSet
 *   ACTIVE        INTERRUPTING  a thread about to interrupt the worker    compareAndSet
 *   INTERRUPTING  ACTIVE        the same thread, having done so           volatile write
 * </pre>
 *
 * <p>The slot holds the work while QUEUED, the worker while ACTIVE, the outcome after that. It is written before the state
 * and read after it. The outcome is counted before the state shows it, and the state shows it before anybody is woken.
 *
 * <p>The three layers are three subclasses, and differ only in whom {@link #settled} tells. The fourth, {@link Turn}, stands in
 * the pool's queue for a request that came through a slice; QUEUED is left under the slice's lock then.
 */
abstract sealed class Request permits CoRequest, AioCall, PlainRequest, Turn {
    static final int QUEUED = 0;
    static final int ACTIVE = 1;
    static final int INTERRUPTING = 2;
    static final int RETURNED = 3;
    static final int THREW = 4;
    static final int CANCELED = 5;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Request.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
        link(true);
        link(false);
    }

    /** The JVM links a call of a VarHandle when it is first made, for which it needs memory: now, not at an outcome's cost. */
    private static void link(boolean compare) {
        Request none = null;
        try {
            boolean never = false;
            if (compare) {
                never = STATE.compareAndSet(none, ACTIVE, ACTIVE);
            } else {
                STATE.setRelease(none, ACTIVE);
            }
            throw new AssertionError(never);
        } catch (NullPointerException linked) {
            // that was all
        }
    }

    // guarded by RequestQueue's lock while QUEUED, or by the slice's, where `next` is the Turn; then `next` belongs to
    // Completions, or to WakeUps
    @Nullable
    Request next;

    @Nullable
    Request previous;

    private @Nullable Object slot;
    private volatile int state;

    Request(Object work) {
        this.slot = work;
    }

    /** Runs the work, on the worker's thread, in a frame that is named for the layer. */
    abstract void run(Worker worker, Object work);

    abstract Observation.Layer layer();

    /** The outcome is published: tells whom the layer tells. On a worker's thread, the canceling one, or the alarm clock's. */
    abstract void settled();

    final int internalState() {
        return state;
    }

    /** Caller holds RequestQueue's lock, or the slice's. Returns the work, which the request refers to no longer. */
    final Object begin(Worker worker) {
        Object work = slot;
        if (state != QUEUED || work == null) {
            throw new AssertionError(this + " is not queued");
        }
        slot = worker;
        STATE.setRelease(this, ACTIVE); // releasing the lock, at the latest, makes it visible
        return work;
    }

    /** Caller holds RequestQueue's lock, or the slice's. */
    final void cancelInQueue() {
        assert state == QUEUED : this;
        slot = null;
        state = CANCELED;
    }

    /**
     * Publishes the outcome. A compareAndSet, not a release: a waiter that is about to park must see it, or else the unpark
     * that follows must see the waiter parked, and unpark of a virtual thread that still has an old permit orders nothing.
     */
    @SuppressWarnings("ThreadPriorityCheck") // there is nothing to park for: the interrupter never wakes anybody
    final void publish(@Nullable Object outcome, boolean threw) {
        slot = outcome;
        while (!STATE.compareAndSet(this, ACTIVE, threw ? THREW : RETURNED)) {
            // the interrupt is on its way to this thread; once it is here, the worker drops it
            Thread.yield();
        }
    }

    /** The value or the failure; after RETURNED or THREW was seen. */
    final @Nullable Object outcome() {
        return slot;
    }

    final void forgetOutcome() {
        slot = null;
    }

    /** Interrupts the worker if it runs this request; it cannot move on to another before the interrupt has arrived. */
    final boolean interruptWorker() {
        // read first: once the state is INTERRUPTING, the worker may have put the outcome in its place
        if (!(slot instanceof Worker worker) || !STATE.compareAndSet(this, ACTIVE, INTERRUPTING)) {
            return false;
        }
        try {
            worker.interrupt();
        } finally {
            state = ACTIVE;
        }
        return true;
    }

    /** Whether the calling thread is the worker that runs this request. */
    final boolean isRunByCaller() {
        int now = state;
        return (now == ACTIVE || now == INTERRUPTING) && slot instanceof Worker worker && worker.isCaller();
    }
}
