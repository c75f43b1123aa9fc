package dev.coworker;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A worker's thread has begun; the event's thread is that one. */
@Name("dev.coworker.WorkerStart")
@Label("Worker Start")
@Category("Coworker")
@StackTrace(false)
final class WorkerStartEvent extends Event {
    @Label("Pool")
    @Nullable
    String pool;
}
