package dev.coworker.internal.loop;

import dev.coworker.internal.base.Log;
import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.base.Timer;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.WeakHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The inside of an {@code AioContext}: one thread at a time runs its tasks and the handlers of its notifiers. What
 * waits is in the {@link TaskList}; where it runs is the business of the {@link LoopThread}.
 *
 * <p>Differences from QEMU's {@code aio_poll}: there are no file descriptors; nesting is limited, since the handlers
 * share one stack; on a foreign executor, one task of the executor runs a limited number of handlers.
 */
public final class EventLoop {
    /**
     * Polls within the first, on one stack, each in a handler of the one before. They take about 300 KB of it; the rest
     * of the usual megabyte is for the handlers.
     */
    public static final int MAX_NESTED = 256;

    private static final ThreadLocal<@Nullable WeakReference<EventLoop>> CURRENT = new ThreadLocal<>();

    /** A user of the loop that must be closed before it. */
    public interface User {
        /** Returns true once the user is closed and nothing of it is left. */
        boolean isOver();
    }

    /** A flag that any thread sets and the loop watches: the inside of an event notifier. */
    public static final class Notifier {
        // `set` is written before `loop` is read, and `loop` before `set` by the thread that attaches: one of them
        // wakes the loop
        private final AtomicBoolean set = new AtomicBoolean();
        private final AtomicReference<@Nullable EventLoop> loop = new AtomicReference<>();

        public void set() {
            set.set(true);
            EventLoop attached = loop.get();
            if (attached != null) {
                attached.wakeup();
            }
        }

        public boolean testAndClear() {
            return set.getAndSet(false);
        }
    }

    private record Attachment(Notifier notifier, Runnable handler) {}

    private final String name;
    private final Object owner;
    private final LoopThread thread;
    private final WeakReference<EventLoop> self = new WeakReference<>(this);
    private final TaskList tasks;
    private final Mutex lock = new Mutex();
    private final Log.Burst rejections =
            new Log.Burst("a handler will not run, since the executor of its context rejected it");

    // guarded by lock
    private final Map<User, Boolean> users = new WeakHashMap<>(); // open pools, not kept alive from here
    private volatile Attachment[] attachments = {}; // copied on write under lock, read anywhere

    // loop thread only; handed from one to the next by the task list's lock
    private int nextAttachment; // where a budget ended the last run of notifiers
    private long handled;
    private long handledUpTo = Long.MAX_VALUE; // in a drain, where its budget ends

    private final AtomicReference<@Nullable Thread> drainer = new AtomicReference<>(); // of a foreign executor

    private EventLoop(String name, Object owner, LoopThread thread) {
        this.name = name;
        this.owner = owner;
        this.thread = thread;
        this.tasks = new TaskList(this, this::isAnySet, thread.startsIdle());
        thread.loop = this;
    }

    /** Creates a loop with a daemon thread that ends after {@code keepAliveNanos} without tasks. */
    public static EventLoop withThread(String name, String threadName, long keepAliveNanos, Object owner) {
        return new EventLoop(name, owner, new LoopThread.Own(threadName, keepAliveNanos));
    }

    /** Creates a loop that runs in the calling thread's polls. */
    public static EventLoop manual(Object owner) {
        Thread caller = Thread.currentThread();
        EventLoop loop = new EventLoop("manual-" + caller.getName(), owner, new LoopThread.Manual(caller));
        loop.setCurrent(true);
        return loop;
    }

    /** Creates a loop on somebody else's serial executor. */
    public static EventLoop on(Executor executor, @Nullable BooleanSupplier inThread, Object owner) {
        String name = "on-" + executor.getClass().getSimpleName();
        return new EventLoop(name, owner, new LoopThread.Foreign(executor, inThread));
    }

    /** Returns the owner of the loop whose thread is the calling one, or null. */
    public static @Nullable Object currentOwner() {
        WeakReference<EventLoop> current = CURRENT.get();
        EventLoop loop = current == null ? null : current.get();
        return loop == null ? null : loop.owner;
    }

    /** Returns true if the calling thread is the loop's thread. */
    public boolean inLoop() {
        return thread.isCurrent();
    }

    /** Returns true if only the thread that created the loop can poll it. */
    public boolean isManual() {
        return thread instanceof LoopThread.Manual;
    }

    /** Returns true if the loop's thread is the library's own. */
    public boolean ownsThread() {
        return thread instanceof LoopThread.Own;
    }

    /** Runs what is scheduled; see {@code AioContext.poll}. */
    public boolean poll(boolean blocking) {
        Thread draining = drainer.get();
        if (!inLoop() || (draining != null && draining != Thread.currentThread())) {
            throw new WrongThreadException("poll of " + this + " on " + Thread.currentThread()
                    + ": only its loop thread polls a context; use execute to run something there");
        }
        beginPoll();
        try {
            while (!runScheduled()) {
                if (!blocking || !tasks.sleep(Timer.NO_DEADLINE, () -> false)) {
                    return false;
                }
            }
            return true;
        } finally {
            endPoll();
        }
    }

    /** Runs what is scheduled, and waits for it no longer than {@code nanos}; false if nothing was run. */
    boolean pollFor(long nanos) {
        return runScheduled() || (tasks.sleep(Timer.deadlineAfter(nanos), () -> false) && runScheduled());
    }

    /**
     * Polls on the loop thread until {@code done} or the deadline; what makes it done also wakes a sleeper.
     *
     * @throws InterruptedException if interrupted before or while it waits
     */
    boolean pollUntil(BooleanSupplier done, long deadlineNanos) throws InterruptedException {
        beginPoll();
        try {
            while (!done.getAsBoolean()) {
                if (!runScheduled() && !tasks.sleep(deadlineNanos, done)) {
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                    if (Timer.hasPassed(deadlineNanos)) {
                        return done.getAsBoolean();
                    }
                }
            }
            return true;
        } finally {
            endPoll();
        }
    }

    private void beginPoll() {
        if (!tasks.beginPoll(1 + MAX_NESTED)) {
            throw tooDeep();
        }
    }

    private void endPoll() {
        start(tasks.endPoll());
    }

    private void start(boolean needed) {
        if (needed) {
            try {
                thread.start();
            } catch (RejectedExecutionException e) {
                rejected(e);
            }
        }
    }

    /** Throws where a wait that polls could use up the stack. */
    public void checkNesting() {
        if (inLoop() && tasks.polling() > MAX_NESTED) {
            throw tooDeep();
        }
    }

    private IllegalStateException tooDeep() {
        return new IllegalStateException(this + ": the handlers on this stack poll within each other, " + MAX_NESTED
                + " deep, and would use it up; let one return instead, and have the next callback go on, or use"
                + " cancelAsync");
    }

    private boolean runScheduled() {
        long last = tasks.beginPass();
        long outerUpTo = handledUpTo;
        handledUpTo = Long.MAX_VALUE; // a handler that polls asked for all of it
        WeakReference<EventLoop> outer = enter();
        try {
            boolean progress = false;
            for (TaskList.Entry next; (next = tasks.takeFirst(last)) != null; progress = true) {
                run(next.handler);
            }
            return runNotifiers() || progress;
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
            try {
                Log.LOGGER.log(Level.WARNING, "a handler of " + this + " threw; the loop goes on", e);
            } catch (Throwable ignored) {
                // a logger that fails has no place to report it
            }
        }
    }

    /** Runs the handler of each notifier that is set, and that no handler has detached meanwhile. */
    private boolean runNotifiers() {
        boolean progress = false;
        Attachment[] all = attachments;
        int first = nextAttachment < all.length ? nextAttachment : 0;
        nextAttachment = 0;
        for (int i = 0; i < all.length; i++) {
            int at = (first + i) % all.length;
            if (!hasBudget()) {
                nextAttachment = at;
                break;
            }
            if (all[at].notifier.set.get() && isAttached(all[at])) {
                run(all[at].handler);
                progress = true;
            }
        }
        return progress;
    }

    private boolean isAttached(Attachment attachment) {
        for (Attachment current : attachments) {
            if (current == attachment) {
                return true;
            }
        }
        return false;
    }

    private boolean isAnySet() {
        for (Attachment attachment : attachments) {
            if (attachment.notifier.set.get()) {
                return true;
            }
        }
        return false;
    }

    /** Attaches a notifier, replaces its handler, or with null detaches it. */
    public void setNotifier(Notifier notifier, @Nullable Runnable handler) {
        try (Mutex ignored = lock.hold()) {
            if (handler != null) {
                if (tasks.isClosed()) {
                    throw new IllegalStateException(this + " is closed: the handler would never run");
                }
                EventLoop other = notifier.loop.compareAndExchange(null, this);
                if (other != null && other != this) {
                    throw new IllegalStateException("the notifier is attached to " + other + "; detach it there first");
                }
            } else {
                notifier.loop.compareAndSet(this, null);
            }
            List<Attachment> changed = new ArrayList<>(List.of(attachments));
            int at = 0;
            while (at < changed.size() && changed.get(at).notifier != notifier) {
                at++;
            }
            if (at < changed.size()) {
                changed.remove(at);
            }
            if (handler != null) {
                changed.add(at, new Attachment(notifier, handler));
            }
            attachments = changed.toArray(Attachment[]::new);
        }
        if (handler != null && notifier.set.get()) {
            wakeup();
        }
    }

    /** A callback that is delivered inside a task counts as a handler of its own. */
    public void countHandled() {
        handled++;
    }

    /** Returns true if another handler or callback may run in this task of a foreign executor. */
    public boolean hasBudget() {
        return handled < handledUpTo;
    }

    /** The timer: a drain has taken long. Returns whether the caller must ask the executor for another, for what waits. */
    boolean needsNestedDrain() {
        return tasks.needsNestedDrain();
    }

    /** Returns what the loop is the inside of. */
    Object owner() {
        return owner;
    }

    /** Has a loop thread that sleeps look again at what it waits for. */
    public void wakeSleeper() {
        tasks.wakeSleeper();
    }

    /** Has the loop thread look at its notifiers. */
    public void wakeup() {
        if (!tasks.wakeup()) {
            return;
        }
        try {
            thread.start();
        } catch (RejectedExecutionException e) {
            if (rejections.isFirst()) {
                Log.LOGGER.log(
                        Level.WARNING, "a notifier of " + this + " will not be heard: the executor rejected it", e);
            }
            rejected(e);
        }
    }

    void schedule(TaskList.Entry entry) {
        boolean start = tasks.add(entry);
        if (drainer.get() != null) {
            thread.startNestedSoon();
        }
        if (!start) {
            return;
        }
        try {
            thread.start();
        } catch (RejectedExecutionException e) {
            // taken out before another thread may drop it; a loop thread that polls by itself may have run it
            boolean dropped = entry.onRejected == null && tasks.remove(entry, false);
            rejected(e);
            if (dropped) {
                throw e;
            }
        }
    }

    /**
     * A task of the foreign executor: runs up to {@code budget} handlers, and asks for another drain if something is
     * left. Does nothing while another thread drains, which looks again.
     */
    void drain(int budget) {
        Thread me = Thread.currentThread();
        boolean nested = drainer.get() == me; // an event loop in a handler runs the executor's tasks
        if (!nested && !drainer.compareAndSet(null, me)) {
            start(tasks.leaveToOtherDrain());
            return;
        }
        long outerUpTo = handledUpTo;
        if (tasks.beginDrain()) {
            thread.startNestedSoon();
        }
        WeakReference<EventLoop> outer = enter();
        try {
            long end = handled + budget;
            handledUpTo = isAnySet() ? end - budget / 2 : end; // neither kind starves the other
            for (TaskList.Entry next; hasBudget() && (next = tasks.takeFirst(Long.MAX_VALUE)) != null; ) {
                run(next.handler);
            }
            handledUpTo = end;
            runNotifiers();
        } finally {
            handledUpTo = outerUpTo;
            leave(outer);
            if (!nested) {
                drainer.set(null);
            }
            endPoll();
        }
    }

    /** The loop thread wants to end: true if nothing is left, and then the next wake-up starts another. */
    boolean mayEnd(boolean onlyIfClosed) {
        return onlyIfClosed ? tasks.becomeIdleIfClosed() : tasks.becomeIdle();
    }

    /** The loop thread could not be started, now or later: the next wake-up tries again. */
    void startFailed() {
        tasks.startFailed();
    }

    /** Returns whether something waits for the loop thread. */
    boolean isWaitedFor() {
        return tasks.isWaitedFor();
    }

    /**
     * The executor will not run a drain: each task that relied on it is told. The loop is idle before the first of them
     * is told, so a thread that schedules another task asks the executor again. Foreign code hears of it last.
     */
    void rejected(RejectedExecutionException e) {
        tasks.startFailed();
        List<Runnable> reports = new ArrayList<>();
        for (TaskList.Entry dropped; (dropped = tasks.takeDropped()) != null; ) {
            if (dropped.onRejected != null) {
                reports.add(dropped.onRejected.apply(e));
            } else if (rejections.isFirst()) {
                Log.LOGGER.log(Level.WARNING, "a handler of " + this + " will not run: its executor rejected it", e);
            }
        }
        reports.forEach(Runnable::run);
    }

    /** Makes the calling thread this loop's, for {@link #currentOwner}; returns what it was before. */
    private @Nullable WeakReference<EventLoop> enter() {
        WeakReference<EventLoop> outer = CURRENT.get();
        if (outer != self) {
            CURRENT.set(self);
        }
        return outer;
    }

    private void leave(@Nullable WeakReference<EventLoop> outer) {
        if (outer != self) {
            CURRENT.set(outer);
        }
    }

    /** The calling thread is no longer this loop's, or has become it. */
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

    /** Registers a user: the loop cannot be closed before it. */
    public void attach(User user) {
        try (Mutex ignored = lock.hold()) {
            if (tasks.isClosed()) {
                throw new IllegalStateException(this + " is closed");
            }
            users.put(user, true);
        }
    }

    public void detach(User user) {
        try (Mutex ignored = lock.hold()) {
            users.remove(user);
        }
    }

    /** Closes the loop; see {@code AioContext.close}. */
    public void close() {
        thread.checkClose();
        users().stream().filter(User::isOver).forEach(this::detach);
        List<User> open;
        try (Mutex ignored = lock.hold()) {
            open = new ArrayList<>(users.keySet());
            if (open.isEmpty()) {
                tasks.close();
            }
        }
        if (!open.isEmpty()) {
            throw new IllegalStateException(this + " serves open pools, to be closed first: " + open);
        }
        for (Attachment attachment : attachments) {
            setNotifier(attachment.notifier, null);
        }
        tasks.wakeSleeper(); // a loop thread that sleeps in poll
        thread.end();
    }

    private List<User> users() {
        try (Mutex ignored = lock.hold()) {
            return new ArrayList<>(users.keySet());
        }
    }

    /** Returns how often the loop thread has looked: two equal readings mean that there was no poll in between. */
    public long polls() {
        return tasks.passes();
    }

    /** Returns whether the loop thread is in a poll, asleep or in a handler. */
    public boolean isPolled() {
        return tasks.polling() > 0;
    }

    @Override
    public String toString() {
        return "AioContext[" + name + "]";
    }

    /** A handler that any thread may schedule: the inside of a bottom half. */
    public static final class ScheduledHandler {
        private final EventLoop loop;
        private final TaskList.Entry entry;

        /**
         * Creates a handler, not scheduled yet.
         *
         * @param onRejected hears that the foreign executor will not run it, and returns what tells foreign code; null:
         *     the thread that schedules receives the exception
         */
        public ScheduledHandler(
                EventLoop loop, Runnable handler, @Nullable Function<RejectedExecutionException, Runnable> onRejected) {
            this.loop = loop;
            this.entry = new TaskList.Entry(handler, onRejected);
        }

        public void schedule() {
            loop.schedule(entry);
        }

        public void cancel() {
            loop.tasks.remove(entry, false);
        }

        public void delete() {
            loop.tasks.remove(entry, true);
        }

        /** Returns whether it is scheduled. */
        public boolean isScheduled() {
            return loop.tasks.contains(entry);
        }

        /** Loop thread, without a lock: see {@link TaskList.Entry#isScheduledSeenFromLoop}. */
        public boolean isScheduledSeenFromLoop() {
            return entry.isScheduledSeenFromLoop();
        }
    }
}
