package dev.coworker;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import org.jspecify.annotations.Nullable;

/** A request whose work never runs, on the thread that withdrew it. QEMU's cancel. */
@Name("dev.coworker.Cancel")
@Label("Cancel")
@Category("Coworker")
@Description("A request was withdrawn before a worker began with it")
final class CancelEvent extends Event {
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
