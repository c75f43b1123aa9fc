package dev.coworker;

import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.WeakHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An event loop: one thread at a time, its <em>home thread</em>, runs {@linkplain BottomHalf bottom halves} and the handlers
 * of {@linkplain EventNotifier notifiers}. A {@link ThreadPool} delivers its callbacks and starts its workers here.
 *
 * <table class="plain">
 * <caption>The four kinds</caption>
 * <tr><th>kind</th><th>home thread</th><th>who polls</th></tr>
 * <tr><td>{@link #main()}</td><td>a daemon of this library</td><td>itself, while there is anything to do</td></tr>
 * <tr><td>{@link #start(String)}</td><td>a daemon of its own</td><td>itself, until {@link #close()}</td></tr>
 * <tr><td>{@link #manual()}</td><td>the thread that created it</td><td>that thread, by {@link #poll}</td></tr>
 * <tr><td>{@link #on(Executor)}</td><td>the executor's</td><td>a drain handed to the executor when there is work</td></tr>
 * </table>
 *
 * <p>Handlers run one after the other, first scheduled first run. A handler may poll again; the nested poll goes on with
 * what the outer one has not reached. Polls nest 256 deep at most, for they share one stack; what is left then runs when it
 * unwinds. What a handler throws is logged, and the loop lives.
 *
 * <p>A pool inside somebody else's event loop:
 *
 * {@snippet file="snippets/Contexts.java" region="foreign"}
 *
 * <p>A pool whose callbacks run where the program says:
 *
 * {@snippet file="snippets/Contexts.java" region="manual"}
 *
 * <p><strong>Memory effects.</strong> What a thread did before it scheduled a bottom half or set a notifier happens-before
 * the handler. What a handler did happens-before those that run after it, on whichever thread.
 *
 * <p>All methods may be called from any thread unless they say otherwise, and take no null but {@link #setEventNotifier}'s
 * handler.
 *
 * <p>The source of the design is QEMU's {@code AioContext} ({@code util/async.c}, {@code util/aio-posix.c}).
 */
public final class AioContext implements Executor, AutoCloseable {
    static final System.Logger LOG = System.getLogger("dev.coworker");
    /**
     * Polls within the first, on one stack, each in a handler of the one before. They take some 300 KB of it; the rest of the
     * usual megabyte is for the handlers' own. Where a stack is used up, it is used up anywhere, in our sections too.
     */
    static final int MAX_NESTED = 256;

    private static final long MAIN_KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final AioContext MAIN =
            new AioContext("main", new Home.Loop("coworker-main", MAIN_KEEP_ALIVE_NANOS));
    private static final ThreadLocal<@Nullable WeakReference<AioContext>> CURRENT = new ThreadLocal<>();

    private final String name;
    private final Home home;
    private final WeakReference<AioContext> self = new WeakReference<>(this);
    private final Notifiers notifiers = new Notifiers();
    private final Schedule schedule;
    private final Mutex lock = new Mutex();
    private final Consumer<Runnable> runner = this::run; // made once: a poll allocates nothing
    private final BooleanSupplier mayGoOn = this::hasBudget;

    // guarded by lock
    private final Map<Dispatcher, Boolean> users = new WeakHashMap<>(); // open pools, not kept alive from here

    // home thread only; handed from one to the next by the schedule's lock
    private long handled;
    private long handledUpTo = Long.MAX_VALUE; // in a drain, where its budget ends

    private volatile @Nullable RejectedExecutionException rejection; // the last, of a foreign executor
    private final AtomicReference<@Nullable Thread> drainer = new AtomicReference<>(); // of a foreign executor

    private AioContext(String name, Home home) {
        this.name = name;
        this.home = home;
        this.schedule = new Schedule(this, notifiers::anySet, home.startsDormant());
        home.context = this;
    }

    /**
     * Returns the context that pools use unless they are given another: a daemon loop thread named {@code coworker-main},
     * started when something is first scheduled, ended after ten seconds without, and started again on need. It inherits
     * nothing from the thread that happens to need it first: no inheritable thread-locals, the system class loader. The
     * counterpart of QEMU's {@code qemu_get_aio_context}.
     *
     * @return the one main context
     * @throws OutOfMemoryError when the JVM's timer needs its thread and cannot have it; a later call tries again
     */
    public static AioContext main() {
        JvmTimer.ready();
        return MAIN;
    }

    /**
     * Starts a context that owns its loop thread, a daemon that inherits nothing from the caller. Does not wait for that
     * thread. If it cannot be created now, that is tried again until it can; what is scheduled waits. The counterpart of
     * QEMU's IOThread.
     *
     * @param name the name of the context and of its thread
     * @return a context that polls until {@link #close()}
     * @throws OutOfMemoryError when the JVM's timer needs its thread and cannot have it; a later call tries again
     */
    public static AioContext start(String name) {
        Objects.requireNonNull(name, "name");
        JvmTimer.ready();
        AioContext context = new AioContext(name, new Home.Loop(name, Long.MAX_VALUE));
        context.wake();
        return context;
    }

    /**
     * Creates a context whose home thread is the calling thread, platform or virtual. Nothing runs but in that thread's
     * calls of {@link #poll}.
     *
     * @return a context to poll
     * @throws OutOfMemoryError when the JVM's timer needs its thread and cannot have it; a later call tries again
     */
    public static AioContext manual() {
        JvmTimer.ready();
        AioContext context =
                new AioContext("manual-" + Thread.currentThread().getName(), new Home.Manual(Thread.currentThread()));
        context.setCurrent(true);
        return context;
    }

    /**
     * Creates a context inside somebody else's event loop: Netty's, Vert.x's, Swing's, any executor that runs one task at
     * a time. Its home thread is known only while one of its handlers runs; where the loop can tell, use {@link
     * #on(Executor, BooleanSupplier)}, else {@link AioRequest#cancel()} and {@link ThreadPool#close()} called on the
     * loop's thread, outside a handler, wait for callbacks that this very thread would have to run.
     *
     * <p>At most 256 handlers and callbacks run in one task of the executor; then the context submits itself again, behind
     * what else the loop has to do. Handlers are run one at a time even if the executor is not serial. When the executor
     * rejects, nothing runs elsewhere: see {@link ThreadPool}. The counterpart of QEMU's {@code aio_get_g_source}.
     *
     * @param serialExecutor runs the handlers; it should not run them inside {@code execute}
     * @return a context on that executor
     * @throws OutOfMemoryError when the JVM's timer needs its thread and cannot have it; a later call tries again
     */
    public static AioContext on(Executor serialExecutor) {
        return onExecutor(serialExecutor, null);
    }

    /**
     * Creates a context as {@link #on(Executor)} does, inside a loop that knows its thread.
     *
     * @param serialExecutor runs the handlers
     * @param inThread tells whether the calling thread is the executor's, such as {@code eventLoop::inEventLoop}; called by
     *     whichever thread asks, it must not wait
     * @return a context on that executor
     * @throws OutOfMemoryError when the JVM's timer needs its thread and cannot have it; a later call tries again
     */
    public static AioContext on(Executor serialExecutor, BooleanSupplier inThread) {
        return onExecutor(serialExecutor, Objects.requireNonNull(inThread, "inThread"));
    }

    private static AioContext onExecutor(Executor executor, @Nullable BooleanSupplier inThread) {
        Objects.requireNonNull(executor, "serialExecutor");
        JvmTimer.ready();
        return new AioContext("on-" + executor.getClass().getSimpleName(), new Home.Foreign(executor, inThread));
    }

    /**
     * Returns the context whose home thread is the calling thread. On a thread that created several manual contexts, the
     * last one; inside a handler, the handler's. Never waits. The counterpart of QEMU's {@code
     * qemu_get_current_aio_context}.
     *
     * @return the context, or null on a thread that is nobody's home, and on a foreign executor's outside a handler
     */
    public static @Nullable AioContext current() {
        WeakReference<AioContext> current = CURRENT.get();
        return current == null ? null : current.get();
    }

    /**
     * Tells whether the calling thread is the home thread. Never waits.
     *
     * @return true on the home thread; on a foreign executor without an {@code inThread}, true inside a handler only
     */
    public boolean inContext() {
        return home.isCurrent();
    }

    /**
     * Runs each bottom half that is scheduled now once, then the handler of each attached notifier that is set. One that
     * is scheduled meanwhile, also by itself, runs in the next poll. May be called from a handler.
     *
     * <p>With {@code blocking}, and nothing to run, it <strong>waits</strong> until there is, or the context is closed.
     * <strong>Interrupted</strong> before or while it waits, it returns false with the interrupt status kept. What was done
     * before a handler was scheduled happens-before that handler. The counterpart of QEMU's {@code aio_poll}.
     *
     * @param blocking whether to wait
     * @return true when a handler was run
     * @throws WrongThreadException off the home thread; nothing is run
     * @throws IllegalStateException within 256 polls that have not returned; nothing is run
     */
    public boolean poll(boolean blocking) {
        Thread draining = drainer.get();
        if (!inContext() || (draining != null && draining != Thread.currentThread())) {
            throw new WrongThreadException("poll of " + this + " on " + Thread.currentThread()
                    + ": only its home thread polls a context; use execute to run something there");
        }
        beginPoll();
        try {
            while (!runScheduled()) {
                if (!blocking || !schedule.sleep(Long.MAX_VALUE)) {
                    return false;
                }
            }
            return true;
        } finally {
            endPoll();
        }
    }

    /**
     * Creates a bottom half, not scheduled yet. The context refers to it only while it is scheduled. Never waits; on a
     * closed context it is {@link BottomHalf#schedule} that throws. The counterpart of QEMU's {@code aio_bh_new}.
     *
     * @param handler what it runs on the home thread
     * @return a bottom half of this context
     */
    public BottomHalf newBottomHalf(Runnable handler) {
        return new BottomHalf(this, Objects.requireNonNull(handler, "handler"), null);
    }

    /** As the public one; {@code onRejected} hears that the foreign executor will not run the handler. */
    BottomHalf newBottomHalf(Runnable handler, Consumer<RejectedExecutionException> onRejected) {
        return new BottomHalf(this, handler, onRejected);
    }

    /**
     * Attaches a notifier, replaces its handler, or detaches it. While the notifier is set, each poll runs the handler,
     * which should begin with {@link EventNotifier#testAndClear}. One that was set before is noticed. Never waits: a handler
     * that has begun may still be running when this returns on another thread. What the caller did before happens-before the
     * handler. The counterpart of QEMU's {@code aio_set_event_notifier}.
     *
     * @param notifier the notifier
     * @param handler what runs on the home thread while the notifier is set; null detaches
     * @throws IllegalStateException when the notifier is attached to another context; nothing is changed
     */
    public void setEventNotifier(EventNotifier notifier, @Nullable Runnable handler) {
        Objects.requireNonNull(notifier, "notifier");
        notifiers.put(this, notifier, handler);
        if (handler != null && notifier.isSet()) {
            wake();
        }
    }

    /**
     * Runs a task once on the home thread: a one-shot bottom half. Never waits, also on the home thread: the task runs in the
     * next poll. What the caller did before happens-before the task. The counterpart of QEMU's {@code
     * aio_bh_schedule_oneshot}.
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
     * still runs there. The wait cannot be interrupted; the interrupt status is kept. A second call does nothing but wait.
     *
     * @throws IllegalStateException when a pool that uses this context is open; nothing is changed
     * @throws UnsupportedOperationException on {@link #main()}
     * @throws WrongThreadException on a manual context, off its home thread; nothing is changed
     */
    @Override
    public void close() {
        if (this == MAIN) {
            throw new UnsupportedOperationException("the main context is shared by the whole JVM and cannot be closed");
        }
        home.checkClose();
        List<Dispatcher> open = users();
        open.stream().filter(Dispatcher::isOver).forEach(this::detach);
        lock.lock();
        try {
            open = new ArrayList<>(users.keySet());
            if (open.isEmpty()) {
                schedule.close();
            }
        } finally {
            lock.unlock();
        }
        if (!open.isEmpty()) {
            throw new IllegalStateException(this + " serves open pools, to be closed first: " + open);
        }
        notifiers.detachAll(this);
        schedule.nudge(); // a home thread that sleeps in poll
        home.end();
    }

    /** Runs what is scheduled and waits no longer than {@code nanos} for it; false when nothing was run. */
    boolean pollFor(long nanos) {
        return runScheduled() || (schedule.sleep(deadlineAfter(nanos)) && runScheduled());
    }

    /** Polls on the home thread until {@code done} or the deadline; what changes {@code done} also nudges. */
    boolean pollUntil(BooleanSupplier done, long deadlineNanos) {
        boolean interrupted = false;
        beginPoll();
        try {
            while (!done.getAsBoolean()) {
                if (!runScheduled() && !schedule.sleep(deadlineNanos, done)) {
                    interrupted |= Thread.interrupted();
                    if (deadlineNanos != Long.MAX_VALUE && deadlineNanos - System.nanoTime() <= 0) {
                        return done.getAsBoolean();
                    }
                }
            }
            return true;
        } finally {
            endPoll();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void beginPoll() {
        if (!schedule.beginPoll(1 + MAX_NESTED)) {
            throw tooDeep();
        }
    }

    /** Throws where what waits by polling could use up the stack. */
    void checkNestingIfHome() {
        if (inContext() && schedule.polling() > MAX_NESTED) {
            throw tooDeep();
        }
    }

    private IllegalStateException tooDeep() {
        return new IllegalStateException(this + ": the handlers on this stack poll within each other, " + MAX_NESTED
                + " deep, and would use it up; let one return instead, and have the next callback go on, or use"
                + " cancelAsync");
    }

    /** A deadline in {@link System#nanoTime} terms; {@link Long#MAX_VALUE} stands for none, which huge waits come to. */
    static long deadlineAfter(long nanos) {
        return deadlineAfter(nanos, System.nanoTime());
    }

    /** Deadlines are compared by difference, for nanoTime may overflow; so a past one is no more than now. */
    static long deadlineAfter(long nanos, long now) {
        return nanos > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : Math.min(now + Math.max(nanos, 0), Long.MAX_VALUE - 1);
    }

    static long later(long oneDeadline, long otherDeadline) {
        boolean none = oneDeadline == Long.MAX_VALUE || otherDeadline == Long.MAX_VALUE;
        return none ? Long.MAX_VALUE : oneDeadline - otherDeadline >= 0 ? oneDeadline : otherDeadline;
    }

    private boolean runScheduled() {
        long last = schedule.beginPass();
        long outerUpTo = handledUpTo;
        handledUpTo = Long.MAX_VALUE; // who polls in a handler asked for all of it
        WeakReference<AioContext> outer = enter();
        try {
            boolean progress = false;
            for (BottomHalf next; (next = schedule.takeFirst(last)) != null; progress = true) {
                run(next.handler);
            }
            boolean notified = notifiers.run(runner, mayGoOn);
            return progress || notified;
        } finally {
            handledUpTo = outerUpTo;
            leave(outer);
        }
    }

    private void run(Runnable handler) {
        handled++;
        try {
            handler.run();
        } catch (Throwable e) {
            logQuietly(Level.WARNING, "a handler of ", this, " threw; the loop goes on", e);
        }
    }

    /** A callback delivered inside a bottom half counts as a handler of its own. */
    void countHandled() {
        handled++;
    }

    /** Whether another handler or callback may run in this task of a foreign executor; always, where there is none. */
    boolean hasBudget() {
        return handled < handledUpTo;
    }

    /** Has a home thread that sleeps look again at what it waits for. */
    void nudge() {
        schedule.nudge();
    }

    /** Has the home thread look at its notifiers. */
    void wake() {
        if (!schedule.rouse()) {
            return;
        }
        try {
            home.activate();
        } catch (RejectedExecutionException e) {
            logQuietly(Level.WARNING, "a notifier of ", this, " will not be heard: the executor rejected it", e);
            rejected(e);
        }
    }

    private void endPoll() {
        if (schedule.endPoll()) {
            try {
                home.activate();
            } catch (RejectedExecutionException e) {
                rejected(e);
            }
        }
    }

    void schedule(BottomHalf bottomHalf) {
        if (!schedule.add(bottomHalf)) {
            return;
        }
        try {
            home.activate();
        } catch (RejectedExecutionException e) {
            // taken out before anybody else may drop it; a home thread that polls by itself may have run it
            boolean dropped = bottomHalf.onRejected == null && schedule.remove(bottomHalf, false);
            rejected(e);
            if (dropped) {
                throw e;
            }
        }
    }

    void cancel(BottomHalf bottomHalf, boolean delete) {
        schedule.remove(bottomHalf, delete);
    }

    /**
     * A task of the foreign executor: runs up to {@code budget} handlers. True when nothing is left and the next wake will
     * activate again; false when the caller must have it run again. Does nothing while another thread drains, who will see
     * what is there.
     */
    boolean drain(int budget) {
        if (!drainer.compareAndSet(null, Thread.currentThread())) {
            return true;
        }
        boolean entered = false;
        WeakReference<AioContext> outer = null;
        schedule.beginPoll(Integer.MAX_VALUE);
        try {
            outer = enter();
            entered = true;
            long end = handled + budget;
            handledUpTo = notifiers.anySet() ? end - budget / 2 : end; // neither kind starves the other
            for (BottomHalf next; hasBudget() && (next = schedule.takeFirst(Long.MAX_VALUE)) != null; ) {
                run(next.handler);
            }
            handledUpTo = end;
            notifiers.run(runner, mayGoOn);
        } finally {
            handledUpTo = Long.MAX_VALUE;
            if (entered) {
                leave(outer);
            }
            schedule.endPoll();
            drainer.set(null);
        }
        return schedule.becomeDormant();
    }

    /** The loop thread wants to end: true when nothing is left, and then the next wake starts another. */
    boolean retire(boolean onlyIfClosed) {
        return onlyIfClosed ? schedule.becomeDormantIfClosed() : schedule.becomeDormant();
    }

    /**
     * The executor will not run a drain: each bottom half that counted on it hears so. The
     * context is dormant before the first of them does: whoever schedules another meanwhile asks the executor again, for the
     * first may wait for what the second brings.
     */
    void rejected(RejectedExecutionException e) {
        rejection = e;
        schedule.activationFailed();
        tellDropped();
    }

    /** Also for whoever waits while it is told of the first: the others may have to hear before that wait can end. */
    void tellDropped() {
        RejectedExecutionException e = rejection;
        if (e == null) {
            return;
        }
        for (BottomHalf dropped; (dropped = schedule.takeDropped()) != null; ) {
            if (dropped.onRejected != null) {
                dropped.onRejected.accept(e);
            } else {
                logQuietly(Level.WARNING, "a bottom half of ", this, " will not run: its executor rejected it", e);
            }
        }
    }

    /** Makes the calling thread this context's as far as {@link #current} knows; returns what it was before. */
    private @Nullable WeakReference<AioContext> enter() {
        WeakReference<AioContext> outer = CURRENT.get();
        if (outer != self) {
            CURRENT.set(self);
        }
        return outer;
    }

    private void leave(@Nullable WeakReference<AioContext> outer) {
        if (outer != self) {
            CURRENT.set(outer);
        }
    }

    /** The calling thread is no longer this context's, or has become it. */
    void setCurrent(boolean current) {
        if (current) {
            CURRENT.set(self);
        } else if (CURRENT.get() == self) {
            CURRENT.remove();
        }
    }

    boolean isDraining() {
        return drainer.get() == Thread.currentThread();
    }

    void attach(Dispatcher user) {
        lock.lock();
        try {
            if (schedule.isClosed()) {
                throw new IllegalStateException(this + " is closed");
            }
            users.put(user, true);
        } finally {
            lock.unlock();
        }
    }

    private List<Dispatcher> users() {
        lock.lock();
        try {
            return new ArrayList<>(users.keySet());
        } finally {
            lock.unlock();
        }
    }

    void detach(Dispatcher user) {
        lock.lock();
        users.remove(user);
        lock.unlock();
    }

    /** How often the home thread has looked: two equal readings mean that nobody polled in between. */
    long polls() {
        return schedule.passes();
    }

    /** Whether the home thread is in a poll, be it asleep or in a handler. */
    boolean isPolled() {
        return schedule.isPolled();
    }

    boolean isScheduled(BottomHalf bottomHalf) {
        return schedule.contains(bottomHalf);
    }

    boolean isManual() {
        return home instanceof Home.Manual;
    }

    /** As the other; a message that needs memory is put together where its want does no harm. */
    static void logQuietly(Level level, String before, Object subject, String after, @Nullable Throwable thrown) {
        try {
            LOG.log(level, before + subject + after, thrown);
        } catch (Throwable ignored) {
            // there is nobody left to tell
        }
    }

    /** Logs, and survives a logger that throws. */
    static void logQuietly(Level level, String message, @Nullable Throwable thrown) {
        try {
            LOG.log(level, message, thrown);
        } catch (Throwable ignored) {
            // there is nobody left to tell
        }
    }

    @Override
    public String toString() {
        return "AioContext[" + name + "]";
    }
}
