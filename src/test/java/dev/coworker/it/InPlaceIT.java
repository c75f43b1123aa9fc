package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Work that runs on its caller, in a JVM of its own. */
class InPlaceIT {
    private static final boolean POSSIBLE = Runtime.version().feature() >= 24;

    private static String run(String... options) throws Exception {
        return Child.run(Stream.of(
                        Stream.of(Child.JAVA.toString()),
                        Stream.of(options),
                        Stream.of("-classpath", System.getProperty("java.class.path"), InPlaceMain.class.getName()))
                .flatMap(each -> each)
                .toList());
    }

    @Test
    void itEndsBeforeTheJvmDoes() throws Exception {
        assertThat(run()).isEqualTo("ended on a virtual thread: " + POSSIBLE);
    }

    @Test
    void withDaemonsTheJvmDoesNotWaitForIt() throws Exception {
        assertThat(run("-Ddaemon=true")).isEmpty();
    }

    @Test
    void noCarrierIsAddedBeyondMaxPoolSize() throws Exception {
        List<String> two =
                List.of("-Djdk.virtualThreadScheduler.parallelism=2", "-Djdk.virtualThreadScheduler.maxPoolSize=2");
        assertThat(run(two.toArray(String[]::new))).isEqualTo("ended on a virtual thread: false");
    }

    @Test
    void withoutTheModuleThatTellsOfTheSchedulerItIsHandedOver() throws Exception {
        assertThat(run("--limit-modules", "java.base,java.logging,java.management"))
                .isEqualTo("ended on a virtual thread: false");
    }
}
