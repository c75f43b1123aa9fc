package dev.coworker.internal.loop;

import dev.coworker.internal.base.Log;
import dev.coworker.internal.base.Mutex;
import dev.coworker.internal.base.Timer;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
 * The inside of an {@code AioContext}: one thread at a time runs its tasks, which are in the {@link TaskList}, and the
 * handlers of its notifiers. The {@link LoopThread} says where.
 *
 * <p>Differences from QEMU's {@code aio_poll}: there are no file descriptors; nesting is limited, since the handlers
 * share one stack; on a foreign executor, one task of the executor runs a limited number of handlers.
 */
public final class EventLoop {
    /** Polls within the first. They take some 300 KB of the stack; the rest of its megabyte is for the handlers. */
    private static final int MAX_NESTED = 256;

    private static final long UNLIMITED = Long.MAX_VALUE / 2;

    /** A user of the loop that must be closed before it. */
    public interface User {
        boolean isOver(); // closed, and nothing of it is left
    }

    /** A flag that any thread sets and the loop watches: the inside of an event notifier. */
    public static final class Notifier {
        // each written before the other is read, by the threads that set and that attach: one of them wakes the loop
        private final AtomicBoolean set = new AtomicBoolean();
        private final AtomicReference<@Nullable Attachment> attachment = new AtomicReference<>();

        public void set() {
            set.set(true);
            Attachment attached = attachment.get();
            if (attached != null) {
                attached.loop.wakeup();
            }
        }

        public boolean testAndClear() {
            return set.getAndSet(false);
        }
    }

    private record Attachment(EventLoop loop, Notifier notifier, Runnable handler) {}

    private final String name;
    final Object owner; // what this is the inside of
    private final LoopThread thread;
    final TaskList tasks;
    private final Mutex lock = new Mutex();
    private final Log.Burst rejections =
            new Log.Burst("a handler will not run, since the executor of its context rejected it");

    // guarded by lock
    private final Map<User, Boolean> users = new WeakHashMap<>(); // open pools, not kept alive from here
    private final Map<Notifier, Attachment> attached = new LinkedHashMap<>();
    private boolean closed;
    private volatile Attachment[] attachments = {}; // the values, copied on write, read anywhere

    // loop thread only; handed from one to the next by the task list's lock
    private int nextAttachment; // where a budget ended the last run of notifiers
    private long handled;
    private long handledUpTo = Long.MAX_VALUE; // in a drain, where its budget ends

    private EventLoop(String name, Object owner, Function<EventLoop, LoopThread> newThread) {
        this.name = name;
        this.owner = owner;
        this.thread = newThread.apply(this);
        this.tasks = new TaskList(this, this::isAnySet, !isManual());
    }

    /** Creates a loop with a daemon thread that ends after {@code keepAliveNanos} without tasks. */
    public static EventLoop withThread(String name, String threadName, long keepAliveNanos, Object owner) {
        return new EventLoop(name, owner, loop -> new LoopThread.Own(loop, threadName, keepAliveNanos));
    }

    public static EventLoop manual(Object owner) {
        String name = "manual-" + Thread.currentThread().getName();
        EventLoop loop = new EventLoop(name, owner, LoopThread.Manual::new);
        loop.thread.enter();
        return loop;
    }

    public static EventLoop on(Executor executor, @Nullable BooleanSupplier inThread, Object owner) {
        String name = "on-" + executor.getClass().getSimpleName();
        return new EventLoop(name, owner, loop -> new LoopThread.Foreign(loop, executor, inThread));
    }

    /** Returns the owner of the loop whose thread is the calling one, or null. */
    public static @Nullable Object currentOwner() {
        EventLoop loop = LoopThread.currentLoop();
        return loop == null ? null : loop.owner;
    }

    public boolean inLoop() {
        return thread.isCurrent();
    }

    public boolean isManual() {
        return thread instanceof LoopThread.Manual;
    }

    public boolean ownsThread() {
        return thread instanceof LoopThread.Own;
    }

    /** Runs what is scheduled; see {@code AioContext.poll}. */
    public boolean poll(boolean blocking) {
        if (!thread.mayPoll()) {
            throw new WrongThreadException("poll of " + this + " on " + Thread.currentThread()
                    + ": only its loop thread polls a context; use execute to run something there");
        }
        beginPoll();
        try {
            return blocking ? pollFor(Timer.NO_DEADLINE) : runScheduled();
        } finally {
            endPoll();
        }
    }

    /** Runs what is scheduled, and waits for it no longer than {@code nanos}; false if nothing was run. */
    boolean pollFor(long nanos) {
        boolean progress = runScheduled();
        long deadline = progress ? 0 : Timer.deadlineAfter(nanos);
        while (!progress && tasks.sleep(deadline, () -> false)) {
            progress = runScheduled();
        }
        return progress;
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

    void endPoll() {
        start(tasks.endPoll());
    }

    /** Has a loop thread look, if that is needed; if the executor rejects, those who rely on it are told. */
    void start(boolean needed) {
        try {
            if (needed) {
                thread.start();
            }
        } catch (RejectedExecutionException e) {
            rejected(e);
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
        return run(tasks.beginPass(), UNLIMITED); // also in a drain: a handler that polls asked for all of it
    }

    /** Runs the tasks up to the number {@code last}, then the notifiers' handlers, {@code budget} in all at most. */
    boolean run(long last, long budget) {
        long outerUpTo = handledUpTo;
        WeakReference<EventLoop> outer = thread.enter();
        try {
            long end = handled + budget;
            handledUpTo = isAnySet() ? end - budget / 2 : end; // neither kind starves the other
            boolean progress = false;
            for (ScheduledHandler next; hasBudget() && (next = tasks.takeFirst(last)) != null; progress = true) {
                run(next.handler);
            }
            handledUpTo = end;
            return runNotifiers() || progress;
        } finally {
            handledUpTo = outerUpTo;
            thread.leave(outer);
        }
    }

    private void run(Runnable handler) {
        handled++;
        try {
            handler.run();
        } catch (Throwable e) {
            Log.quietly(() -> Log.LOGGER.log(Level.WARNING, "a handler of " + this + " threw; the loop goes on", e));
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
            if (all[at].notifier.set.get() && all[at].notifier.attachment.get() == all[at]) {
                run(all[at].handler);
                progress = true;
            }
        }
        return progress;
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
            if (handler != null && closed) {
                throw new IllegalStateException(this + " is closed: the handler would never run");
            }
            Attachment before = attached.get(notifier);
            Attachment after = handler == null ? null : new Attachment(this, notifier, handler);
            Attachment other = notifier.attachment.compareAndExchange(before, after);
            if (after == null) {
                attached.remove(notifier);
            } else if (other == null || other == before) {
                attached.put(notifier, after);
            } else {
                throw new IllegalStateException(
                        "the notifier is attached to " + other.loop + "; detach it there first");
            }
            attachments = attached.values().toArray(Attachment[]::new);
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

    /** Has the loop thread look at its notifiers. */
    public void wakeup() {
        try {
            if (tasks.wakeup(null)) {
                thread.start();
            }
        } catch (RejectedExecutionException e) {
            if (rejections.isFirst()) {
                Log.quietly(() -> Log.LOGGER.log(
                        Level.WARNING, "a notifier of " + this + " will not be heard: the executor rejected it", e));
            }
            rejected(e);
        }
    }

    private void schedule(ScheduledHandler scheduled) {
        boolean start = tasks.wakeup(scheduled);
        thread.startNestedSoon();
        try {
            if (start) {
                thread.start();
            }
        } catch (RejectedExecutionException e) {
            // taken out before another thread may drop it; a loop thread that polls by itself may have run it
            boolean dropped = scheduled.onRejected == null && tasks.remove(scheduled, false);
            rejected(e);
            if (dropped) {
                throw e;
            }
        }
    }

    /**
     * The executor will not run a drain: each task that relied on it is told. The loop is idle before the first of them
     * is told, so a thread that schedules another task asks the executor again. Foreign code hears of it last.
     */
    void rejected(RejectedExecutionException e) {
        tasks.startFailed();
        List<Runnable> reports = new ArrayList<>();
        for (ScheduledHandler dropped; (dropped = tasks.takeDropped()) != null; ) {
            if (dropped.onRejected != null) {
                reports.add(dropped.onRejected.apply(e));
            } else if (rejections.isFirst()) {
                Log.quietly(() -> Log.LOGGER.log(
                        Level.WARNING, "a handler of " + this + " will not run: its executor rejected it", e));
            }
        }
        reports.forEach(Runnable::run);
    }

    public void attach(User user) {
        try (Mutex ignored = lock.hold()) {
            if (closed) {
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
        users(false).stream().filter(User::isOver).forEach(this::detach);
        List<User> open = users(true);
        if (!open.isEmpty()) {
            throw new IllegalStateException(this + " serves open pools, to be closed first: " + open);
        }
        tasks.close();
        List.of(attachments).forEach(attachment -> setNotifier(attachment.notifier, null));
        tasks.wakeSleeper(); // a loop thread that sleeps in poll
        thread.end();
    }

    private List<User> users(boolean closes) {
        try (Mutex ignored = lock.hold()) {
            List<User> open = new ArrayList<>(users.keySet());
            closed |= closes && open.isEmpty();
            return open;
        }
    }

    /** Returns how many passes of polls have begun: two equal readings mean that there was none in between. */
    public long polls() {
        return tasks.passes();
    }

    /** Returns whether a poll is under way, asleep or in a handler. */
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
        private final Runnable handler;
        private final @Nullable Function<RejectedExecutionException, Runnable> onRejected;

        // guarded by the task list's lock; it is its own neighbor while it is not scheduled
        ScheduledHandler previous = this;
        ScheduledHandler next = this;
        long sequence;
        boolean scheduled;
        boolean deleted;

        /**
         * Creates a handler, not scheduled yet.
         *
         * @param onRejected hears that the foreign executor will not run it, and returns what tells foreign code; null:
         *     the thread that schedules receives the exception
         */
        public ScheduledHandler(
                EventLoop loop, Runnable handler, @Nullable Function<RejectedExecutionException, Runnable> onRejected) {
            this.loop = loop;
            this.handler = handler;
            this.onRejected = onRejected;
        }

        public void schedule() {
            loop.schedule(this);
        }

        public void cancel() {
            loop.tasks.remove(this, false);
        }

        public void delete() {
            loop.tasks.remove(this, true);
        }

        public boolean isScheduled() {
            return loop.tasks.contains(this);
        }

        /**
         * For the loop thread, without the lock: true only if the handler will run again, or another thread cancels it;
         * false may also be what another thread is about to change.
         */
        public boolean isScheduledSeenFromLoop() {
            return scheduled;
        }
    }
}
