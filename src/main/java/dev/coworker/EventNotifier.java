package dev.coworker;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A flag that any thread may set and that an {@link AioContext} watches: while it is set, each poll runs the handler it
 * was {@linkplain AioContext#setEventNotifier attached} with. It is attached to one context at a time.
 *
 * {@snippet file="snippets/Contexts.java" region="notifier"}
 *
 * <p>All methods may be called from any thread and never wait. What a thread did before {@link #set} happens-before the
 * return of the {@link #testAndClear} that saw it. The counterpart of QEMU's {@code EventNotifier}.
 */
public final class EventNotifier {
    private static final VarHandle SET;

    static {
        try {
            SET = MethodHandles.lookup().findVarHandle(EventNotifier.class, "set", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    // `set` is written before `context` is read, and `context` before `set` by who attaches: one of the two wakes
    private volatile boolean set;
    private final AtomicReference<@Nullable AioContext> context = new AtomicReference<>();

    /** Creates a notifier that is not set and not attached. */
    public EventNotifier() {}

    /**
     * Sets the flag and wakes the context it is attached to. Setting it twice is setting it once. Where the context's executor
     * rejects, nobody hears of it until the next wake-up: the flag stays set, and a warning is logged. The counterpart of
     * QEMU's {@code event_notifier_set}.
     */
    public void set() {
        set = true;
        AioContext attached = context.get();
        if (attached != null) {
            attached.wake();
        }
    }

    /**
     * Clears the flag. What was done before the {@link #set} that it saw happens-before the return. The counterpart of QEMU's
     * {@code event_notifier_test_and_clear}.
     *
     * @return true when it was set; of several calls that meet one {@link #set}, one
     */
    public boolean testAndClear() {
        return (boolean) SET.getAndSet(this, false);
    }

    boolean isSet() {
        return set;
    }

    void attach(AioContext to) {
        AioContext now = context.compareAndExchange(null, to);
        if (now != null && now != to) {
            throw new IllegalStateException("the notifier is attached to " + now + "; detach it there first");
        }
    }

    void detach(AioContext from) {
        context.compareAndSet(from, null);
    }
}
