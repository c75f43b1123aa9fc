package dev.coworker.internal.observe;

import dev.coworker.internal.pool.Pool;
import dev.coworker.internal.pool.Request.Layer;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/**
 * The flight recorder's events, if the JVM has one: {@code jdk.jfr} is an optional module. The event classes are not
 * touched before a recorder exists, since the first touch would start it up on the submitting thread. What is thrown
 * here is dropped, also for want of memory: it is no reason for a request or a worker to fail.
 */
@SuppressWarnings("UnusedVariable") // the flight recorder reads the fields
public final class RecorderEvents implements Pool.Listener {
    private static final boolean AVAILABLE =
            ModuleLayer.boot().findModule("jdk.jfr").isPresent();

    private final String pool;

    /** Creates the events of one pool. */
    public RecorderEvents(String pool) {
        this.pool = pool;
    }

    private static boolean isRecorderRunning() {
        return AVAILABLE && FlightRecorder.isInitialized();
    }

    /** A request is submitted. Returns what {@link #endRequest} takes, or null while such events are not recorded. */
    static @Nullable Object beginRequest(String pool) {
        if (!isRecorderRunning() || !RequestEvent.PROBE.isEnabled()) {
            return null;
        }
        RequestEvent event = new RequestEvent();
        event.pool = pool;
        event.begin();
        return event;
    }

    static void endRequest(Object begun, RequestTrace request) {
        try {
            RequestEvent event = (RequestEvent) begun;
            event.end();
            if (event.shouldCommit()) {
                event.slice = request.tracer.sliceName;
                event.layer = label(request.layer);
                event.outcome = label(request.outcome);
                event.queueTime = request.queuedNanos();
                event.runTime = request.ranNanos();
                event.worker = request.worker;
                event.commit();
            }
        } catch (Throwable dropped) {
            // see above
        }
    }

    @Override
    public void canceled(@Nullable String slice, Layer layer, String reason) {
        try {
            if (isRecorderRunning()) {
                CancelEvent event = new CancelEvent();
                event.pool = pool;
                event.slice = slice;
                event.layer = label(layer);
                event.reason = reason;
                event.commit();
            }
        } catch (Throwable dropped) {
            // see above
        }
    }

    @Override
    public void workerStarted() {
        try {
            if (isRecorderRunning()) {
                WorkerStartEvent event = new WorkerStartEvent();
                event.pool = pool;
                event.commit();
            }
        } catch (Throwable dropped) {
            // see above
        }
    }

    @Override
    public void workerExits(boolean died) {
        try {
            if (isRecorderRunning()) {
                WorkerExitEvent event = new WorkerExitEvent();
                event.pool = pool;
                event.died = died;
                event.commit();
            }
        } catch (Throwable dropped) {
            // see above
        }
    }

    @Override
    public void spawnFailed(Throwable cause, long retryNanos) {
        try {
            if (isRecorderRunning()) {
                SpawnFailureEvent event = new SpawnFailureEvent();
                event.pool = pool;
                event.cause = cause.toString();
                event.retryAfter = retryNanos;
                event.commit();
            }
        } catch (Throwable dropped) {
            // see above
        }
    }

    @Override
    public void stuck(@Nullable String slice, Layer layer, Thread worker, long forNanos, StackTraceElement[] stack) {
        try {
            if (isRecorderRunning()) {
                StuckWorkEvent event = new StuckWorkEvent();
                event.pool = pool;
                event.slice = slice;
                event.layer = label(layer);
                event.worker = worker;
                event.runTime = forNanos;
                event.stack = Arrays.stream(stack).map(frame -> "at " + frame).collect(Collectors.joining("\n"));
                event.commit();
            }
        } catch (Throwable dropped) {
            // see above
        }
    }

    /** How meters and events show a layer or an outcome. */
    static String label(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    @Category("Coworker")
    private abstract static class PoolEvent extends Event {
        @Nullable
        String pool;
    }

    /** QEMU's submit and complete. */
    @Name("dev.coworker.Request")
    @Label("Request")
    @Description("Until the caller goes on or the callback is called; where there is neither, until the work has ended")
    @StackTrace(false)
    @Threshold("20 ms")
    private static final class RequestEvent extends PoolEvent {
        /** Asked whether such events are recorded; never committed. */
        static final RequestEvent PROBE = new RequestEvent();

        @Description("The slice of the pool that it was submitted to, if any")
        private @Nullable String slice;

        @Description("co: submitCo, aio: submitAio, submit: submit and the executor view")
        private @Nullable String layer;

        @Description("completed, failed, canceled or timed out")
        private @Nullable String outcome;

        @Label("Queue Time")
        @Description("Until a worker began with the work; of a request that never ran, all of its time")
        @Timespan
        private long queueTime;

        @Label("Run Time")
        @Description("From there until the work returned or threw")
        @Timespan
        private long runTime;

        private @Nullable Thread worker;
    }

    /** QEMU's cancel. */
    @Name("dev.coworker.Cancel")
    @Label("Cancel")
    @Description("A request was withdrawn before a worker began with it, by the event's thread")
    private static final class CancelEvent extends PoolEvent {
        private @Nullable String slice;
        private @Nullable String layer;

        @Description("withdrawn: by cancel or interrupt; timed out; closed: close(Duration) gave up on it")
        private @Nullable String reason;
    }

    @Name("dev.coworker.WorkerStart")
    @Label("Worker Start")
    @Description("A worker's thread has begun; the event's thread is that one")
    @StackTrace(false)
    private static final class WorkerStartEvent extends PoolEvent {}

    @Name("dev.coworker.WorkerExit")
    @Label("Worker Exit")
    @Description("A worker's thread is about to end; the event's thread is that one")
    @StackTrace(false)
    private static final class WorkerExitEvent extends PoolEvent {
        @Description("Of an error outside of any work, which was logged; else it was not needed any more")
        private boolean died;
    }

    @Name("dev.coworker.SpawnFailure")
    @Label("Spawn Failure")
    @Description("The thread of a worker could not be started; requests stay queued")
    @StackTrace(false)
    private static final class SpawnFailureEvent extends PoolEvent {
        private @Nullable String cause;

        @Label("Retry After")
        @Timespan
        private long retryAfter;
    }

    @Name("dev.coworker.StuckWork")
    @Label("Stuck Work")
    @Description("A request has run for longer than stuckAfter, and still runs")
    @StackTrace(false)
    private static final class StuckWorkEvent extends PoolEvent {
        private @Nullable String slice;
        private @Nullable String layer;
        private @Nullable Thread worker;

        @Label("Run Time")
        @Description("How long it has run, as far as was observed")
        @Timespan
        private long runTime;

        @Description("What the worker does")
        private @Nullable String stack;
    }
}
