package dev.coworker.internal.observe;

import dev.coworker.internal.pool.Pool;
import dev.coworker.internal.pool.Request;
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
 * touched before a recorder exists, since the first touch would start it up on the submitting thread. What the recorder
 * throws is dropped: it is no reason for a request or a worker to fail.
 */
public final class RecorderEvents implements Pool.Listener {
    private static final boolean AVAILABLE = isAvailable();

    private final String pool;

    /** Creates the events of one pool. */
    public RecorderEvents(String pool) {
        this.pool = pool;
    }

    private static boolean isAvailable() {
        try {
            Class.forName("jdk.jfr.FlightRecorder", false, RecorderEvents.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    private static boolean isRecorderRunning() {
        return AVAILABLE && FlightRecorder.isInitialized();
    }

    static boolean areRequestsRecorded() {
        return isRecorderRunning() && Recorder.RequestEvent.PROBE.isEnabled();
    }

    /** A request is submitted. Returns what {@link #endRequest} takes, or null while such events are not recorded. */
    static @Nullable Object beginRequest() {
        return areRequestsRecorded() ? Recorder.beginRequest() : null;
    }

    static void endRequest(Object begun, RequestTrace.Tracer tracer, RequestTrace request, @Nullable Thread worker) {
        record(() -> Recorder.endRequest(begun, tracer, request, worker));
    }

    @Override
    public void canceled(@Nullable String slice, Request.Layer layer, String reason) {
        record(() -> Recorder.canceled(pool, slice, layer, reason));
    }

    @Override
    public void workerStarted() {
        record(() -> Recorder.workerStarted(pool));
    }

    @Override
    public void workerExits(boolean died) {
        record(() -> Recorder.workerExits(pool, died));
    }

    @Override
    public void spawnFailed(Throwable cause, long retryNanos) {
        record(() -> Recorder.spawnFailed(pool, cause, retryNanos));
    }

    @Override
    public void stuck(
            @Nullable String slice, Request.Layer layer, Thread worker, long forNanos, StackTraceElement[] stack) {
        record(() -> Recorder.stuck(pool, slice, layer, worker, forNanos, stack));
    }

    private static void record(Runnable event) {
        if (isRecorderRunning()) {
            try {
                event.run();
            } catch (Throwable ignored) {
                // see above
            }
        }
    }

    static String label(Request.Layer layer) {
        return layer.name().toLowerCase(Locale.ROOT);
    }

    /** The event classes, and the code that names them: loaded only if there is a recorder. */
    @SuppressWarnings("UnusedVariable") // the flight recorder reads the fields
    private static final class Recorder {
        static Object beginRequest() {
            RequestEvent event = new RequestEvent();
            event.begin();
            return event;
        }

        static void endRequest(
                Object begun, RequestTrace.Tracer tracer, RequestTrace request, @Nullable Thread worker) {
            RequestEvent event = (RequestEvent) begun;
            event.end();
            if (event.shouldCommit()) {
                event.pool = tracer.poolName;
                event.slice = tracer.sliceName;
                event.layer = label(request.layer);
                event.outcome = request.outcome().label;
                event.queueTime = request.queuedNanos();
                event.runTime = request.ranNanos();
                event.worker = worker;
                event.commit();
            }
        }

        static void canceled(String pool, @Nullable String slice, Request.Layer layer, String reason) {
            CancelEvent event = new CancelEvent();
            if (event.isEnabled()) {
                event.pool = pool;
                event.slice = slice;
                event.layer = label(layer);
                event.reason = reason;
                event.commit();
            }
        }

        static void workerStarted(String pool) {
            WorkerStartEvent event = new WorkerStartEvent();
            if (event.isEnabled()) {
                event.pool = pool;
                event.commit();
            }
        }

        static void workerExits(String pool, boolean died) {
            WorkerExitEvent event = new WorkerExitEvent();
            if (event.isEnabled()) {
                event.pool = pool;
                event.died = died;
                event.commit();
            }
        }

        static void stuck(
                String pool,
                @Nullable String slice,
                Request.Layer layer,
                Thread worker,
                long forNanos,
                StackTraceElement[] stack) {
            StuckWorkEvent event = new StuckWorkEvent();
            if (event.isEnabled()) {
                event.pool = pool;
                event.slice = slice;
                event.layer = label(layer);
                event.worker = worker;
                event.runTime = forNanos;
                event.stack = Arrays.stream(stack).map(frame -> "at " + frame).collect(Collectors.joining("\n"));
                event.commit();
            }
        }

        static void spawnFailed(String pool, Throwable cause, long retryNanos) {
            SpawnFailureEvent event = new SpawnFailureEvent();
            if (event.isEnabled()) {
                event.pool = pool;
                event.cause = cause.toString();
                event.retryAfter = retryNanos;
                event.commit();
            }
        }

        /**
         * One request, from its submission to the return of its call, its callback, or its end. QEMU's submit and
         * complete.
         */
        @Name("dev.coworker.Request")
        @Label("Request")
        @Category("Coworker")
        @Description(
                "From the submission until the caller goes on or the callback is called; where there is neither, to the end")
        @StackTrace(false)
        @Threshold("20 ms")
        private static final class RequestEvent extends Event {
            /** Asked whether such events are recorded; never committed. */
            static final RequestEvent PROBE = new RequestEvent();

            @Label("Pool")
            @Nullable
            String pool;

            @Label("Slice")
            @Description("The slice of the pool that it was submitted to, if any")
            @Nullable
            String slice;

            @Label("Layer")
            @Description("co: submitCo, aio: submitAio, submit: submit and the executor view")
            @Nullable
            String layer;

            @Label("Outcome")
            @Description("completed, failed, canceled or timed out")
            @Nullable
            String outcome;

            @Label("Queue Time")
            @Description("Until a worker began with the work; of a request that never ran, all of its time")
            @Timespan
            long queueTime;

            @Label("Run Time")
            @Description("From there until the work returned or threw")
            @Timespan
            long runTime;

            @Label("Worker")
            @Nullable
            Thread worker;
        }

        /** A request whose work never runs, on the thread that withdrew it. QEMU's cancel. */
        @Name("dev.coworker.Cancel")
        @Label("Cancel")
        @Category("Coworker")
        @Description("A request was withdrawn before a worker began with it")
        private static final class CancelEvent extends Event {
            @Label("Pool")
            @Nullable
            String pool;

            @Label("Slice")
            @Description("The slice of the pool that it was submitted to, if any")
            @Nullable
            String slice;

            @Label("Layer")
            @Nullable
            String layer;

            @Label("Reason")
            @Description("withdrawn: by cancel or interrupt; timed out; closed: close(Duration) gave up on it")
            @Nullable
            String reason;
        }

        /** A worker's thread has begun; the event's thread is that one. */
        @Name("dev.coworker.WorkerStart")
        @Label("Worker Start")
        @Category("Coworker")
        @StackTrace(false)
        private static final class WorkerStartEvent extends Event {
            @Label("Pool")
            @Nullable
            String pool;
        }

        /** A worker's thread is about to end; the event's thread is that one. */
        @Name("dev.coworker.WorkerExit")
        @Label("Worker Exit")
        @Category("Coworker")
        @StackTrace(false)
        private static final class WorkerExitEvent extends Event {
            @Label("Pool")
            @Nullable
            String pool;

            @Label("Died")
            @Description("Of an error outside of any work, which was logged; else it was not needed any more")
            boolean died;
        }

        /** A worker could not be started. */
        @Name("dev.coworker.SpawnFailure")
        @Label("Spawn Failure")
        @Category("Coworker")
        @Description("The thread of a worker could not be started; requests stay queued")
        @StackTrace(false)
        private static final class SpawnFailureEvent extends Event {
            @Label("Pool")
            @Nullable
            String pool;

            @Label("Cause")
            @Nullable
            String cause;

            @Label("Retry After")
            @Timespan
            long retryAfter;
        }

        /** A request runs for longer than stuckAfter, and has not ended. */
        @Name("dev.coworker.StuckWork")
        @Label("Stuck Work")
        @Category("Coworker")
        @Description("A request has run for longer than stuckAfter, and still runs")
        @StackTrace(false)
        private static final class StuckWorkEvent extends Event {
            @Label("Pool")
            @Nullable
            String pool;

            @Label("Slice")
            @Nullable
            String slice;

            @Label("Layer")
            @Nullable
            String layer;

            @Label("Worker")
            @Nullable
            Thread worker;

            @Label("Run Time")
            @Description("How long it has run, as far as was observed")
            @Timespan
            long runTime;

            @Label("Stack")
            @Description("What the worker does")
            @Nullable
            String stack;
        }
    }
}
