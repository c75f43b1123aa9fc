package dev.coworker;

import dev.coworker.internal.base.Timer;
import dev.coworker.internal.loop.EventLoop;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * An event loop: one thread at a time, its <em>loop thread</em>, runs {@linkplain BottomHalf bottom halves} and the
 * handlers of {@linkplain EventNotifier notifiers}. A {@link ThreadPool} delivers its callbacks and starts its workers
 * here.
 *
 * <table class="plain">
 * <caption>The four kinds</caption>
 * <tr><th>kind</th><th>loop thread</th><th>who polls</th></tr>
 * <tr><td>{@link #main()}</td><td>a daemon of this library</td><td>itself, while there is anything to do</td></tr>
 * <tr><td>{@link #start(String)}</td><td>a daemon of its own</td><td>itself, until {@link #close()}</td></tr>
 * <tr><td>{@link #manual()}</td><td>the thread that created it</td><td>that thread, by {@link #poll}</td></tr>
 * <tr><td>{@link #on(Executor)}</td><td>the executor's</td>
 *     <td>a drain handed to the executor when there is work</td></tr>
 * </table>
 *
 * <p>Handlers run one after the other, first scheduled first run. A handler may poll again; the nested poll goes on
 * with what the outer one has not reached. Polls nest 256 deep at most, for they share one stack; what is left then
 * runs when it unwinds. What a handler throws is logged, and the loop lives.
 *
 * <p>A pool inside somebody else's event loop:
 *
 * {@snippet file="snippets/Contexts.java" region="foreign"}
 *
 * <p>A pool whose callbacks run where the program says:
 *
 * {@snippet file="snippets/Contexts.java" region="manual"}
 *
 * <p><strong>Memory effects.</strong> What a thread did before it scheduled a bottom half or a task, or attached or set
 * a notifier, happens-before the handler. What a handler did happens-before those that run after it, on whichever
 * thread.
 *
 * <p>All methods may be called from any thread unless they say otherwise, and take no null but {@link
 * #setEventNotifier}'s handler.
 *
 * <p>The source of the design is QEMU's {@code AioContext} ({@code util/async.c}, {@code util/aio-posix.c}).
 */
public final class AioContext implements Executor, AutoCloseable {
    private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final AioContext MAIN =
            new AioContext(owner -> EventLoop.withThread("main", "coworker-main", KEEP_ALIVE_NANOS, owner));

    final EventLoop loop;

    private AioContext(Function<AioContext, EventLoop> newLoop) {
        this.loop = newLoop.apply(this);
    }

    /**
     * Returns the context that pools use unless they are given another: a daemon loop thread named {@code
     * coworker-main}, started when something is first scheduled, ended after ten seconds without, and started again on
     * need. It inherits nothing from the thread that needs it first: no inheritable thread-locals, the system class
     * loader. The counterpart of QEMU's {@code qemu_get_aio_context}.
     *
     * @return the one main context
     */
    public static AioContext main() {
        return MAIN;
    }

    /**
     * Starts a context that owns its loop thread, a daemon that inherits nothing from the caller. Does not wait for
     * that thread. If it cannot be created now, that is tried again until it can; what is scheduled waits. The
     * counterpart of QEMU's IOThread.
     *
     * @param name the name of the context and of its thread
     * @return a context that polls until {@link #close()}
     */
    public static AioContext start(String name) {
        Submitter.checkName(Objects.requireNonNull(name, "name"));
        AioContext context = new AioContext(owner -> EventLoop.withThread(name, name, Timer.NO_DEADLINE, owner));
        context.loop.wakeup();
        return context;
    }

    /**
     * Creates a context whose loop thread is the calling thread, platform or virtual. Nothing runs but in that thread's
     * calls of {@link #poll}.
     *
     * @return a context to poll
     */
    public static AioContext manual() {
        return new AioContext(EventLoop::manual);
    }

    /**
     * Creates a context inside somebody else's event loop: Netty's, Vert.x's, Swing's, any executor that runs one task
     * at a time. Its loop thread is known only while one of its handlers runs; where the loop can tell, use {@link
     * #on(Executor, BooleanSupplier)}, else {@link AioRequest#cancel()} and {@link ThreadPool#close()} called on the
     * loop's thread, outside a handler, wait for callbacks that this very thread would have to run.
     *
     * <p>At most 256 handlers and callbacks run in one task of the executor; then the context submits itself again,
     * behind what else the loop has to do. Handlers are run one at a time even if the executor is not serial. When the
     * executor rejects, nothing runs elsewhere: see {@link ThreadPool}. The counterpart of QEMU's {@code
     * aio_get_g_source}.
     *
     * @param serialExecutor runs the handlers; it should not run them inside {@code execute}
     * @return a context on that executor
     */
    public static AioContext on(Executor serialExecutor) {
        Objects.requireNonNull(serialExecutor, "serialExecutor");
        return new AioContext(owner -> EventLoop.on(serialExecutor, null, owner));
    }

    /**
     * Creates a context as {@link #on(Executor)} does, inside a loop that knows its thread.
     *
     * <p>In Vert.x, {@code Vertx.currentContext() == ctx} does not tell: handlers run on duplicated contexts. Remember
     * the thread of the event loop, and compare that: {@code () -> Thread.currentThread() == loopThread}.
     *
     * @param serialExecutor runs the handlers
     * @param inThread tells whether the calling thread is the executor's, such as {@code eventLoop::inEventLoop}; any
     *     thread may call it, and it must not wait
     * @return a context on that executor
     */
    public static AioContext on(Executor serialExecutor, BooleanSupplier inThread) {
        Objects.requireNonNull(serialExecutor, "serialExecutor");
        Objects.requireNonNull(inThread, "inThread");
        return new AioContext(owner -> EventLoop.on(serialExecutor, inThread, owner));
    }

    /**
     * Returns the context whose loop thread is the calling thread. On a thread that created several manual contexts,
     * the last one; inside a handler, the handler's. Never waits. The counterpart of QEMU's {@code
     * qemu_get_current_aio_context}.
     *
     * @return the context, or null on a thread that is no context's loop thread, and on a foreign executor's outside a
     *     handler
     */
    public static @Nullable AioContext current() {
        return (AioContext) EventLoop.currentOwner();
    }

    /**
     * Tells whether the calling thread is the loop thread. Never waits.
     *
     * @return true on the loop thread; on a foreign executor without an {@code inThread}, true inside a handler only
     */
    public boolean inContext() {
        return loop.inLoop();
    }

    /**
     * Runs each bottom half that is scheduled now once, then the handler of each attached notifier that is set. One
     * that is scheduled meanwhile, also by itself, runs in the next poll. May be called from a handler.
     *
     * <p>With {@code blocking}, and nothing to run, it <strong>waits</strong> until there is, or the context is closed.
     * <strong>Interrupted</strong> before or while it waits, it returns false with the interrupt status kept. The
     * counterpart of QEMU's {@code aio_poll}.
     *
     * @param blocking whether to wait
     * @return true when a handler was run
     * @throws WrongThreadException off the loop thread; nothing is run
     * @throws IllegalStateException within 256 polls that have not returned; nothing is run
     */
    public boolean poll(boolean blocking) {
        return loop.poll(blocking);
    }

    /**
     * Creates a bottom half, not scheduled yet. The context refers to it only while it is scheduled. Never waits; on a
     * closed context it is {@link BottomHalf#schedule} that throws. The counterpart of QEMU's {@code aio_bh_new}.
     *
     * @param handler what it runs on the loop thread
     * @return a bottom half of this context
     */
    public BottomHalf newBottomHalf(Runnable handler) {
        return new BottomHalf(loop, Objects.requireNonNull(handler, "handler"));
    }

    /**
     * Attaches a notifier, replaces its handler, or detaches it. While the notifier is set, each poll runs the handler,
     * which should begin with {@link EventNotifier#testAndClear}. One that was set before is noticed. Never waits: a
     * handler that has begun may still be running when this returns on another thread. The counterpart of QEMU's {@code
     * aio_set_event_notifier}.
     *
     * @param notifier the notifier
     * @param handler what runs on the loop thread while the notifier is set; null detaches
     * @throws IllegalStateException when the notifier is attached to another context, or a handler is attached to a
     *     closed context; nothing is changed
     */
    public void setEventNotifier(EventNotifier notifier, @Nullable Runnable handler) {
        Objects.requireNonNull(notifier, "notifier");
        loop.setNotifier(notifier.flag, handler);
    }

    /**
     * Runs a task once on the loop thread: a one-shot bottom half. Never waits, also on the loop thread: the task runs
     * in the next poll. The counterpart of QEMU's {@code aio_bh_schedule_oneshot}.
     *
     * @param task the task
     * @throws RejectedExecutionException when the context is closed, or its executor rejects; the task will not run
     */
    @Override
    public void execute(Runnable task) {
        newBottomHalf(task).schedule();
    }

    /**
     * Closes the context: refuses what is scheduled from now on, and detaches its notifiers. A context of {@link
     * #start(String)} runs what is scheduled, then ends its loop thread; the call waits for that, unless it is made on
     * that thread. A manual one runs what is scheduled in the calling thread. On a foreign executor, what is scheduled
     * still runs there. The wait cannot be interrupted; the interrupt status is kept. A second call does nothing but
     * wait.
     *
     * @throws IllegalStateException when a pool that uses this context is open; nothing is changed
     * @throws UnsupportedOperationException on {@link #main()}
     * @throws WrongThreadException on a manual context, off its loop thread; nothing is changed
     */
    @Override
    public void close() {
        if (this == MAIN) {
            throw new UnsupportedOperationException("the main context is shared by the whole JVM and cannot be closed");
        }
        loop.close();
    }

    @Override
    public String toString() {
        return loop.toString();
    }
}
