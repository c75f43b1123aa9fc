package dev.coworker.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a recording of somebody else, or another JVM, may say: names are arbitrary text, and times are any numbers. */
class ForeignTextTest {
    @Test
    void timesBeyond292YearsArePrintedAsThat() {
        Duration years584 = Duration.ofNanos(Long.MAX_VALUE).multipliedBy(2);

        CarrierReport report = report(List.of(), years584);

        assertThat(report.toString()).startsWith("No carrier was held in 18446744073.7 s");
        assertThat(report.toJson()).contains("\"spanNanos\": " + Long.MAX_VALUE);
    }

    private static CarrierReport report(List<CarrierSite> sites, Duration span) {
        return new CarrierReport(sites, span, 25, Duration.ZERO, Duration.ZERO, null);
    }
}
