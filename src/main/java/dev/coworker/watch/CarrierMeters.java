package dev.coworker.watch;

import dev.coworker.internal.base.Carriers.Scheduler;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Publishes what a {@link CarrierWatch} sees to Micrometer.
 *
 * <table>
 * <caption>The meters</caption>
 * <tr><th>name</th><th>type</th><th>what</th></tr>
 * <tr><td>{@code coworker.carriers.held}</td><td>timer, tag {@code site}</td><td>the holds, by site</td></tr>
 * <tr><td>{@code coworker.carriers.starved}</td><td>counter</td><td>times at which all carriers were held while virtual
 * threads waited, each second of one that lasts</td></tr>
 * <tr><td>{@code coworker.carriers.queued}</td><td>gauge</td><td>virtual threads that wait for a carrier, from JDK 24
 * on</td></tr>
 * <tr><td>{@code coworker.carriers.mounted}</td><td>gauge</td><td>virtual threads that have a carrier, from JDK 24
 * on</td></tr>
 * </table>
 */
public final class CarrierMeters implements MeterBinder {
    /** Sites beyond these share the tag {@code other}, so that generated classes cannot flood the registry. */
    private static final int MAX_SITES = 50;

    private final CarrierWatch watch;

    /**
     * Makes the meters of a watch.
     *
     * @param watch a watch that runs
     */
    public CarrierMeters(CarrierWatch watch) {
        this.watch = watch;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        FunctionCounter.builder("coworker.carriers.starved", watch, CarrierWatch::starvations)
                .description("Times at which all carriers were held while virtual threads waited for one")
                .register(registry);
        Scheduler scheduler = Scheduler.get();
        if (scheduler != null) {
            Gauge.builder("coworker.carriers.queued", scheduler, Scheduler::queued)
                    .description("Virtual threads that wait for a carrier")
                    .register(registry);
            Gauge.builder("coworker.carriers.mounted", scheduler, Scheduler::mounted)
                    .description("Virtual threads that have a carrier")
                    .register(registry);
        }
        Map<String, Timer> timers = new ConcurrentHashMap<>();
        watch.addHoldListener(hold -> {
            String site = timers.size() < MAX_SITES || timers.containsKey(hold.site()) ? hold.site() : "other";
            timers.computeIfAbsent(site, name -> timer(name, registry)).record(hold.duration());
        });
    }

    private static Timer timer(String site, MeterRegistry registry) {
        return Timer.builder("coworker.carriers.held")
                .description("How long virtual threads held their carriers")
                .tag("site", site)
                .register(registry);
    }
}
