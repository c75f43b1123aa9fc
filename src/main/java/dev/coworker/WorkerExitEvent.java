package dev.coworker;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import org.jspecify.annotations.Nullable;

/** A worker's thread is about to end; the event's thread is that one. */
@Name("dev.coworker.WorkerExit")
@Label("Worker Exit")
@Category("Coworker")
@StackTrace(false)
final class WorkerExitEvent extends Event {
    @Label("Pool")
    @Nullable
    String pool;

    @Label("Died")
    @Description("Of an error outside of any work, which was logged; else it was not needed any more")
    boolean died;
}
