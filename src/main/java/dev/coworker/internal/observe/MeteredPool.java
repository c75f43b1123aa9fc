package dev.coworker.internal.observe;

import dev.coworker.internal.pool.Lane;
import dev.coworker.internal.pool.Pool;
import org.jspecify.annotations.Nullable;

/** A pool, or a slice of it, as its meters see it. The public object refers to it; the meters do so weakly. */
public record MeteredPool(Pool pool, @Nullable Lane lane, RequestTrace.Tracer tracer) {
    Pool.Counters counters() {
        return pool.counters(lane);
    }

    /** Returns how many more requests would be accepted. */
    int remaining(Pool.Counters now) {
        return pool.remaining(lane, now);
    }
}
