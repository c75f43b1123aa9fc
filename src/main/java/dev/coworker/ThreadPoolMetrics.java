package dev.coworker;

import dev.coworker.internal.observe.Meters;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Objects;

/**
 * The meters of a pool or of a slice, for Micrometer, which is an optional dependency: {@code
 * io.micrometer:micrometer-core}.
 *
 * {@snippet file="snippets/Observing.java" region="metrics"}
 *
 * <p>The names, types, base units and the tag {@code name} of the first part are those of Micrometer's own {@code
 * ExecutorServiceMetrics} for a {@link java.util.concurrent.ThreadPoolExecutor}, so that dashboards made for one show
 * the other:
 *
 * <table class="plain">
 * <caption>Meters</caption>
 * <tr><td>{@code executor}</td><td>timer</td><td>the work's run</td></tr>
 * <tr><td>{@code executor.idle}</td><td>timer</td>
 *     <td>from the submission until a worker begins with the work; requests that
 *     no worker began are in {@code coworker.wait}</td></tr>
 * <tr><td>{@code executor.completed}</td><td>counter, tasks</td><td>work that returned or threw</td></tr>
 * <tr><td>{@code executor.active}</td><td>gauge, threads</td><td>workers that run work</td></tr>
 * <tr><td>{@code executor.queued}</td><td>gauge, tasks</td><td>work that waits for a worker</td></tr>
 * <tr><td>{@code executor.queue.remaining}</td><td>gauge, tasks</td><td>free places in the queue</td></tr>
 * <tr><td>{@code executor.pool.size}</td><td>gauge, threads</td><td>workers, those about to start included</td></tr>
 * <tr><td>{@code executor.pool.core}</td><td>gauge, threads</td><td>{@code minThreads}</td></tr>
 * <tr><td>{@code executor.pool.max}</td><td>gauge, threads</td><td>{@code maxThreads}</td></tr>
 * <tr><td>{@code coworker.request}</td><td>timer</td>
 *     <td>from the submission until the caller goes on or the callback is called, by the tag {@code layer}: {@code
 *     co}, {@code aio}, and {@code submit}, where it is until the end</td></tr>
 * <tr><td>{@code coworker.pool.idle}</td><td>gauge, threads</td><td>workers that wait for work</td></tr>
 * <tr><td>{@code coworker.waiting}</td><td>gauge, callers</td><td>callers that wait at the pool's bound</td></tr>
 * <tr><td>{@code coworker.undelivered}</td><td>gauge, callbacks</td><td>callbacks that wait for their context</td></tr>
 * <tr><td>{@code coworker.stuck}</td><td>gauge, tasks</td><td>run longer than {@code stuckAfter}</td></tr>
 * <tr><td>{@code coworker.wait}</td><td>timer</td>
 *     <td>from the submission until a worker begins with the work, or the work is given up, by the tag {@code
 *     outcome}: {@code completed}, {@code failed}, {@code canceled}, {@code timed out}</td></tr>
 * <tr><td>{@code coworker.failed}</td><td>counter, tasks</td><td>work that threw</td></tr>
 * <tr><td>{@code coworker.canceled}</td><td>counter, tasks</td><td>work that was accepted and never ran</td></tr>
 * <tr><td>{@code coworker.timed.out}</td><td>counter, tasks</td><td>the part of it not started in time</td></tr>
 * <tr><td>{@code coworker.rejected}</td><td>counter, tasks</td><td>work that was refused</td></tr>
 * <tr><td>{@code coworker.spawn.failures}</td><td>counter</td><td>starts of a worker that failed</td></tr>
 * </table>
 *
 * <p>A slice has the same meters, and a tag {@code pool} with the name of its pool. Its workers are its permits, as
 * {@link ThreadPoolStats} says. A pool's meters count what its slices submit, too.
 *
 * <p>Histograms, percentiles and objectives are set with a {@code MeterFilter}, as for any timer.
 *
 * <p><strong>Sharing.</strong> Pools with the same name, prefix and tags have the same meters, which show their sums.
 * Binding a pool twice to one registry counts nothing twice. The meters stay in the registry while a pool is bound to
 * them, closed or not; when the last one is unbound by {@link #close} or was garbage-collected, they leave it. A
 * registry does not keep a pool from being collected; a pool keeps the registries it is bound to.
 *
 * <p>A request takes clock readings and one or two small objects more while its pool is bound to any registry, and none
 * otherwise. All methods may be called from any thread, wait for nothing but the registry, and take no null.
 */
public final class ThreadPoolMetrics implements MeterBinder, AutoCloseable {
    private final Submitter pool;
    private final Meters.Names names;
    private final Object binder = new Object(); // the registry's meters refer to it, so it must not refer to the pool

    /**
     * Makes the meters of a pool or a slice under its own name, without further tags. Nothing is bound before {@link
     * #bindTo}.
     *
     * @param pool the pool, or the slice
     */
    public ThreadPoolMetrics(Submitter pool) {
        this(pool, Tags.empty());
    }

    /**
     * Makes the meters of a pool or a slice under its own name.
     *
     * @param pool the pool, or the slice
     * @param tags tags of every meter
     */
    public ThreadPoolMetrics(Submitter pool, Iterable<Tag> tags) {
        this(pool, pool.name(), tags);
    }

    /**
     * Makes the meters of a pool or a slice under another name.
     *
     * @param pool the pool, or the slice
     * @param name the value of the tag {@code name}
     * @param tags further tags of every meter
     */
    public ThreadPoolMetrics(Submitter pool, String name, Iterable<Tag> tags) {
        this(pool, name, "", tags);
    }

    /**
     * Makes the meters of a pool or a slice under another name, with a prefix to the names of the meters.
     *
     * @param pool the pool, or the slice
     * @param name the value of the tag {@code name}
     * @param metricPrefix what the names of all meters begin with; a dot is added where it does not end in one; blank
     *     for none
     * @param tags further tags of every meter
     */
    public ThreadPoolMetrics(Submitter pool, String name, String metricPrefix, Iterable<Tag> tags) {
        this.pool = Objects.requireNonNull(pool, "pool");
        Objects.requireNonNull(name, "name");
        this.names = new Meters.Names(
                metricPrefix.isBlank() || metricPrefix.endsWith(".") ? metricPrefix.strip() : metricPrefix + ".",
                pool instanceof Slice slice
                        ? Tags.concat(tags, "name", name, "pool", slice.pool.toString())
                        : Tags.concat(tags, "name", name));
    }

    /**
     * Registers the meters. Again for the same registry, it does nothing, except that meters which were cleared from
     * the registry return. What the registry throws comes through, and nothing is bound. Requests that were submitted
     * before are counted, and not timed.
     *
     * @param registry the registry
     */
    @Override
    public void bindTo(MeterRegistry registry) {
        Meters.bind(Objects.requireNonNull(registry, "registry"), names, pool.tracer, binder);
    }

    /**
     * Unbinds the pool from every registry: the meters leave it, unless they are another pool's too. The pool is not
     * closed. It can be bound again. A second call does nothing.
     */
    @Override
    public void close() {
        Meters.unbind(pool.tracer, binder);
    }
}
