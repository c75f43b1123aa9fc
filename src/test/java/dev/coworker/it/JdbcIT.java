package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** 50 virtual threads with queries of 50 ms, in a JVM with 2 carriers. */
class JdbcIT {
    @Test
    void queriesOfAWrappedDataSourceLeaveTheCarriersToOthers() throws Exception {
        long[] inline = lateness("inline");
        long[] offloaded = lateness("offloaded");

        // A platform thread ticks beside, since a loaded machine delays either.
        assertThat(offloaded[0]).isLessThan(Math.max(5_000, 10 * offloaded[1]));
        assertThat(inline[0]).isGreaterThan(20 * offloaded[0]);
    }

    /** The delay of the ticks of a virtual thread, and of a platform thread, in microseconds. */
    private static long[] lateness(String mode) throws Exception {
        String output = Child.run(List.of(
                Child.JAVA.toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Djdk.virtualThreadScheduler.parallelism=2",
                "-classpath",
                System.getProperty("java.class.path"),
                JdbcMain.class.getName(),
                mode));
        String[] words = output.split(" ");
        return new long[] {Long.parseLong(words[1]), Long.parseLong(words[3])};
    }
}
