package dev.coworker.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Work that main hands in as its last act: it runs, and then the JVM ends by itself. */
class SubmitThenReturnIT {
    private static final int JVMS = 50;

    @ParameterizedTest
    @ValueSource(strings = {"submit", "aio", "view"})
    void theWorkRunsInEveryJvm(String layer) throws Exception {
        for (int i = 0; i < JVMS; i++) {
            String output = Child.run(List.of(
                    Child.JAVA.toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-Xshare:auto",
                    "-classpath",
                    System.getProperty("java.class.path"),
                    SubmitThenReturnMain.class.getName(),
                    layer));
            assertThat(output).as("JVM %s", i).isEqualTo("ran");
        }
    }
}
