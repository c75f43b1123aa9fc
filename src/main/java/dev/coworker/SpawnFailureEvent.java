package dev.coworker;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** A worker could not be started. */
@Name("dev.coworker.SpawnFailure")
@Label("Spawn Failure")
@Category("Coworker")
@Description("The thread of a worker could not be started; requests stay queued")
@StackTrace(false)
final class SpawnFailureEvent extends Event {
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
