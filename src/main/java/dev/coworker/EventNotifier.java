package dev.coworker;

import dev.coworker.internal.loop.EventLoop;

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
    final EventLoop.Notifier flag = new EventLoop.Notifier();

    /** Creates a notifier that is not set and not attached. */
    public EventNotifier() {}

    /**
     * Sets the flag and wakes the context it is attached to. Setting it twice is setting it once. Where the context's
     * executor rejects, the handler does not run before the next wake-up: the flag stays set, and a warning is logged.
     * The counterpart of QEMU's {@code event_notifier_set}.
     */
    public void set() {
        flag.set();
    }

    /**
     * Clears the flag. The counterpart of QEMU's {@code event_notifier_test_and_clear}.
     *
     * @return true when it was set; of several calls that meet one {@link #set}, one
     */
    public boolean testAndClear() {
        return flag.testAndClear();
    }
}
