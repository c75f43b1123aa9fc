package dev.coworker.contract;

import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.cumulative.CumulativeTimer;
import io.micrometer.core.instrument.distribution.DistributionStatisticConfig;
import io.micrometer.core.instrument.distribution.pause.PauseDetector;
import io.micrometer.core.instrument.simple.SimpleConfig;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.concurrent.TimeUnit;

/** A registry of meters whose timers fail whenever a request is recorded. */
final class BrokenRegistry extends SimpleMeterRegistry {
    private final Runnable failure;

    BrokenRegistry(Runnable failure) {
        super(SimpleConfig.DEFAULT, Clock.SYSTEM);
        this.failure = failure;
    }

    @Override
    protected Timer newTimer(Meter.Id id, DistributionStatisticConfig statistics, PauseDetector pauses) {
        return new CumulativeTimer(id, clock, statistics, pauses, getBaseTimeUnit(), false) {
            @Override
            protected void recordNonNegative(long amount, TimeUnit unit) {
                failure.run();
            }
        };
    }
}
