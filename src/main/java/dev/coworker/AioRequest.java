package dev.coworker;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A request of the callback layer, as {@link ThreadPool#submitAio submitAio} returns it: one piece of work, one
 * outcome, one callback.
 *
 * <pre>
 *   QUEUED ──a worker takes it──▶ ACTIVE ──the work returns or throws──▶ DONE
 *     └─────cancel, close(Duration)─────▶ CANCELED
 * </pre>
 *
 * <p>The callback runs exactly once, on the thread of the pool's {@link AioContext}, after {@link State#DONE} and after
 * {@link State#CANCELED} alike.
 *
 * {@snippet file="snippets/Layers.java" region="cancel"}
 *
 * <p>All methods may be called from any thread. The states are those of QEMU's {@code ThreadPoolElement}; {@link
 * #cancel} is its {@code bdrv_aio_cancel}, {@link #cancelAsync} its {@code bdrv_aio_cancel_async}. Once its callback
 * has returned, a request refers to neither work nor callback, only to its outcome, and may be kept.
 *
 * @param <T> the type of the work's value
 */
public interface AioRequest<T extends @Nullable Object> {
    /** What has become of a request. */
    enum State {
        /** It waits for a worker. */
        QUEUED,
        /** A worker runs it. */
        ACTIVE,
        /** The work has returned or thrown. It happens-before any thread that sees this state. */
        DONE,
        /** It was withdrawn from the queue, and its work never ran. */
        CANCELED
    }

    /** {@return the state now} Never waits. On {@link State#DONE} the callback may still be on its way. */
    State state();

    /**
     * Withdraws the request if no worker has started it, in constant time however many are queued. Never waits. The
     * callback of a withdrawn request is scheduled at once and receives a {@link
     * java.util.concurrent.CancellationException}; its place in a full queue goes to the oldest caller that waits for
     * one.
     *
     * @return true for the one call that withdrew it, whose work then never runs; false when it was started, has ended,
     *     or was withdrawn by another call
     */
    boolean cancelAsync();

    /**
     * Withdraws the request as {@link #cancelAsync} does, and returns only when its callback has returned. Work that is
     * running is not stopped: the call waits for it. On the context's loop thread the wait is a nested
     * {@link AioContext#poll poll}, so that other callbacks run meanwhile. From within the request's own callback,
     * directly or in a nested poll, it returns false at once. Where the context's executor rejects the callback, it
     * stops waiting.
     *
     * <p>The wait cannot be interrupted; the interrupt status is kept for the caller. The work and the callback
     * happen-before the return.
     *
     * @return what {@link #cancelAsync} would have returned
     * @throws IllegalStateException when it is called by the work itself, on the worker that runs it: it would wait for
     *     itself; or on the loop thread, within 256 polls that have not returned. Nothing is changed.
     */
    boolean cancel();

    /**
     * Interrupts the worker if it is running this request now. Opt-in, because many kinds of I/O do not take an
     * interrupt kindly: <strong>interrupting a thread inside a {@link java.nio.channels.FileChannel} closes that
     * channel for everybody</strong>. The interrupt never reaches another request; the worker's interrupt status is
     * cleared when this one has ended. Never waits. QEMU has no counterpart.
     *
     * @return true when the worker was interrupted while it ran this request; false when it was queued, has ended, or
     *     was canceled, and nothing was changed
     */
    boolean interrupt();

    /**
     * {@return this request as a future, always the same one} It is completed with the outcome on the context's thread,
     * after the callback has returned, or at once if that was before. Its {@code cancel} withdraws the request as
     * {@link #cancelAsync} does, and with {@code true} interrupts a running one as {@link #interrupt} does; the future
     * is canceled then, whatever becomes of the work. Completing it from outside changes nothing of the request.
     */
    CompletableFuture<T> toCompletableFuture();
}
