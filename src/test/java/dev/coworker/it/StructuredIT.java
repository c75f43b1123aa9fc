package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Calls of submitCo as subtasks of a StructuredTaskScope: a preview of JDK 25, in this form of that JDK alone. */
class StructuredIT {
    @Test
    void aScopeThatFailsWithdrawsWhatIsQueuedAndWaitsForWhatRuns() throws Exception {
        assumeTrue(Runtime.version().feature() == 25, "StructuredTaskScope as in JDK 25");
        String output = Child.run(List.of(
                Child.JAVA.toString(),
                "--enable-preview",
                "--source",
                "25",
                "-classpath",
                Child.JAR,
                Child.SOURCES.resolve("structured/Main.java").toString()));
        assertThat(output.lines().filter(line -> !line.startsWith("Note: ")))
                .containsExactly(
                        "values: left, 42",
                        "the sibling's work ran: false",
                        "failure: java.io.IOException: no such block, sibling UNAVAILABLE, queued 0",
                        "timeout: queued 0",
                        "running: ended before the scope: true",
                        "given up: ended 0, active 0",
                        "pool: 0 queued, 2 canceled");
    }
}
