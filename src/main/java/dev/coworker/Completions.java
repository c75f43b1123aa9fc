package dev.coworker;

import java.lang.Thread.UncaughtExceptionHandler;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Brings callbacks to the context's home thread, in the order in which their requests ended. The counterpart of QEMU's
 * {@code completion_bh}, but O(1) per callback: QEMU looks through all outstanding requests.
 *
 * <p>Settled requests are pushed onto a stack; whoever finds it empty schedules the bottom half, so a batch costs one
 * wake-up. The home thread takes the whole stack when nothing older is {@code ready}, reverses it, and delivers from there. A
 * callback may poll: while anything is left in either, the bottom half stays scheduled, so a nested poll goes on
 * with it (QEMU commit 3c80ca1 repairs the want of this).
 */
final class Completions {
    /** Callbacks in one run of the bottom half; then other bottom halves get their turn. */
    private static final int BATCH = 256;

    private static final VarHandle POSTED;

    static {
        try {
            POSTED = MethodHandles.lookup().findVarHandle(Completions.class, "posted", Request.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
        link(true);
        link(false);
    }

    /** As Request's: a callback must not be lost because the first post, or the first take, finds no memory. */
    private static void link(boolean post) {
        Completions none = null;
        try {
            boolean never = post
                    ? POSTED.compareAndSet(none, (Request) null, (AioCall) null)
                    : (Request) POSTED.getAndSet(none, null) == null;
            throw new AssertionError(never);
        } catch (NullPointerException linked) {
            // that was all
        }
    }

    private final AioContext context;
    private final Waiters waiters;
    private final UncaughtExceptionHandler handler;
    private final BottomHalf bottomHalf;

    private volatile @Nullable Request posted; // newest first
    private final AtomicReference<@Nullable Thread> deliverer = new AtomicReference<>();

    // the deliverer only: the home thread, or the thread that hears of a rejection
    private @Nullable Request ready; // oldest first
    private @Nullable RejectedExecutionException rejection; // what the handler hears of, while callbacks are abandoned
    private int abandoning; // calls of the handler in progress, each within a wait of the one before
    private final AtomicLong delivered = new AtomicLong(); // read by anybody

    Completions(AioContext context, Waiters waiters, UncaughtExceptionHandler handler) {
        this.context = context;
        this.waiters = waiters;
        this.handler = handler;
        this.bottomHalf = context.newBottomHalf(this::deliver, this::abandon);
    }

    /** The request is DONE or CANCELED: its callback is due. */
    void post(AioCall call) {
        Request before;
        do {
            before = posted;
            call.next = before;
        } while (!POSTED.compareAndSet(this, before, call));
        if (before == null) {
            bottomHalf.schedule();
        }
    }

    /** The bottom half. */
    private void deliver() {
        if (deliverer.get() == Thread.currentThread()) {
            deliverBatch(); // a callback polls
        } else if (begin()) {
            try {
                deliverBatch();
            } finally {
                end();
            }
        } else {
            waiters.signalAll();
        }
    }

    /**
     * The threads that hear of a rejection meet each other, and the home thread where the executor rejects at times only, or
     * where it polls by itself. The second leaves everything to the first, which looks again when it is done; it signals,
     * for the first may wait in the handler for what the second leaves to it.
     */
    private boolean begin() {
        return deliverer.compareAndSet(null, Thread.currentThread());
    }

    private void end() {
        deliverer.set(null);
        if (posted != null) {
            bottomHalf.schedule();
        }
    }

    private void deliverBatch() {
        for (int left = BATCH; left > 0 && context.hasBudget(); left--) {
            AioCall call = nextReady();
            if (call == null) {
                return;
            }
            if (isAnyLeft() && !bottomHalf.isScheduledSeenFromHome()) {
                bottomHalf.schedule();
            }
            context.countHandled();
            try {
                call.deliver();
            } catch (Throwable e) {
                report(handler, e);
            } finally {
                ended(call);
            }
        }
        if (isAnyLeft()) {
            bottomHalf.schedule();
        }
    }

    private boolean isAnyLeft() {
        return ready != null || posted != null;
    }

    /** The context's executor runs nothing any more: no callback runs elsewhere, and nobody waits for one. */
    private void abandon(RejectedExecutionException e) {
        if (!begin()) {
            waiters.signalAll();
            return;
        }
        try {
            rejection = e;
            abandonRest();
        } finally {
            rejection = null;
            end();
        }
    }

    /**
     * Part of each wait's condition. Where the handler that hears of a rejection waits: goes on with what else was rejected, of this
     * pool and of the others on the context, as a poll would.
     */
    void goOnAbandoning() {
        context.tellDropped();
        abandonRest();
    }

    private void abandonRest() {
        RejectedExecutionException e;
        if (!isInCallback() || (e = rejection) == null) {
            return;
        }
        for (AioCall call; (call = nextReady()) != null; ) {
            call.beginDelivery();
            abandoning++;
            try {
                report(handler, e);
            } finally {
                abandoning--;
                ended(call);
            }
        }
    }

    void ended(AioCall call) {
        call.endDelivery();
        delivered.lazySet(delivered.getPlain() + 1);
        call.delivered(); // a volatile write, and so both come before the look at who waits for either
        waiters.signal(call);
    }

    /** The oldest; looks at the stack only when nothing older is left, so that those who post seldom find it empty. */
    private @Nullable AioCall nextReady() {
        Request first = ready;
        if (first == null && posted != null) {
            first = oldestFirst((Request) POSTED.getAndSet(this, null));
        }
        if (first != null) {
            ready = first.next;
            first.next = null;
        }
        return (AioCall) first;
    }

    /** Turns a stack over, linked by `next`. */
    static @Nullable Request oldestFirst(@Nullable Request newest) {
        Request oldest = null;
        for (Request each = newest; each != null; ) {
            Request older = each.next;
            each.next = oldest;
            oldest = each;
            each = older;
        }
        return oldest;
    }

    /** Whether a callback waits for the home thread. */
    boolean isDue() {
        return context.isScheduled(bottomHalf);
    }

    /** Tells the handler, and survives it. */
    static void report(UncaughtExceptionHandler handler, Throwable e) {
        try {
            handler.uncaughtException(Thread.currentThread(), e);
        } catch (Throwable thrown) {
            AioContext.logQuietly(System.Logger.Level.WARNING, "the uncaught-exception handler threw; dropped", thrown);
        }
    }

    /** How many callbacks have returned, or will never run because the executor rejected. */
    long delivered() {
        return delivered.get();
    }

    /** Whether the calling thread is in a callback of this pool, directly or further up the stack. */
    boolean isInCallback() {
        return deliverer.get() == Thread.currentThread();
    }

    /** Throws where a wait that goes on with the rest, by polling or by {@link #goOnAbandoning}, could use up the stack. */
    void checkNesting() {
        context.checkNestingIfHome();
        if (isInCallback() && abandoning >= AioContext.MAX_NESTED) {
            throw new IllegalStateException("the handler hears of rejected callbacks within its waits for others, "
                    + AioContext.MAX_NESTED + " deep, and would use up the stack: use cancelAsync");
        }
    }

    /** Nothing is posted any more. */
    void close() {
        bottomHalf.delete();
    }
}
