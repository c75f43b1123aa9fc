package dev.coworker;

import org.jspecify.annotations.Nullable;

/**
 * The way to the flight recorder, where the JVM has one: {@code jdk.jfr} is an optional module, so nothing else names the
 * event classes, and nothing here does before it is known that they can be loaded. While no recording wants an event,
 * its method reads a flag. What the recorder throws is dropped: it is no reason for a request or a worker to fail.
 */
final class Events {
    private static final boolean AVAILABLE = isAvailable();

    private Events() {}

    private static boolean isAvailable() {
        try {
            Class.forName("jdk.jfr.Event", false, Events.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    static boolean areRequestsRecorded() {
        return AVAILABLE && RequestEvent.PROBE.isEnabled();
    }

    /** A request is submitted. Returns what {@link #endRequest} takes, or null while such events are not recorded. */
    static @Nullable Object beginRequest() {
        if (!areRequestsRecorded()) {
            return null;
        }
        RequestEvent event = new RequestEvent();
        event.begin();
        return event;
    }

    static void endRequest(
            Object begun, Observers pool, Observation request, Observation.Outcome outcome, @Nullable Thread worker) {
        try {
            RequestEvent event = (RequestEvent) begun;
            event.end();
            if (event.shouldCommit()) {
                event.pool = pool.poolName;
                event.slice = pool.sliceName;
                event.layer = request.layer.label;
                event.outcome = outcome.label;
                event.queueTime = request.queuedNanos();
                event.runTime = request.ranNanos();
                event.worker = worker;
                event.commit();
            }
        } catch (Throwable ignored) {
            // see above
        }
    }

    static void canceled(String pool, @Nullable String slice, Observation.Layer layer, String reason) {
        if (AVAILABLE) {
            try {
                CancelEvent event = new CancelEvent();
                if (event.isEnabled()) {
                    event.pool = pool;
                    event.slice = slice;
                    event.layer = layer.label;
                    event.reason = reason;
                    event.commit();
                }
            } catch (Throwable ignored) {
                // see above
            }
        }
    }

    static void workerStarted(String pool) {
        if (AVAILABLE) {
            try {
                WorkerStartEvent event = new WorkerStartEvent();
                if (event.isEnabled()) {
                    event.pool = pool;
                    event.commit();
                }
            } catch (Throwable ignored) {
                // see above
            }
        }
    }

    static void workerExits(String pool, boolean died) {
        if (AVAILABLE) {
            try {
                WorkerExitEvent event = new WorkerExitEvent();
                if (event.isEnabled()) {
                    event.pool = pool;
                    event.died = died;
                    event.commit();
                }
            } catch (Throwable ignored) {
                // see above
            }
        }
    }

    static void spawnFailed(String pool, Throwable cause, long retryNanos) {
        if (AVAILABLE) {
            try {
                SpawnFailureEvent event = new SpawnFailureEvent();
                if (event.isEnabled()) {
                    event.pool = pool;
                    event.cause = cause.toString();
                    event.retryAfter = retryNanos;
                    event.commit();
                }
            } catch (Throwable ignored) {
                // see above
            }
        }
    }
}
