package dev.coworker;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.Threshold;
import jdk.jfr.Timespan;
import org.jspecify.annotations.Nullable;

/** One request, from its submission to the return of its call, its callback, or its end. QEMU's submit and complete. */
@Name("dev.coworker.Request")
@Label("Request")
@Category("Coworker")
@Description(
        "From the submission until the caller goes on or the callback is called; where there is neither, to the end")
@StackTrace(false)
@Threshold("20 ms")
final class RequestEvent extends Event {
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
