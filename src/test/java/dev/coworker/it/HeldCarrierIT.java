package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A deadline for the start is kept though no carrier is free to keep it. */
class HeldCarrierIT {
    @Test
    void theWorkNeverRunsAfterItsDeadline() throws Exception {
        String output = Child.run(List.of(
                Child.JAVA.toString(),
                "-Djdk.virtualThreadScheduler.parallelism=1",
                "-Djdk.virtualThreadScheduler.maxPoolSize=1",
                "-classpath",
                System.getProperty("java.class.path"),
                HeldCarrierMain.class.getName()));
        assertThat(output).isEqualTo("timed out, ran false, timedOut 1, completed 1");
    }
}
